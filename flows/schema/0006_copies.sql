-- Whom a text is credited to, and which stories are copies of one agency's report.

ALTER TABLE articles ADD COLUMN agency VARCHAR;
COMMENT ON COLUMN articles.agency IS 'The news agency that the text credits (dateline, byline, closing line), by its short name; empty where it credits none.';

CREATE VIEW story_copies AS
SELECT
    articles.story_id,
    any_value(stories.title) AS title,
    arg_min(articles.agency, (articles.published_at, articles.article_id)) AS agency,
    count(*) AS articles,
    count(DISTINCT articles.outlet) AS outlets,
    list_sort(list(DISTINCT articles.outlet)) AS carried_by,
    min(articles.published_at) AS first_published_at,
    max(articles.published_at) AS last_published_at
FROM articles
JOIN stories USING (story_id)
WHERE articles.is_current
GROUP BY articles.story_id;
COMMENT ON VIEW story_copies IS 'One row per story: whose report it is, and how many articles of how many outlets carry it.';
COMMENT ON COLUMN story_copies.story_id IS 'The story.';
COMMENT ON COLUMN story_copies.title IS 'Title of its first article.';
COMMENT ON COLUMN story_copies.agency IS 'The agency that its first article with a credit is credited to; empty where none has one.';
COMMENT ON COLUMN story_copies.articles IS 'Articles that carry it.';
COMMENT ON COLUMN story_copies.outlets IS 'Outlets among them.';
COMMENT ON COLUMN story_copies.carried_by IS 'Those outlets, by name.';
COMMENT ON COLUMN story_copies.first_published_at IS 'When the first of them was published.';
COMMENT ON COLUMN story_copies.last_published_at IS 'When the last of them was published.';
