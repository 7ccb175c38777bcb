-- Articles may come from files and archives, and old ones from sitemaps.

COMMENT ON COLUMN articles.date_source IS 'Where published_at is from: published, updated, file (the time of the file or archive record that it came in) or first_seen.';
COMMENT ON COLUMN feeds.location IS 'Its URL without user name and password, or its file or folder.';

CREATE TABLE backfill_pages (
    page_url  VARCHAR PRIMARY KEY,
    status    VARCHAR NOT NULL,
    detail    VARCHAR,
    asked_at  TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE backfill_pages IS 'Pages that a backfill asked for and that gave no article; they are not asked for again.';
COMMENT ON COLUMN backfill_pages.page_url IS 'The page, as articles.url would name it.';
COMMENT ON COLUMN backfill_pages.status IS 'Why there is no article: not_found, gone, no_text, no_date, out_of_range, robots ...';
COMMENT ON COLUMN backfill_pages.detail IS 'The same in plain words, where there is more to say.';
COMMENT ON COLUMN backfill_pages.asked_at IS 'When.';
