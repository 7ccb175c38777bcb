-- Feeds that are pushed: where each has its hub, and what was agreed with it (WebSub).

ALTER TABLE feeds ADD COLUMN hub_url VARCHAR;
COMMENT ON COLUMN feeds.hub_url IS 'The hub that its last document named, which tells subscribers of what is new; empty where it names none, or one whose address may hold a secret.';
ALTER TABLE feeds ADD COLUMN topic_url VARCHAR;
COMMENT ON COLUMN feeds.topic_url IS 'What that hub knows it by.';

CREATE TABLE hub_subscriptions (
    subscription_id  VARCHAR NOT NULL,
    feed_id          VARCHAR NOT NULL,
    hub_url          VARCHAR NOT NULL,
    topic_url        VARCHAR NOT NULL,
    callback         VARCHAR NOT NULL,
    mode             VARCHAR NOT NULL,
    asked_at         TIMESTAMPTZ NOT NULL,
    next_ask_at      TIMESTAMPTZ NOT NULL,
    asked_in_vain    INTEGER NOT NULL,
    detail           VARCHAR,
    verified_at      TIMESTAMPTZ,
    lease_ends_at    TIMESTAMPTZ,
    pushed_at        TIMESTAMPTZ
);
COMMENT ON TABLE hub_subscriptions IS 'One row per subscription of a feed at its hub, while it is wanted or not yet ended. What makes it secret, its path and its key, is not kept here.';
COMMENT ON COLUMN hub_subscriptions.subscription_id IS 'Hash of feed, hub, topic and our own address.';
COMMENT ON COLUMN hub_subscriptions.feed_id IS 'The feed.';
COMMENT ON COLUMN hub_subscriptions.hub_url IS 'The hub that is asked.';
COMMENT ON COLUMN hub_subscriptions.topic_url IS 'What the hub knows the feed by.';
COMMENT ON COLUMN hub_subscriptions.callback IS 'The address of ours that the hub was told, without the path.';
COMMENT ON COLUMN hub_subscriptions.mode IS 'What we want of it: subscribe or unsubscribe.';
COMMENT ON COLUMN hub_subscriptions.asked_at IS 'When the hub was last asked for it.';
COMMENT ON COLUMN hub_subscriptions.next_ask_at IS 'From when on it is asked again: before the lease ends, or later and later while it does not agree.';
COMMENT ON COLUMN hub_subscriptions.asked_in_vain IS 'Times that it was asked since it last agreed.';
COMMENT ON COLUMN hub_subscriptions.detail IS 'What went wrong the last time, in plain words.';
COMMENT ON COLUMN hub_subscriptions.verified_at IS 'When the hub last agreed.';
COMMENT ON COLUMN hub_subscriptions.lease_ends_at IS 'Until when the hub pushes, unless asked again; empty while it has not agreed.';
COMMENT ON COLUMN hub_subscriptions.pushed_at IS 'The last push with a good signature; the feed is due until it is asked after that.';
