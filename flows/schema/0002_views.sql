-- Views that read like answers.

CREATE VIEW observations AS
WITH held AS (
    SELECT
        unnest(list_distinct(list_prepend(stances.actor_id, stances.speaks_for))) AS series_actor_id,
        stances.topic_id, stances.story_id, stances.score, stances.confidence, stances.said_at,
        articles.outlet, articles.first_seen_at
    FROM stances
    JOIN articles USING (article_id)
    WHERE articles.is_current AND stances.reported_by IS NULL
),
newest AS (
    SELECT *, max(said_at) OVER (PARTITION BY series_actor_id, topic_id, story_id) AS newest_said_at
    FROM held
),
combined AS (
    SELECT
        series_actor_id AS actor_id, topic_id, story_id,
        sum(score * confidence) / sum(confidence) AS score,
        avg(confidence) AS confidence,
        min(said_at) AS said_at,
        min(first_seen_at) AS seen_at,
        list_sort(list(DISTINCT outlet)) AS outlets,
        count(*) AS stances
    FROM newest
    WHERE said_at >= newest_said_at - INTERVAL 3 DAY AND confidence > 0
    GROUP BY ALL
)
SELECT
    actor_id, topic_id, story_id,
    CASE WHEN score >= 0.25 THEN 'favor' WHEN score <= -0.25 THEN 'against' ELSE 'neutral' END AS label,
    score, confidence, said_at, seen_at, outlets, stances
FROM combined;
COMMENT ON VIEW observations IS 'One row per actor, topic and story: what the detectors count. A person''s stance counts for the institution he or she spoke for, too; what others claim of an actor does not count.';
COMMENT ON COLUMN observations.actor_id IS 'Person or institution.';
COMMENT ON COLUMN observations.topic_id IS 'The topic.';
COMMENT ON COLUMN observations.story_id IS 'The story.';
COMMENT ON COLUMN observations.label IS 'favor from a score of 0.25, against from -0.25, else neutral.';
COMMENT ON COLUMN observations.score IS 'Mean of the story''s stances, weighted by confidence.';
COMMENT ON COLUMN observations.confidence IS 'Mean confidence of the story''s stances.';
COMMENT ON COLUMN observations.said_at IS 'When the story''s newest stances were said.';
COMMENT ON COLUMN observations.seen_at IS 'When Stancewatch first saw the story.';
COMMENT ON COLUMN observations.outlets IS 'Outlets that carried it.';
COMMENT ON COLUMN observations.stances IS 'How many stances it rests on.';

CREATE VIEW current_stances AS
WITH ranked AS (
    SELECT *, row_number() OVER (
        PARTITION BY actor_id, topic_id ORDER BY said_at DESC, confidence DESC, story_id
    ) AS age
    FROM observations
),
sides AS (
    SELECT
        actor_id, topic_id,
        sum(score * confidence) / sum(confidence) AS score,
        avg(confidence) AS confidence,
        count(*) AS stories,
        len(list_distinct(flatten(list(outlets)))) AS outlets,
        max(said_at) AS last_said_at
    FROM ranked
    WHERE age <= 5
    GROUP BY ALL
),
quotes AS (
    SELECT
        unnest(list_distinct(list_prepend(actor_id, speaks_for))) AS series_actor_id,
        actor_id AS said_by, topic_id, evidence, said_at, confidence, label, article_id
    FROM stances
    WHERE reported_by IS NULL
)
SELECT
    sides.actor_id, sides.topic_id,
    CASE WHEN sides.score >= 0.25 THEN 'favor' WHEN sides.score <= -0.25 THEN 'against' ELSE 'neutral' END AS label,
    round(sides.score, 2) AS score, round(sides.confidence, 2) AS confidence,
    sides.stories, sides.outlets, sides.last_said_at,
    best.said_by, best.evidence, best.outlet, best.url
FROM sides
LEFT JOIN LATERAL (
    SELECT quotes.said_by, quotes.evidence, articles.outlet, articles.url
    FROM quotes
    JOIN articles USING (article_id)
    WHERE articles.is_current
      AND quotes.series_actor_id = sides.actor_id AND quotes.topic_id = sides.topic_id
      AND quotes.label = CASE WHEN sides.score >= 0.25 THEN 'favor' WHEN sides.score <= -0.25 THEN 'against' ELSE 'neutral' END
    ORDER BY quotes.said_at DESC, quotes.confidence DESC, quotes.evidence
    LIMIT 1
) AS best ON true;
COMMENT ON VIEW current_stances IS 'Where each actor stands on each topic now, by the five newest stories, with the newest words that show it.';
COMMENT ON COLUMN current_stances.actor_id IS 'Person or institution.';
COMMENT ON COLUMN current_stances.topic_id IS 'The topic.';
COMMENT ON COLUMN current_stances.label IS 'favor, against or neutral.';
COMMENT ON COLUMN current_stances.score IS 'From -1 (against) to 1 (favor).';
COMMENT ON COLUMN current_stances.confidence IS 'Mean confidence of those stories.';
COMMENT ON COLUMN current_stances.stories IS 'Stories it rests on, five at most.';
COMMENT ON COLUMN current_stances.outlets IS 'Outlets that carried them.';
COMMENT ON COLUMN current_stances.last_said_at IS 'The newest of them.';
COMMENT ON COLUMN current_stances.said_by IS 'Whose words the evidence is: the actor''s own, or of one who speaks for it.';
COMMENT ON COLUMN current_stances.evidence IS 'The words.';
COMMENT ON COLUMN current_stances.outlet IS 'Where they stand.';
COMMENT ON COLUMN current_stances.url IS 'Link to them.';

CREATE VIEW stance_timeline AS
SELECT
    stances.said_at, stances.actor_id, stances.topic_id, stances.label,
    round(stances.score, 2) AS score, round(stances.confidence, 2) AS confidence,
    stances.evidence, stances.kind, stances.reported_by, stances.speaks_for,
    articles.outlet, articles.title, articles.url, articles.published_at,
    stances.story_id, stances.article_id, stances.stance_id
FROM stances
JOIN articles USING (article_id)
WHERE articles.is_current;
COMMENT ON VIEW stance_timeline IS 'Every stance with its words, outlet and link; order it by said_at.';
COMMENT ON COLUMN stance_timeline.said_at IS 'When it was said or done.';
COMMENT ON COLUMN stance_timeline.actor_id IS 'The holder.';
COMMENT ON COLUMN stance_timeline.topic_id IS 'The topic.';
COMMENT ON COLUMN stance_timeline.label IS 'favor, against or neutral.';
COMMENT ON COLUMN stance_timeline.score IS 'From -1 (against) to 1 (favor).';
COMMENT ON COLUMN stance_timeline.confidence IS 'From 0 to 1.';
COMMENT ON COLUMN stance_timeline.evidence IS 'The words, verbatim.';
COMMENT ON COLUMN stance_timeline.kind IS 'direct_quote, indirect_speech or description.';
COMMENT ON COLUMN stance_timeline.reported_by IS 'Who claims it of the holder; empty for own words and deeds.';
COMMENT ON COLUMN stance_timeline.speaks_for IS 'Institutions the holder spoke for that day.';
COMMENT ON COLUMN stance_timeline.outlet IS 'The newsroom.';
COMMENT ON COLUMN stance_timeline.title IS 'Headline.';
COMMENT ON COLUMN stance_timeline.url IS 'Link.';
COMMENT ON COLUMN stance_timeline.published_at IS 'When it was published.';
COMMENT ON COLUMN stance_timeline.story_id IS 'The story.';
COMMENT ON COLUMN stance_timeline.article_id IS 'The article.';
COMMENT ON COLUMN stance_timeline.stance_id IS 'The stance.';

CREATE VIEW topic_hits AS
SELECT
    mentions.topic_id,
    date_trunc('day', articles.published_at) AS day,
    count(*) AS mentions,
    count(DISTINCT articles.article_id) AS articles,
    count(DISTINCT articles.story_id) AS stories,
    count(DISTINCT articles.outlet) AS outlets
FROM mentions
JOIN articles USING (article_id)
WHERE mentions.kind = 'topic' AND articles.is_current
GROUP BY ALL;
COMMENT ON VIEW topic_hits IS 'How often each topic was in the news, by day.';
COMMENT ON COLUMN topic_hits.topic_id IS 'The topic.';
COMMENT ON COLUMN topic_hits.day IS 'Day of publication (UTC).';
COMMENT ON COLUMN topic_hits.mentions IS 'Times it was named.';
COMMENT ON COLUMN topic_hits.articles IS 'Articles that name it.';
COMMENT ON COLUMN topic_hits.stories IS 'Stories among them: copies counted once.';
COMMENT ON COLUMN topic_hits.outlets IS 'Outlets that carried them.';

CREATE VIEW alert_evidence AS
WITH sides AS (
    SELECT alerts.alert_id, alerts.actor_id, alerts.topic_id, alerts.decided_at, alerts.stance_ids,
           'before' AS side, unnest(shifts.stories_before) AS story_id, alerts.from_label AS side_label
    FROM alerts JOIN shifts USING (shift_id)
    UNION ALL
    SELECT alerts.alert_id, alerts.actor_id, alerts.topic_id, alerts.decided_at, alerts.stance_ids,
           'after', unnest(shifts.stories_after), alerts.to_label
    FROM alerts JOIN shifts USING (shift_id)
)
SELECT
    sides.alert_id, sides.actor_id, sides.topic_id, sides.decided_at, sides.side,
    stances.said_at, stances.actor_id AS said_by, stances.label, stances.evidence,
    list_contains(sides.stance_ids, stances.stance_id) AS quoted,
    articles.outlet, articles.title, articles.url, sides.story_id
FROM sides
JOIN stances ON stances.story_id = sides.story_id AND stances.topic_id = sides.topic_id
    AND stances.reported_by IS NULL
    AND list_contains(list_prepend(stances.actor_id, stances.speaks_for), sides.actor_id)
JOIN articles USING (article_id)
WHERE articles.is_current
-- A story counts by its newest stances, as in `observations`; what it recalls of the past does not.
QUALIFY stances.said_at >= max(stances.said_at) OVER (
    PARTITION BY sides.alert_id, sides.side, sides.story_id
) - INTERVAL 3 DAY;
COMMENT ON VIEW alert_evidence IS 'Every stance that an alert rests on, before and after.';
COMMENT ON COLUMN alert_evidence.alert_id IS 'The alert.';
COMMENT ON COLUMN alert_evidence.actor_id IS 'Who shifted.';
COMMENT ON COLUMN alert_evidence.topic_id IS 'On what.';
COMMENT ON COLUMN alert_evidence.decided_at IS 'When the alert was decided.';
COMMENT ON COLUMN alert_evidence.side IS 'before or after the change.';
COMMENT ON COLUMN alert_evidence.said_at IS 'When it was said.';
COMMENT ON COLUMN alert_evidence.said_by IS 'Who said it.';
COMMENT ON COLUMN alert_evidence.label IS 'favor, against or neutral.';
COMMENT ON COLUMN alert_evidence.evidence IS 'The words.';
COMMENT ON COLUMN alert_evidence.quoted IS 'Whether the message quotes it.';
COMMENT ON COLUMN alert_evidence.outlet IS 'The newsroom.';
COMMENT ON COLUMN alert_evidence.title IS 'Headline.';
COMMENT ON COLUMN alert_evidence.url IS 'Link.';
COMMENT ON COLUMN alert_evidence.story_id IS 'The story.';

CREATE VIEW feed_health AS
SELECT
    feeds.feed_id, feeds.outlet, feeds.status, feeds.detail, feeds.failures,
    feeds.last_success_at, feeds.last_fetched_at, feeds.next_fetch_at,
    coalesce(tallies.articles, 0) AS articles,
    tallies.newest_published_at
FROM feeds
LEFT JOIN (
    SELECT feed_id, count(*) AS articles, max(published_at) AS newest_published_at
    FROM articles GROUP BY feed_id
) AS tallies USING (feed_id);
COMMENT ON VIEW feed_health IS 'How each feed fares: what it answered last, since when it fails, what came of it.';
COMMENT ON COLUMN feed_health.feed_id IS 'The feed.';
COMMENT ON COLUMN feed_health.outlet IS 'The newsroom.';
COMMENT ON COLUMN feed_health.status IS 'fetched, unchanged, degraded, or why it failed.';
COMMENT ON COLUMN feed_health.detail IS 'The same in plain words.';
COMMENT ON COLUMN feed_health.failures IS 'Failures since the last success.';
COMMENT ON COLUMN feed_health.last_success_at IS 'When it last answered well.';
COMMENT ON COLUMN feed_health.last_fetched_at IS 'When it was last asked.';
COMMENT ON COLUMN feed_health.next_fetch_at IS 'Not asked again before this time.';
COMMENT ON COLUMN feed_health.articles IS 'Articles it has brought.';
COMMENT ON COLUMN feed_health.newest_published_at IS 'The newest of them.';

CREATE VIEW coverage AS
SELECT
    stances.topic_id, articles.outlet,
    count(DISTINCT articles.article_id) AS articles,
    count(*) AS stances,
    count(DISTINCT stances.actor_id) AS actors,
    round(avg(stances.confidence), 2) AS confidence,
    min(articles.published_at) AS first_published_at,
    max(articles.published_at) AS last_published_at
FROM stances
JOIN articles USING (article_id)
WHERE articles.is_current
GROUP BY ALL;
COMMENT ON VIEW coverage IS 'Which outlets the stances on a topic come from: what a comparison over time rests on.';
COMMENT ON COLUMN coverage.topic_id IS 'The topic.';
COMMENT ON COLUMN coverage.outlet IS 'The newsroom.';
COMMENT ON COLUMN coverage.articles IS 'Its articles with a stance on the topic.';
COMMENT ON COLUMN coverage.stances IS 'Stances in them.';
COMMENT ON COLUMN coverage.actors IS 'Actors in them.';
COMMENT ON COLUMN coverage.confidence IS 'Mean confidence.';
COMMENT ON COLUMN coverage.first_published_at IS 'The oldest.';
COMMENT ON COLUMN coverage.last_published_at IS 'The newest.';
