-- What is held back, and whether it may still go out; how long attempts are kept.

COMMENT ON TABLE attempts IS 'Every attempt of the last 90 days at sending a message that came to an end, and those of messages still to be sent.';

CREATE OR REPLACE VIEW held_shifts AS
SELECT
    actor_id, topic_id,
    state->'held'->>'from_label' AS from_label,
    state->'held'->>'to_label' AS to_label,
    (state->'held'->>'changed_at')::TIMESTAMPTZ AS changed_at,
    last_said_at AS held_at,
    state->'held'->>'reason' AS reason,
    true AS waits,
    (state->'held'->>'stories')::INTEGER AS stories,
    (state->'held'->'outlets')::VARCHAR[] AS outlets
FROM series
WHERE json_type(state, '$.held') = 'OBJECT' AND held_since IS NULL
UNION ALL
SELECT actor_id, topic_id, NULL, NULL, NULL, held_since, 'version_changed', true, NULL, []
FROM series WHERE held_since IS NOT NULL
UNION ALL
SELECT
    actor_id, topic_id, from_label, to_label, changed_at, decided_at, outcome, false,
    len(stories_after)::INTEGER, outlets_after
FROM shifts WHERE outcome <> 'alerted';
COMMENT ON VIEW held_shifts IS 'What almost made an alert, and why not: changes that the detector holds back, series that wait to be read again, and shifts that nobody was told of.';
COMMENT ON COLUMN held_shifts.actor_id IS 'Who.';
COMMENT ON COLUMN held_shifts.topic_id IS 'On what.';
COMMENT ON COLUMN held_shifts.from_label IS 'From which side; empty while the series waits to be read again.';
COMMENT ON COLUMN held_shifts.to_label IS 'To which side.';
COMMENT ON COLUMN held_shifts.changed_at IS 'Since when, if it was one.';
COMMENT ON COLUMN held_shifts.held_at IS 'The newest story that it was judged by, or when it was decided.';
COMMENT ON COLUMN held_shifts.reason IS 'Why no alert went out: by_chance, few_outlets, outlet_mix, dead_feed, cool_down, version_changed ... as in series.reason, or the outcome of the shift.';
COMMENT ON COLUMN held_shifts.waits IS 'Whether it may still go out; false: it is kept, and nobody will be told.';
COMMENT ON COLUMN held_shifts.stories IS 'Stories that show the new side.';
COMMENT ON COLUMN held_shifts.outlets IS 'Outlets that carried them, an agency counting as one; for dead_feed, those that brought nothing any more.';
