-- Polling by each feed's rhythm, addresses that move, and health that a person can act on.

ALTER TABLE feeds ADD COLUMN entries INTEGER;
COMMENT ON COLUMN feeds.entries IS 'Entries in the last document that had any.';
ALTER TABLE feeds ADD COLUMN entries_per_day DOUBLE;
COMMENT ON COLUMN feeds.entries_per_day IS 'What is usual for it, by the dates of its entries or, without them, by their arrival.';
ALTER TABLE feeds ADD COLUMN newest_entry_at TIMESTAMPTZ;
COMMENT ON COLUMN feeds.newest_entry_at IS 'When its newest entry was published or, without dates, arrived.';
ALTER TABLE feeds ADD COLUMN window_seconds DOUBLE;
COMMENT ON COLUMN feeds.window_seconds IS 'Within so many seconds came the newer half of the entries that it carries: if asked more rarely, it may drop some unseen.';
ALTER TABLE feeds ADD COLUMN unchanged INTEGER DEFAULT 0;
COMMENT ON COLUMN feeds.unchanged IS 'Times in a row that its server said "unchanged" without a body; now and then it is asked without conditions.';
ALTER TABLE feeds ADD COLUMN last_body_at TIMESTAMPTZ;
COMMENT ON COLUMN feeds.last_body_at IS 'When it last came with a body.';
ALTER TABLE feeds ADD COLUMN moved_to VARCHAR;
COMMENT ON COLUMN feeds.moved_to IS 'Where its server says that it has moved for good, while that is not yet believed.';
ALTER TABLE feeds ADD COLUMN moved_seen INTEGER DEFAULT 0;
COMMENT ON COLUMN feeds.moved_seen IS 'Answers in a row that led to moved_to.';
ALTER TABLE feeds ADD COLUMN moved_since_at TIMESTAMPTZ;
COMMENT ON COLUMN feeds.moved_since_at IS 'The first of them.';
ALTER TABLE feeds ADD COLUMN adopted_url VARCHAR;
COMMENT ON COLUMN feeds.adopted_url IS 'Asked instead of the configured address, as the feed has moved there for good.';
ALTER TABLE feeds ADD COLUMN disabled_at TIMESTAMPTZ;
COMMENT ON COLUMN feeds.disabled_at IS 'Since when it is not asked any more, as its server says that it is gone for good.';
ALTER TABLE feeds ADD COLUMN failing_since_at TIMESTAMPTZ;
COMMENT ON COLUMN feeds.failing_since_at IS 'The first failure since the last success, times without any network left out.';
ALTER TABLE feeds ADD COLUMN state VARCHAR DEFAULT 'new';
COMMENT ON COLUMN feeds.state IS 'new, ok, quiet, failing, dead, gone or moved; see feed_health.';
ALTER TABLE feeds ADD COLUMN state_since_at TIMESTAMPTZ;
COMMENT ON COLUMN feeds.state_since_at IS 'Since when it is in that state.';
COMMENT ON COLUMN feeds.next_fetch_at IS 'Not asked on schedule before this time; empty when any time will do.';

CREATE TABLE feed_changes (
    change_id   VARCHAR NOT NULL,
    feed_id     VARCHAR,
    before      VARCHAR NOT NULL,
    state       VARCHAR NOT NULL,
    cause       VARCHAR,
    changed_at  TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE feed_changes IS 'One row per change of a feed''s state: since when was which newsroom missing?';
COMMENT ON COLUMN feed_changes.change_id IS 'Hash of feed, state and time.';
COMMENT ON COLUMN feed_changes.feed_id IS 'The feed; empty for the network of this machine, which is online or offline.';
COMMENT ON COLUMN feed_changes.before IS 'The state before.';
COMMENT ON COLUMN feed_changes.state IS 'The state from then on.';
COMMENT ON COLUMN feed_changes.cause IS 'Why, in plain words.';
COMMENT ON COLUMN feed_changes.changed_at IS 'When the run that found it started.';

CREATE OR REPLACE VIEW feed_health AS
WITH latest AS (
    -- The clock of the last poll: what is read later says the same.
    SELECT max(last_fetched_at) AS polled_at FROM feeds
),
tallies AS (
    SELECT
        feed_id,
        count(*) AS articles,
        max(published_at) AS newest_published_at,
        count(*) FILTER (published_at > polled_at - INTERVAL 7 DAY AND published_at <= polled_at)
            AS this_week,
        count(*) FILTER (
            published_at > polled_at - INTERVAL 35 DAY AND published_at <= polled_at - INTERVAL 7 DAY
        ) AS weeks_before,
        date_diff('day', min(published_at), polled_at) - 7 AS days_before
    FROM articles CROSS JOIN latest
    WHERE version = 1
    GROUP BY feed_id, polled_at
),
sides AS (
    SELECT articles.feed_id, count(*) AS stances
    FROM stances JOIN articles USING (article_id)
    WHERE articles.is_current
    GROUP BY articles.feed_id
)
SELECT
    feeds.feed_id, feeds.outlet, feeds.title, feeds.state,
    CASE
        WHEN feeds.state = 'gone' THEN 'its server says that it is gone for good; it is not asked any more'
        WHEN feeds.state = 'moved' THEN 'it has moved to ' || feeds.adopted_url || ', where it is asked now'
        WHEN feeds.state = 'quiet' THEN 'it answers, but its newest entry is of ' || strftime(feeds.newest_entry_at, '%-d %B %Y')
        WHEN feeds.state IN ('failing', 'dead') THEN CASE feeds.status
            WHEN 'timeout' THEN 'its server does not answer in time'
            WHEN 'dns' THEN 'its host name has no address'
            WHEN 'refused' THEN 'its server takes no connection'
            WHEN 'tls' THEN 'its certificate or encryption is not to be trusted'
            WHEN 'not_found' THEN 'there is nothing at its address (404)'
            WHEN 'rate_limited' THEN 'its server asks for patience'
            WHEN 'not_a_feed' THEN 'what comes is no feed, but perhaps a web page'
            WHEN 'redirect_loop' THEN 'its address leads round in circles'
            WHEN 'too_large' THEN 'it is larger than max_bytes allows'
            WHEN 'too_complex' THEN 'reading it took too long or too much memory'
            WHEN 'blocked' THEN 'its address is not on the public internet'
            WHEN 'blocked_scheme' THEN 'its address is not one of the web'
            WHEN 'unreadable' THEN 'its file cannot be read'
            WHEN 'http_error' THEN 'its server answers with an error'
            ELSE feeds.status
        END || coalesce(' (' || nullif(feeds.detail, '') || ')', '')
        ELSE feeds.detail
    END AS cause,
    feeds.state_since_at, feeds.status, feeds.detail, feeds.failures, feeds.failing_since_at,
    feeds.last_success_at, feeds.last_fetched_at, feeds.next_fetch_at,
    round(coalesce(tallies.this_week, 0) / 7, 1) AS entries_a_day,
    CASE WHEN tallies.days_before > 0
        THEN round(tallies.weeks_before / least(28, tallies.days_before), 1)
    END AS usual_a_day,
    coalesce(tallies.articles, 0) AS articles,
    coalesce(sides.stances, 0) AS stances,
    tallies.newest_published_at, feeds.newest_entry_at, feeds.adopted_url
FROM feeds
LEFT JOIN tallies USING (feed_id)
LEFT JOIN sides USING (feed_id);
COMMENT ON VIEW feed_health IS 'How each feed fares: its state and the cause, last success and next try, what it brings against its usual.';
COMMENT ON COLUMN feed_health.feed_id IS 'The feed.';
COMMENT ON COLUMN feed_health.outlet IS 'The newsroom.';
COMMENT ON COLUMN feed_health.title IS 'Its name for people.';
COMMENT ON COLUMN feed_health.state IS 'ok; quiet (alive, but silent for much longer than usual); failing; dead (failing for three days); gone (its server says so, not asked any more); moved (asked at another address); new (not asked yet).';
COMMENT ON COLUMN feed_health.cause IS 'Why, in plain words; of a feed that is ok, what had to be mended.';
COMMENT ON COLUMN feed_health.state_since_at IS 'Since when it is in that state.';
COMMENT ON COLUMN feed_health.status IS 'What came of the last try: fetched, unchanged, degraded, or why it failed.';
COMMENT ON COLUMN feed_health.detail IS 'The same in more words.';
COMMENT ON COLUMN feed_health.failures IS 'Failures since the last success.';
COMMENT ON COLUMN feed_health.failing_since_at IS 'The first of them, times without any network left out.';
COMMENT ON COLUMN feed_health.last_success_at IS 'When it last answered well.';
COMMENT ON COLUMN feed_health.last_fetched_at IS 'When it was last asked.';
COMMENT ON COLUMN feed_health.next_fetch_at IS 'Not asked on schedule before this time.';
COMMENT ON COLUMN feed_health.entries_a_day IS 'Articles a day that it was the first to bring, published in the seven days before the last poll.';
COMMENT ON COLUMN feed_health.usual_a_day IS 'The same over the four weeks before those, as far as it is known.';
COMMENT ON COLUMN feed_health.articles IS 'Articles it was the first to bring.';
COMMENT ON COLUMN feed_health.stances IS 'Stances found in them.';
COMMENT ON COLUMN feed_health.newest_published_at IS 'The newest of its articles.';
COMMENT ON COLUMN feed_health.newest_entry_at IS 'Its newest entry, whoever brought it first.';
COMMENT ON COLUMN feed_health.adopted_url IS 'Where it is asked, if it has moved for good.';
