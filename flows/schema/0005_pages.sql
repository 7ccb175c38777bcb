-- Article pages: what was taken from them, what the feeds had said, and what robots.txt allows.

ALTER TABLE articles ADD COLUMN language VARCHAR;
COMMENT ON COLUMN articles.language IS 'Language of the text (ISO 639-1), told from its words; empty where it is too short to tell.';
ALTER TABLE articles ADD COLUMN text_source VARCHAR DEFAULT 'feed';
COMMENT ON COLUMN articles.text_source IS 'Where the text is from: feed (or a file), page (the article''s page), or summary (the feed''s, because the page could not be used).';
ALTER TABLE articles ADD COLUMN text_problem VARCHAR;
COMMENT ON COLUMN articles.text_problem IS 'Why the page could not be used, if text_source is summary: paywall, consent, captcha, login, error, links, empty, shorter or unrelated (what stood there); robots, robots_unreachable, not_html, timeout, too_slow, dns, refused, not_found ... (why nothing came).';
ALTER TABLE articles ADD COLUMN author VARCHAR;
COMMENT ON COLUMN articles.author IS 'Who wrote it, by the page''s account; empty where only the feed was read.';
ALTER TABLE articles ADD COLUMN modified_at TIMESTAMPTZ;
COMMENT ON COLUMN articles.modified_at IS 'When it was last changed, by the page''s account.';
COMMENT ON COLUMN articles.date_source IS 'Where published_at is from: published, updated (the feed''s), page, or first_seen.';
COMMENT ON COLUMN articles.skipped IS 'Why it was not read, where it was not: language (no model for it), no_topic, timeout (took too long), or unreadable (the reader broke on it).';

CREATE TABLE pages (
    link              VARCHAR PRIMARY KEY,
    feed_id           VARCHAR NOT NULL,
    outlet            VARCHAR NOT NULL,
    title             VARCHAR NOT NULL,
    text              VARCHAR NOT NULL,
    source_hash       VARCHAR NOT NULL,
    source_updated_at TIMESTAMPTZ,
    published_at      TIMESTAMPTZ NOT NULL,
    date_source       VARCHAR NOT NULL,
    first_seen_at     TIMESTAMPTZ NOT NULL,
    state             VARCHAR NOT NULL,
    problem           VARCHAR,
    url               VARCHAR,
    asked_at          TIMESTAMPTZ,
    read_at           TIMESTAMPTZ
);
COMMENT ON TABLE pages IS 'Entries whose page is read for its text, one row per link: what the feed said of them, and what came of it.';
COMMENT ON COLUMN pages.link IS 'Canonical URL of the feed''s link.';
COMMENT ON COLUMN pages.feed_id IS 'The feed that brought it first.';
COMMENT ON COLUMN pages.outlet IS 'The newsroom.';
COMMENT ON COLUMN pages.title IS 'Headline in the feed.';
COMMENT ON COLUMN pages.text IS 'What the feed says: headline and summary.';
COMMENT ON COLUMN pages.source_hash IS 'Hash of that: while the feed says the same, the page is not asked for again.';
COMMENT ON COLUMN pages.source_updated_at IS 'When the feed says the article was last changed.';
COMMENT ON COLUMN pages.published_at IS 'When the feed says it was published.';
COMMENT ON COLUMN pages.date_source IS 'Where published_at is from: published, updated or first_seen.';
COMMENT ON COLUMN pages.first_seen_at IS 'When the feed brought it, in these words.';
COMMENT ON COLUMN pages.state IS 'waiting (to be asked for), page (read) or summary (could not be used).';
COMMENT ON COLUMN pages.problem IS 'Why it could not be used; see articles.text_problem.';
COMMENT ON COLUMN pages.url IS 'URL that the article is kept under: the page''s own canonical link if it is on the same site, else the link.';
COMMENT ON COLUMN pages.asked_at IS 'When it was last asked for.';
COMMENT ON COLUMN pages.read_at IS 'When it was last read with success.';

CREATE TABLE robots (
    origin      VARCHAR PRIMARY KEY,
    body        VARCHAR NOT NULL,
    fetched_at  TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE robots IS 'The robots.txt of hosts whose pages are read, kept for a day.';
COMMENT ON COLUMN robots.origin IS 'Scheme, host and port.';
COMMENT ON COLUMN robots.body IS 'The file; empty where the host has none, which allows everything.';
COMMENT ON COLUMN robots.fetched_at IS 'When it was fetched.';

CREATE VIEW page_reading AS
SELECT
    feed_id,
    count(*) FILTER (state = 'page') AS read,
    count(*) FILTER (state = 'summary') AS not_read,
    count(*) FILTER (state = 'waiting') AS waiting,
    mode(problem) FILTER (state = 'summary') AS usual_problem,
    max(asked_at) AS last_asked_at
FROM pages
GROUP BY feed_id;
COMMENT ON VIEW page_reading IS 'How the article pages of each feed fare.';
COMMENT ON COLUMN page_reading.feed_id IS 'The feed.';
COMMENT ON COLUMN page_reading.read IS 'Pages whose text was read.';
COMMENT ON COLUMN page_reading.not_read IS 'Pages that could not be used: the summary was read.';
COMMENT ON COLUMN page_reading.waiting IS 'Pages that wait for the next run.';
COMMENT ON COLUMN page_reading.usual_problem IS 'The commonest reason of those that could not be used.';
COMMENT ON COLUMN page_reading.last_asked_at IS 'When a page was last asked for.';
