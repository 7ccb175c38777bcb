-- The language is told of what names a topic, not of everything.

COMMENT ON COLUMN articles.language IS 'Language of the text (ISO 639-1), told from its words where it names a topic or is a page''s; empty where it is too short to tell.';
COMMENT ON COLUMN articles.skipped IS 'Why it was not read, where it was not: no_topic, language (it names a topic, and there is no model for its language), timeout (took too long), or unreadable (the reader broke on it).';
