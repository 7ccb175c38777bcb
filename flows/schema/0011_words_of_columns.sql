-- What columns of articles and of a backfill say, now that pages are read in one way.

COMMENT ON COLUMN articles.language IS 'Language of the text (ISO 639-1), told from its words where it names a topic or is a page''s; empty where it is too short to tell.';
COMMENT ON COLUMN articles.skipped IS 'Why it was not read, where it was not: no_topic, language (it names a topic, and there is no model for its language), timeout (took too long), or unreadable (the reader broke on it).';
COMMENT ON COLUMN articles.date_source IS 'Where published_at is from: published, updated (the feed''s or the sitemap''s), page, file (the time of the file or archive record that it came in) or first_seen.';
COMMENT ON COLUMN backfill_pages.status IS 'Why there is no article: not_found, gone, forbidden, not_html, empty, no_date, out_of_range, robots; or paywall, consent, captcha, login, error, links (what stood there) ...';
