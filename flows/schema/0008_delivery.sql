-- How much an alert matters and what it takes back; messages in several forms and in groups; every
-- attempt at a delivery; which time the digests have told of.

COMMENT ON COLUMN shifts.outcome IS 'alerted, or why no alert went out (muted, silenced, repeated, cool_down, flapping:..., covered_by:... ).';

ALTER TABLE alerts ADD COLUMN severity VARCHAR DEFAULT 'medium';
COMMENT ON COLUMN alerts.severity IS 'low, medium or high.';
-- No DEFAULT [] here: DuckDB could not replay it from the log after a crash.
ALTER TABLE alerts ADD COLUMN severity_reasons VARCHAR[];
COMMENT ON COLUMN alerts.severity_reasons IS 'What counted towards it; empty in alerts from before it was counted.';
ALTER TABLE alerts ADD COLUMN recovers VARCHAR;
COMMENT ON COLUMN alerts.recovers IS 'The earlier alert that it takes back: the series has returned to the side it left then.';

ALTER TABLE deliveries ADD COLUMN form VARCHAR DEFAULT 'text';
COMMENT ON COLUMN deliveries.form IS 'The form of the body: text, html, markdown or slack.';
COMMENT ON COLUMN deliveries.body IS 'What is sent: its body, in that form.';
ALTER TABLE deliveries ADD COLUMN group_key VARCHAR DEFAULT '';
COMMENT ON COLUMN deliveries.group_key IS 'Deliveries to a channel with the same one go out as one message if they are due together; empty: alone.';
ALTER TABLE deliveries ADD COLUMN message_id VARCHAR;
COMMENT ON COLUMN deliveries.message_id IS 'The message it is sent in, settled before the first attempt; it tells a repeat.';

CREATE TABLE attempts (
    message_id VARCHAR NOT NULL,
    channel    VARCHAR NOT NULL,
    attempt    INTEGER NOT NULL,
    ended_at   TIMESTAMPTZ NOT NULL,
    state      VARCHAR NOT NULL,
    error      VARCHAR
);
COMMENT ON TABLE attempts IS 'Every attempt at sending a message that came to an end.';
COMMENT ON COLUMN attempts.message_id IS 'The message (deliveries.message_id).';
COMMENT ON COLUMN attempts.channel IS 'Id of the channel in alerts.toml.';
COMMENT ON COLUMN attempts.attempt IS 'Its number, from 1.';
COMMENT ON COLUMN attempts.ended_at IS 'When the channel had taken or refused it.';
COMMENT ON COLUMN attempts.state IS 'delivered, pending (will be tried again) or failed (given up).';
COMMENT ON COLUMN attempts.error IS 'Why it failed, without secrets.';

CREATE TABLE digests (
    channel    VARCHAR NOT NULL,
    since_at   TIMESTAMPTZ NOT NULL,
    until_at   TIMESTAMPTZ NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    digest_id  VARCHAR
);
COMMENT ON TABLE digests IS 'The time that the digests of each channel have told of, without gap or overlap.';
COMMENT ON COLUMN digests.channel IS 'Id of the channel in alerts.toml.';
COMMENT ON COLUMN digests.since_at IS 'From when.';
COMMENT ON COLUMN digests.until_at IS 'Until when, excluded.';
COMMENT ON COLUMN digests.created_at IS 'When it was written.';
COMMENT ON COLUMN digests.digest_id IS 'Its place in deliveries.alert_id; empty where there was nothing to say.';
