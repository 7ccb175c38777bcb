-- Kinds of shifts, what people said of alerts, and what they do not want to hear of for a while.

ALTER TABLE shifts ADD COLUMN kind VARCHAR DEFAULT 'reversal';
COMMENT ON COLUMN shifts.kind IS 'reversal (from one side to the other), hardening (further from neutral) or softening.';
COMMENT ON COLUMN shifts.outcome IS 'alerted, or why no alert went out (muted, silenced, repeated, cool_down, covered_by:... ).';

ALTER TABLE alerts ADD COLUMN kind VARCHAR DEFAULT 'reversal';
COMMENT ON COLUMN alerts.kind IS 'The kind of the shift.';

ALTER TABLE shifts ADD COLUMN earliest_at TIMESTAMPTZ;
COMMENT ON COLUMN shifts.earliest_at IS 'The change came at this time or later (with latest_at: 90 %), where the detector says so.';
ALTER TABLE shifts ADD COLUMN latest_at TIMESTAMPTZ;
COMMENT ON COLUMN shifts.latest_at IS 'The change came at this time or earlier.';

ALTER TABLE alerts ADD COLUMN earliest_at TIMESTAMPTZ;
COMMENT ON COLUMN alerts.earliest_at IS 'The change came at this time or later (with latest_at: 90 %), where the detector says so.';
ALTER TABLE alerts ADD COLUMN latest_at TIMESTAMPTZ;
COMMENT ON COLUMN alerts.latest_at IS 'The change came at this time or earlier.';

CREATE TABLE verdicts (
    alert_id  VARCHAR PRIMARY KEY,
    verdict   VARCHAR NOT NULL,
    note      VARCHAR NOT NULL,
    given_at  TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE verdicts IS 'What people said of alerts; the last word counts.';
COMMENT ON COLUMN verdicts.alert_id IS 'The alert.';
COMMENT ON COLUMN verdicts.verdict IS 'useful, known (right, but no news) or wrong.';
COMMENT ON COLUMN verdicts.note IS 'Why, where it was said.';
COMMENT ON COLUMN verdicts.given_at IS 'When.';

CREATE TABLE silences (
    silence_id VARCHAR PRIMARY KEY,
    actor_id   VARCHAR,
    topic_id   VARCHAR,
    starts_at  TIMESTAMPTZ NOT NULL,
    ends_at    TIMESTAMPTZ NOT NULL,
    comment    VARCHAR NOT NULL
);
COMMENT ON TABLE silences IS 'What nobody wants to be alerted of for a while; its shifts are kept.';
COMMENT ON COLUMN silences.silence_id IS 'Hash of what is silenced and since when.';
COMMENT ON COLUMN silences.actor_id IS 'The actor; empty for all.';
COMMENT ON COLUMN silences.topic_id IS 'The topic; empty for all.';
COMMENT ON COLUMN silences.starts_at IS 'Since when.';
COMMENT ON COLUMN silences.ends_at IS 'Until when, excluded.';
COMMENT ON COLUMN silences.comment IS 'Why.';

CREATE VIEW alert_precision AS
WITH judged AS (
    SELECT alerts.topic_id, deliveries.channel, alerts.alert_id, verdicts.verdict
    FROM alerts
    LEFT JOIN deliveries ON deliveries.alert_id = alerts.alert_id AND deliveries.state = 'delivered'
    LEFT JOIN verdicts ON verdicts.alert_id = alerts.alert_id
)
SELECT
    topic_id, channel,
    count(DISTINCT alert_id) AS alerts,
    count(DISTINCT alert_id) FILTER (verdict = 'useful') AS useful,
    count(DISTINCT alert_id) FILTER (verdict = 'known') AS known,
    count(DISTINCT alert_id) FILTER (verdict = 'wrong') AS wrong,
    round(
        count(DISTINCT alert_id) FILTER (verdict IN ('useful', 'known'))
        / nullif(count(DISTINCT alert_id) FILTER (verdict IS NOT NULL), 0), 2
    ) AS precision
FROM judged
GROUP BY GROUPING SETS ((topic_id), (channel), ())
HAVING grouping(channel) = 1 OR channel IS NOT NULL;
COMMENT ON VIEW alert_precision IS 'How many of the alerts that people judged were right: per topic, per channel, and in all.';
COMMENT ON COLUMN alert_precision.topic_id IS 'The topic; empty in the rows of channels and of all.';
COMMENT ON COLUMN alert_precision.channel IS 'The channel that took them; empty in the rows of topics and of all.';
COMMENT ON COLUMN alert_precision.alerts IS 'Alerts.';
COMMENT ON COLUMN alert_precision.useful IS 'Judged useful.';
COMMENT ON COLUMN alert_precision.known IS 'Judged right, but no news.';
COMMENT ON COLUMN alert_precision.wrong IS 'Judged wrong.';
COMMENT ON COLUMN alert_precision.precision IS 'Share of the judged ones that were right: useful or known.';
