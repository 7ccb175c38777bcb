-- What detectors count, in one place; series that know what they were read with; what was held back.

ALTER TABLE stances ADD COLUMN is_recalled BOOLEAN;
COMMENT ON COLUMN stances.is_recalled IS 'Whether it is told of a month or a year that was over, said_at being its first day: it is kept, and counts in no series.';

CREATE VIEW held_stances AS
SELECT
    unnest(list_distinct(list_prepend(stances.actor_id, stances.speaks_for))) AS actor_id,
    stances.topic_id, stances.story_id, stances.label, stances.score, stances.confidence,
    stances.said_at, articles.first_seen_at AS seen_at, articles.outlet,
    articles.published_at, stances.article_id, stances.span_start, stances.stance_id,
    stances.evidence, stances.analysis_version
FROM stances
JOIN articles USING (article_id)
WHERE articles.is_current AND stances.reported_by IS NULL
    AND NOT coalesce(stances.is_recalled, false);
COMMENT ON VIEW held_stances IS 'Every stance that counts, once per series that it counts in: the holder''s own and those of the institutions he or she spoke for.';
COMMENT ON COLUMN held_stances.actor_id IS 'The series'' actor, person or institution.';
COMMENT ON COLUMN held_stances.topic_id IS 'The topic.';
COMMENT ON COLUMN held_stances.story_id IS 'The story.';
COMMENT ON COLUMN held_stances.label IS 'favor, against or neutral.';
COMMENT ON COLUMN held_stances.score IS 'From -1 (against) to 1 (favor).';
COMMENT ON COLUMN held_stances.confidence IS 'From 0 to 1: the chance that the label is right.';
COMMENT ON COLUMN held_stances.said_at IS 'When it was said or done.';
COMMENT ON COLUMN held_stances.seen_at IS 'When Stancewatch first saw the article.';
COMMENT ON COLUMN held_stances.outlet IS 'The newsroom.';
COMMENT ON COLUMN held_stances.published_at IS 'When the article was published.';
COMMENT ON COLUMN held_stances.article_id IS 'The article.';
COMMENT ON COLUMN held_stances.span_start IS 'First code point of the evidence in articles.text, from 0.';
COMMENT ON COLUMN held_stances.stance_id IS 'The stance.';
COMMENT ON COLUMN held_stances.evidence IS 'The words, verbatim.';
COMMENT ON COLUMN held_stances.analysis_version IS 'Topics, actors and models that it was read with.';

-- A stance counts by its label, 1, -1 or 0, weighted by confidence; its score says how sure the
-- reading is and would call a lone unsure stance neutral. `monitors.shifts.observing` has the same.
CREATE OR REPLACE VIEW observations AS
WITH newest AS (
    SELECT *, max(said_at) OVER (PARTITION BY actor_id, topic_id, story_id) AS newest_said_at
    FROM held_stances
),
combined AS (
    SELECT
        actor_id, topic_id, story_id,
        sum(CASE label WHEN 'favor' THEN confidence WHEN 'against' THEN -confidence ELSE 0 END)
            / sum(confidence) AS side,
        sum(score * confidence) / sum(confidence) AS score,
        avg(confidence) AS confidence,
        min(said_at) AS said_at,
        min(seen_at) AS seen_at,
        list_sort(list(DISTINCT outlet)) AS outlets,
        count(*) AS stances,
        CASE WHEN min(analysis_version) = max(analysis_version) THEN min(analysis_version) END
            AS analysis_version
    FROM newest
    WHERE said_at >= newest_said_at - INTERVAL 3 DAY AND confidence > 0
    GROUP BY ALL
)
SELECT
    actor_id, topic_id, story_id,
    CASE WHEN side >= 0.25 - 1e-9 THEN 'favor' WHEN side <= -0.25 + 1e-9 THEN 'against' ELSE 'neutral' END AS label,
    score, confidence, said_at, seen_at, outlets, stances, analysis_version
FROM combined;
COMMENT ON VIEW observations IS 'One row per actor, topic and story: what the detectors count. A person''s stance counts for the institution he or she spoke for, too; what others claim of an actor does not count.';
COMMENT ON COLUMN observations.actor_id IS 'Person or institution.';
COMMENT ON COLUMN observations.topic_id IS 'The topic.';
COMMENT ON COLUMN observations.story_id IS 'The story.';
COMMENT ON COLUMN observations.label IS 'The label of its stances where they have one; of mixed ones favor where the sides (1, -1, 0), weighted by confidence, have a mean of at least 0.25, against from -0.25 down, else neutral.';
COMMENT ON COLUMN observations.score IS 'Mean score of the story''s stances, weighted by confidence.';
COMMENT ON COLUMN observations.confidence IS 'Mean confidence of the story''s stances.';
COMMENT ON COLUMN observations.said_at IS 'When the story''s newest stances were said.';
COMMENT ON COLUMN observations.seen_at IS 'When Stancewatch first saw the story.';
COMMENT ON COLUMN observations.outlets IS 'Outlets that carried it.';
COMMENT ON COLUMN observations.stances IS 'How many stances it rests on.';
COMMENT ON COLUMN observations.analysis_version IS 'Topics, actors and models that all of them were read with; empty where they differ.';

CREATE OR REPLACE VIEW current_stances AS
WITH ranked AS (
    SELECT *, row_number() OVER (
        PARTITION BY actor_id, topic_id ORDER BY said_at DESC, confidence DESC, story_id
    ) AS age
    FROM observations
),
sides AS (
    SELECT
        actor_id, topic_id,
        sum(CASE label WHEN 'favor' THEN confidence WHEN 'against' THEN -confidence ELSE 0 END)
            / sum(confidence) AS side,
        sum(score * confidence) / sum(confidence) AS score,
        avg(confidence) AS confidence,
        count(*) AS stories,
        len(list_distinct(flatten(list(outlets)))) AS outlets,
        max(said_at) AS last_said_at
    FROM ranked
    WHERE age <= 5
    GROUP BY ALL
),
labelled AS (
    SELECT *, CASE WHEN side >= 0.25 - 1e-9 THEN 'favor' WHEN side <= -0.25 + 1e-9 THEN 'against' ELSE 'neutral' END AS label
    FROM sides
),
quotes AS (
    SELECT held_stances.*, stances.actor_id AS said_by, articles.url
    FROM held_stances
    JOIN stances USING (stance_id)
    JOIN articles ON articles.article_id = held_stances.article_id
)
SELECT
    labelled.actor_id, labelled.topic_id, labelled.label,
    round(labelled.score, 2) AS score, round(labelled.confidence, 2) AS confidence,
    labelled.stories, labelled.outlets, labelled.last_said_at,
    best.said_by, best.evidence, best.outlet, best.url
FROM labelled
LEFT JOIN (
    SELECT * FROM quotes
    QUALIFY row_number() OVER (
        PARTITION BY actor_id, topic_id, label
        ORDER BY said_at DESC, confidence DESC, evidence
    ) = 1
) AS best USING (actor_id, topic_id, label);
COMMENT ON VIEW current_stances IS 'Where each actor stands on each topic now, by the five newest stories, with the newest words that show it.';
COMMENT ON COLUMN current_stances.actor_id IS 'Person or institution.';
COMMENT ON COLUMN current_stances.topic_id IS 'The topic.';
COMMENT ON COLUMN current_stances.label IS 'favor, against or neutral: the side that the stories show, weighted by confidence.';
COMMENT ON COLUMN current_stances.score IS 'Mean score, from -1 (against) to 1 (favor).';
COMMENT ON COLUMN current_stances.confidence IS 'Mean confidence of those stories.';
COMMENT ON COLUMN current_stances.stories IS 'Stories it rests on, five at most.';
COMMENT ON COLUMN current_stances.outlets IS 'Outlets that carried them.';
COMMENT ON COLUMN current_stances.last_said_at IS 'The newest of them.';
COMMENT ON COLUMN current_stances.said_by IS 'Whose words the evidence is: the actor''s own, or of one who speaks for it.';
COMMENT ON COLUMN current_stances.evidence IS 'The words.';
COMMENT ON COLUMN current_stances.outlet IS 'Where they stand.';
COMMENT ON COLUMN current_stances.url IS 'Link to them.';

ALTER TABLE series ADD COLUMN analysis_version VARCHAR;
COMMENT ON COLUMN series.analysis_version IS 'Topics, actors and models that its stories were read with; a series of another version is built anew.';
ALTER TABLE series ADD COLUMN held_since TIMESTAMPTZ;
COMMENT ON COLUMN series.held_since IS 'Since when its news has waited because stored articles are being read again; empty where none waits.';

COMMENT ON COLUMN shifts.kind IS 'reversal (from one side to the other), hardening (further from neutral), softening, first_stance (a side taken for the first time) or silence (a regular voice fell quiet).';
COMMENT ON COLUMN shifts.outcome IS 'alerted, or why no alert went out (muted, silenced, repeated, cool_down, flapping:..., covered_by:... , replayed: found when history was run again).';

CREATE VIEW held_shifts AS
SELECT
    actor_id, topic_id,
    state->'held'->>'from_label' AS from_label,
    state->'held'->>'to_label' AS to_label,
    (state->'held'->>'changed_at')::TIMESTAMPTZ AS changed_at,
    last_said_at AS held_at,
    state->'held'->>'reason' AS reason,
    (state->'held'->>'stories')::INTEGER AS stories,
    (state->'held'->'outlets')::VARCHAR[] AS outlets
FROM series
WHERE json_type(state, '$.held') = 'OBJECT' AND held_since IS NULL
UNION ALL
SELECT actor_id, topic_id, NULL, NULL, NULL, held_since, 'version_changed', NULL, []
FROM series WHERE held_since IS NOT NULL
UNION ALL
SELECT
    actor_id, topic_id, from_label, to_label, changed_at, decided_at, outcome,
    len(stories_after)::INTEGER, outlets_after
FROM shifts WHERE outcome <> 'alerted';
COMMENT ON VIEW held_shifts IS 'What almost made an alert, and why not: changes that the detector holds back, series that wait to be read again, and shifts that nobody was told of.';
COMMENT ON COLUMN held_shifts.actor_id IS 'Who.';
COMMENT ON COLUMN held_shifts.topic_id IS 'On what.';
COMMENT ON COLUMN held_shifts.from_label IS 'From which side; empty while the series waits.';
COMMENT ON COLUMN held_shifts.to_label IS 'To which side.';
COMMENT ON COLUMN held_shifts.changed_at IS 'Since when, if it was one.';
COMMENT ON COLUMN held_shifts.held_at IS 'The newest story that it was judged by, or when it was decided.';
COMMENT ON COLUMN held_shifts.reason IS 'Why no alert went out: by_chance, few_outlets, outlet_mix, dead_feed, cool_down, version_changed ... as in series.reason, or the outcome of the shift.';
COMMENT ON COLUMN held_shifts.stories IS 'Stories that show the new side.';
COMMENT ON COLUMN held_shifts.outlets IS 'Outlets that carried them; for dead_feed, those that brought nothing any more.';
