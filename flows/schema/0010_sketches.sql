-- One row per sketch, numbered, so that whoever holds them in memory reads only what was added.

CREATE TABLE sketches (
    number        INTEGER NOT NULL,
    article_id    VARCHAR NOT NULL,
    published_at  TIMESTAMPTZ NOT NULL,
    bands         UBIGINT[] NOT NULL
);
COMMENT ON TABLE sketches IS 'MinHash sketches of articles: two that share a band may be copies.';
COMMENT ON COLUMN sketches.number IS 'Rises with each that is added.';
COMMENT ON COLUMN sketches.article_id IS 'The article.';
COMMENT ON COLUMN sketches.published_at IS 'Its date: candidates come from a window of days.';
COMMENT ON COLUMN sketches.bands IS 'Hashes of the bands of its signature.';

INSERT INTO sketches
SELECT row_number() OVER (ORDER BY published_at, article_id), article_id, published_at, list(band)
FROM story_bands
GROUP BY article_id, published_at;

DROP TABLE story_bands;
