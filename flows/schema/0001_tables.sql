-- The tables of Stancewatch. Times are UTC. Ids are derived from content.
-- Few keys and indexes on purpose: they are what a write-ahead log stumbles over.

CREATE TABLE runs (
    run_id        VARCHAR PRIMARY KEY,
    flow          VARCHAR NOT NULL,
    pid           INTEGER NOT NULL,
    started_at    TIMESTAMPTZ NOT NULL,
    finished_at   TIMESTAMPTZ,
    state         VARCHAR NOT NULL,
    summary       JSON,
    error         VARCHAR
);
COMMENT ON TABLE runs IS 'One row per run of a flow: what it did, how it ended.';
COMMENT ON COLUMN runs.run_id IS 'Random id of the run.';
COMMENT ON COLUMN runs.flow IS 'ingest, watch, deliver, digest or maintain.';
COMMENT ON COLUMN runs.pid IS 'Process that ran it.';
COMMENT ON COLUMN runs.started_at IS 'When it started.';
COMMENT ON COLUMN runs.finished_at IS 'When it ended; empty while it runs.';
COMMENT ON COLUMN runs.state IS 'running, done, failed, or crashed (found unfinished by a later run).';
COMMENT ON COLUMN runs.summary IS 'Its counts, as JSON.';
COMMENT ON COLUMN runs.error IS 'Why it failed, in plain words.';

CREATE TABLE feeds (
    feed_id           VARCHAR PRIMARY KEY,
    title             VARCHAR NOT NULL,
    outlet            VARCHAR NOT NULL,
    location          VARCHAR NOT NULL,
    status            VARCHAR NOT NULL,
    detail            VARCHAR,
    etag              VARCHAR,
    last_modified     VARCHAR,
    body_hash         VARCHAR,
    failures          INTEGER NOT NULL,
    last_fetched_at   TIMESTAMPTZ,
    last_success_at   TIMESTAMPTZ,
    next_fetch_at     TIMESTAMPTZ
);
COMMENT ON TABLE feeds IS 'One row per configured feed: where it is and how it fares.';
COMMENT ON COLUMN feeds.feed_id IS 'Its id in feeds.toml.';
COMMENT ON COLUMN feeds.title IS 'Its name for people.';
COMMENT ON COLUMN feeds.outlet IS 'The newsroom behind it; outlets are what evidence is counted by.';
COMMENT ON COLUMN feeds.location IS 'Its URL without user name and password, or its file.';
COMMENT ON COLUMN feeds.status IS 'new, fetched, unchanged, degraded, or the reason of the last failure (timeout, gone, not_a_feed ...).';
COMMENT ON COLUMN feeds.detail IS 'The same in plain words.';
COMMENT ON COLUMN feeds.etag IS 'ETag of the last body, sent back as If-None-Match.';
COMMENT ON COLUMN feeds.last_modified IS 'Last-Modified of the last body, sent back as If-Modified-Since.';
COMMENT ON COLUMN feeds.body_hash IS 'Hash of the last body: an equal one is not parsed again.';
COMMENT ON COLUMN feeds.failures IS 'Failures since the last success.';
COMMENT ON COLUMN feeds.last_fetched_at IS 'When it was last asked.';
COMMENT ON COLUMN feeds.last_success_at IS 'When it last answered well.';
COMMENT ON COLUMN feeds.next_fetch_at IS 'Not asked again before this time; empty when any time will do.';

CREATE TABLE fetches (
    fetch_id      VARCHAR NOT NULL,
    run_id        VARCHAR NOT NULL,
    feed_id       VARCHAR NOT NULL,
    fetched_at    TIMESTAMPTZ NOT NULL,
    status        VARCHAR NOT NULL,
    detail        VARCHAR,
    http_status   INTEGER,
    seconds       DOUBLE NOT NULL,
    bytes         BIGINT NOT NULL,
    entries       INTEGER NOT NULL,
    new_articles  INTEGER NOT NULL,
    problems      VARCHAR[] NOT NULL
);
COMMENT ON TABLE fetches IS 'One row per attempt to read a feed.';
COMMENT ON COLUMN fetches.fetch_id IS 'Hash of run and feed.';
COMMENT ON COLUMN fetches.run_id IS 'The run that made it.';
COMMENT ON COLUMN fetches.feed_id IS 'The feed.';
COMMENT ON COLUMN fetches.fetched_at IS 'When.';
COMMENT ON COLUMN fetches.status IS 'fetched, unchanged, degraded, or the reason it failed.';
COMMENT ON COLUMN fetches.detail IS 'The same in plain words.';
COMMENT ON COLUMN fetches.http_status IS 'Status of the last answer, where there was one.';
COMMENT ON COLUMN fetches.seconds IS 'How long it took.';
COMMENT ON COLUMN fetches.bytes IS 'Size of the decoded body.';
COMMENT ON COLUMN fetches.entries IS 'Entries found in it.';
COMMENT ON COLUMN fetches.new_articles IS 'Articles or new versions that came of it.';
COMMENT ON COLUMN fetches.problems IS 'What was wrong with the feed but could be mended.';

CREATE TABLE stories (
    story_id      VARCHAR PRIMARY KEY,
    title         VARCHAR NOT NULL,
    first_said_at TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE stories IS 'Articles that are copies or near-copies of one report; one story is one observation.';
COMMENT ON COLUMN stories.story_id IS 'Derived from its first article.';
COMMENT ON COLUMN stories.title IS 'Title of its first article.';
COMMENT ON COLUMN stories.first_said_at IS 'When its first article was published.';

CREATE TABLE story_bands (
    band          UBIGINT NOT NULL,
    article_id    VARCHAR NOT NULL,
    published_at  TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE story_bands IS 'Bands of MinHash signatures: two articles that share one may be copies.';
COMMENT ON COLUMN story_bands.band IS 'Hash of one band of the signature.';
COMMENT ON COLUMN story_bands.article_id IS 'The article.';
COMMENT ON COLUMN story_bands.published_at IS 'Its date: candidates come from a window of days.';

CREATE TABLE articles (
    article_id       VARCHAR PRIMARY KEY,
    url              VARCHAR NOT NULL,
    version          INTEGER NOT NULL,
    is_current       BOOLEAN NOT NULL,
    feed_id          VARCHAR NOT NULL,
    outlet           VARCHAR NOT NULL,
    title            VARCHAR NOT NULL,
    text             VARCHAR NOT NULL,
    published_at     TIMESTAMPTZ NOT NULL,
    date_source      VARCHAR NOT NULL,
    first_seen_at    TIMESTAMPTZ NOT NULL,
    content_hash     VARCHAR NOT NULL,
    story_id         VARCHAR NOT NULL,
    analysed_at      TIMESTAMPTZ,
    analysis_version VARCHAR,
    skipped          VARCHAR
);
COMMENT ON TABLE articles IS 'One row per URL and content version.';
COMMENT ON COLUMN articles.article_id IS 'Hash of canonical URL and content.';
COMMENT ON COLUMN articles.url IS 'Canonical URL.';
COMMENT ON COLUMN articles.version IS '1 for the first text seen at this URL, 2 for its first edit ...';
COMMENT ON COLUMN articles.is_current IS 'False once a newer version came; only current versions count.';
COMMENT ON COLUMN articles.feed_id IS 'The feed that brought it first.';
COMMENT ON COLUMN articles.outlet IS 'The newsroom.';
COMMENT ON COLUMN articles.title IS 'Headline.';
COMMENT ON COLUMN articles.text IS 'Headline and text, cleaned; offsets of spans point into it.';
COMMENT ON COLUMN articles.published_at IS 'When the outlet says it was published.';
COMMENT ON COLUMN articles.date_source IS 'Where published_at is from: published, updated or first_seen.';
COMMENT ON COLUMN articles.first_seen_at IS 'When Stancewatch first saw this version.';
COMMENT ON COLUMN articles.content_hash IS 'Hash of the text.';
COMMENT ON COLUMN articles.story_id IS 'The story it is a copy of.';
COMMENT ON COLUMN articles.analysed_at IS 'When it was analysed; empty while it waits.';
COMMENT ON COLUMN articles.analysis_version IS 'Topics, actors and models that analysed it.';
COMMENT ON COLUMN articles.skipped IS 'Why it was not read, where it was not: no_topic, timeout (took too long), or unreadable (the reader broke on it).';

CREATE TABLE mentions (
    mention_id    VARCHAR NOT NULL,
    article_id    VARCHAR NOT NULL,
    kind          VARCHAR NOT NULL,
    topic_id      VARCHAR,
    actor_id      VARCHAR,
    span_start    INTEGER NOT NULL,
    span_end      INTEGER NOT NULL
);
COMMENT ON TABLE mentions IS 'Where articles on a watched topic name topics and actors.';
COMMENT ON COLUMN mentions.mention_id IS 'Hash of article and span.';
COMMENT ON COLUMN mentions.article_id IS 'The article.';
COMMENT ON COLUMN mentions.kind IS 'topic or actor.';
COMMENT ON COLUMN mentions.topic_id IS 'The topic named, if kind is topic.';
COMMENT ON COLUMN mentions.actor_id IS 'The actor named, if kind is actor.';
COMMENT ON COLUMN mentions.span_start IS 'First code point in articles.text, from 0.';
COMMENT ON COLUMN mentions.span_end IS 'End, excluded.';

CREATE TABLE attributions (
    attribution_id VARCHAR NOT NULL,
    article_id     VARCHAR NOT NULL,
    actor_id       VARCHAR,
    kind           VARCHAR NOT NULL,
    source         INTEGER[][] NOT NULL,
    cue            INTEGER[][] NOT NULL,
    content        INTEGER[][] NOT NULL
);
COMMENT ON TABLE attributions IS 'Who is reported to say, think or do what.';
COMMENT ON COLUMN attributions.attribution_id IS 'Hash of article and spans.';
COMMENT ON COLUMN attributions.article_id IS 'The article.';
COMMENT ON COLUMN attributions.actor_id IS 'The listed actor that the source resolves to, if any.';
COMMENT ON COLUMN attributions.kind IS 'direct_quote, indirect_speech or description.';
COMMENT ON COLUMN attributions.source IS 'Spans [start, end] that name the source.';
COMMENT ON COLUMN attributions.cue IS 'Spans of the words that attribute (said, according to).';
COMMENT ON COLUMN attributions.content IS 'Spans of what is attributed.';

CREATE TABLE stances (
    stance_id        VARCHAR NOT NULL,
    article_id       VARCHAR NOT NULL,
    story_id         VARCHAR NOT NULL,
    actor_id         VARCHAR NOT NULL,
    topic_id         VARCHAR NOT NULL,
    label            VARCHAR NOT NULL,
    score            DOUBLE NOT NULL,
    confidence       DOUBLE NOT NULL,
    span_start       INTEGER NOT NULL,
    span_end         INTEGER NOT NULL,
    evidence         VARCHAR NOT NULL,
    kind             VARCHAR NOT NULL,
    reported_by      VARCHAR,
    speaks_for       VARCHAR[] NOT NULL,
    said_at          TIMESTAMPTZ NOT NULL,
    backend          VARCHAR NOT NULL,
    analysis_version VARCHAR NOT NULL
);
COMMENT ON TABLE stances IS 'Who takes which side on what, and the words that show it.';
COMMENT ON COLUMN stances.stance_id IS 'Hash of article, holder, topic and span.';
COMMENT ON COLUMN stances.article_id IS 'The article.';
COMMENT ON COLUMN stances.story_id IS 'Its story.';
COMMENT ON COLUMN stances.actor_id IS 'The holder.';
COMMENT ON COLUMN stances.topic_id IS 'The topic.';
COMMENT ON COLUMN stances.label IS 'favor, against or neutral, by the topic''s own definitions.';
COMMENT ON COLUMN stances.score IS 'From -1 (against) to 1 (favor).';
COMMENT ON COLUMN stances.confidence IS 'From 0 to 1: the chance that the label is right.';
COMMENT ON COLUMN stances.span_start IS 'First code point of the evidence in articles.text, from 0.';
COMMENT ON COLUMN stances.span_end IS 'End, excluded.';
COMMENT ON COLUMN stances.evidence IS 'The words themselves, verbatim.';
COMMENT ON COLUMN stances.kind IS 'direct_quote, indirect_speech or description.';
COMMENT ON COLUMN stances.reported_by IS 'The actor who claims that the holder has this stance; empty for own words and deeds.';
COMMENT ON COLUMN stances.speaks_for IS 'Institutions that the holder spoke for on that day.';
COMMENT ON COLUMN stances.said_at IS 'When it was said or done: the day the text speaks of, or its publication.';
COMMENT ON COLUMN stances.backend IS 'What judged it.';
COMMENT ON COLUMN stances.analysis_version IS 'Topics, actors and models that were in force.';

CREATE TABLE series (
    series_id        VARCHAR PRIMARY KEY,
    actor_id         VARCHAR NOT NULL,
    topic_id         VARCHAR NOT NULL,
    detector         VARCHAR NOT NULL,
    state            JSON NOT NULL,
    reason           VARCHAR NOT NULL,
    observations     BIGINT NOT NULL,
    last_said_at     TIMESTAMPTZ,
    updated_at       TIMESTAMPTZ NOT NULL
);
COMMENT ON TABLE series IS 'The stances of one actor on one topic over time, as the detector remembers them.';
COMMENT ON COLUMN series.series_id IS 'actor_id/topic_id.';
COMMENT ON COLUMN series.actor_id IS 'The actor: a person, or an institution with those who speak for it.';
COMMENT ON COLUMN series.topic_id IS 'The topic.';
COMMENT ON COLUMN series.detector IS 'The detector that keeps the state.';
COMMENT ON COLUMN series.state IS 'Its memory; enough to go on with the next story.';
COMMENT ON COLUMN series.reason IS 'Why the last observation did or did not make a shift.';
COMMENT ON COLUMN series.observations IS 'Stories counted so far.';
COMMENT ON COLUMN series.last_said_at IS 'The newest story''s date.';
COMMENT ON COLUMN series.updated_at IS 'When the state last changed.';

CREATE TABLE shifts (
    shift_id       VARCHAR PRIMARY KEY,
    series_id      VARCHAR NOT NULL,
    actor_id       VARCHAR NOT NULL,
    topic_id       VARCHAR NOT NULL,
    from_label     VARCHAR NOT NULL,
    to_label       VARCHAR NOT NULL,
    from_score     DOUBLE NOT NULL,
    to_score       DOUBLE NOT NULL,
    changed_at     TIMESTAMPTZ NOT NULL,
    decided_at     TIMESTAMPTZ NOT NULL,
    confidence     DOUBLE NOT NULL,
    stories_before VARCHAR[] NOT NULL,
    stories_after  VARCHAR[] NOT NULL,
    outlets_before VARCHAR[] NOT NULL,
    outlets_after  VARCHAR[] NOT NULL,
    detector       VARCHAR NOT NULL,
    outcome        VARCHAR NOT NULL
);
COMMENT ON TABLE shifts IS 'Changes of a series that the detector accepted.';
COMMENT ON COLUMN shifts.shift_id IS 'Hash of series, sides and the stories of the new side.';
COMMENT ON COLUMN shifts.series_id IS 'The series.';
COMMENT ON COLUMN shifts.actor_id IS 'The actor.';
COMMENT ON COLUMN shifts.topic_id IS 'The topic.';
COMMENT ON COLUMN shifts.from_label IS 'The side before.';
COMMENT ON COLUMN shifts.to_label IS 'The side after.';
COMMENT ON COLUMN shifts.from_score IS 'Mean score before.';
COMMENT ON COLUMN shifts.to_score IS 'Mean score after.';
COMMENT ON COLUMN shifts.changed_at IS 'When the first story of the new side was said.';
COMMENT ON COLUMN shifts.decided_at IS 'When the evidence sufficed.';
COMMENT ON COLUMN shifts.confidence IS 'From 0 to 1.';
COMMENT ON COLUMN shifts.stories_before IS 'Stories of the old side, oldest first.';
COMMENT ON COLUMN shifts.stories_after IS 'Stories of the new side, oldest first.';
COMMENT ON COLUMN shifts.outlets_before IS 'Outlets that carried the old side.';
COMMENT ON COLUMN shifts.outlets_after IS 'Outlets that carried the new side.';
COMMENT ON COLUMN shifts.detector IS 'The detector that accepted it.';
COMMENT ON COLUMN shifts.outcome IS 'alerted, or why no alert went out (cool_down, covered_by:... ).';

CREATE TABLE alerts (
    alert_id      VARCHAR PRIMARY KEY,
    shift_id      VARCHAR NOT NULL,
    actor_id      VARCHAR NOT NULL,
    topic_id      VARCHAR NOT NULL,
    from_label    VARCHAR NOT NULL,
    to_label      VARCHAR NOT NULL,
    changed_at    TIMESTAMPTZ NOT NULL,
    decided_at    TIMESTAMPTZ NOT NULL,
    stories       INTEGER NOT NULL,
    outlets       INTEGER NOT NULL,
    confidence    DOUBLE NOT NULL,
    subject       VARCHAR NOT NULL,
    body          VARCHAR NOT NULL,
    stance_ids    VARCHAR[] NOT NULL
);
COMMENT ON TABLE alerts IS 'Shifts that go out to people, with the text that is sent.';
COMMENT ON COLUMN alerts.alert_id IS 'Derived from the shift; also the key that tells copies of a message apart.';
COMMENT ON COLUMN alerts.shift_id IS 'The shift.';
COMMENT ON COLUMN alerts.actor_id IS 'Who.';
COMMENT ON COLUMN alerts.topic_id IS 'On what.';
COMMENT ON COLUMN alerts.from_label IS 'From which side.';
COMMENT ON COLUMN alerts.to_label IS 'To which side.';
COMMENT ON COLUMN alerts.changed_at IS 'Since when.';
COMMENT ON COLUMN alerts.decided_at IS 'When it was decided.';
COMMENT ON COLUMN alerts.stories IS 'Stories of the new side.';
COMMENT ON COLUMN alerts.outlets IS 'Outlets that carried them.';
COMMENT ON COLUMN alerts.confidence IS 'From 0 to 1.';
COMMENT ON COLUMN alerts.subject IS 'Subject of the message.';
COMMENT ON COLUMN alerts.body IS 'Body of the message, plain text.';
COMMENT ON COLUMN alerts.stance_ids IS 'The stances quoted in it, old side first.';

CREATE TABLE deliveries (
    delivery_id     VARCHAR PRIMARY KEY,
    alert_id        VARCHAR NOT NULL,
    channel         VARCHAR NOT NULL,
    subject         VARCHAR NOT NULL,
    body            VARCHAR NOT NULL,
    state           VARCHAR NOT NULL,
    attempts        INTEGER NOT NULL,
    created_at      TIMESTAMPTZ NOT NULL,
    next_attempt_at TIMESTAMPTZ,
    delivered_at    TIMESTAMPTZ,
    error           VARCHAR
);
COMMENT ON TABLE deliveries IS 'The outbox: one row per alert and channel, written with the shift itself.';
COMMENT ON COLUMN deliveries.delivery_id IS 'Hash of alert and channel.';
COMMENT ON COLUMN deliveries.alert_id IS 'The alert (for a digest: digest:DATE).';
COMMENT ON COLUMN deliveries.channel IS 'Id of the channel in alerts.toml.';
COMMENT ON COLUMN deliveries.subject IS 'What is sent: its subject.';
COMMENT ON COLUMN deliveries.body IS 'What is sent: its body, plain text.';
COMMENT ON COLUMN deliveries.state IS 'pending, sending (claimed; free again at next_attempt_at), delivered, or failed (given up).';
COMMENT ON COLUMN deliveries.attempts IS 'How often it was tried.';
COMMENT ON COLUMN deliveries.created_at IS 'When it was put here.';
COMMENT ON COLUMN deliveries.next_attempt_at IS 'Not tried before this time.';
COMMENT ON COLUMN deliveries.delivered_at IS 'When the channel took it.';
COMMENT ON COLUMN deliveries.error IS 'Why the last attempt failed, without secrets.';
