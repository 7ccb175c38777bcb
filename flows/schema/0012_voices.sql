-- An agency is one outlet, however many newsrooms print its reports.

CREATE OR REPLACE VIEW held_stances AS
SELECT
    unnest(list_distinct(list_prepend(stances.actor_id, stances.speaks_for))) AS actor_id,
    stances.topic_id, stances.story_id, stances.label, stances.score, stances.confidence,
    stances.said_at, articles.first_seen_at AS seen_at, articles.outlet, articles.agency,
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
COMMENT ON COLUMN held_stances.agency IS 'The news agency whose report the article is; empty where it credits none.';
COMMENT ON COLUMN held_stances.published_at IS 'When the article was published.';
COMMENT ON COLUMN held_stances.article_id IS 'The article.';
COMMENT ON COLUMN held_stances.span_start IS 'First code point of the evidence in articles.text, from 0.';
COMMENT ON COLUMN held_stances.stance_id IS 'The stance.';
COMMENT ON COLUMN held_stances.evidence IS 'The words, verbatim.';
COMMENT ON COLUMN held_stances.analysis_version IS 'Topics, actors and models that it was read with.';

-- `monitors.shifts.observing` has the same.
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
        coalesce(
            list_sort(list(DISTINCT agency) FILTER (agency IS NOT NULL)),
            list_sort(list(DISTINCT outlet))
        ) AS outlets,
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
COMMENT ON COLUMN observations.outlets IS 'Who reports it: the agency, where any of its copies credits one, else the outlets that carried it.';
COMMENT ON COLUMN observations.stances IS 'How many stances it rests on.';
COMMENT ON COLUMN observations.analysis_version IS 'Topics, actors and models that all of them were read with; empty where they differ.';

COMMENT ON COLUMN articles.agency IS 'The news agency that the text credits (dateline, byline, closing line) or that the outlet is, by its short name; empty where there is none.';
COMMENT ON COLUMN current_stances.outlets IS 'Outlets that carried them; an agency counts as one.';
COMMENT ON COLUMN held_shifts.outlets IS 'Outlets that carried them, an agency counting as one; for dead_feed, those that brought nothing any more.';

-- Series hold the outlets of their stories; they are built anew.
UPDATE series SET analysis_version = NULL;
