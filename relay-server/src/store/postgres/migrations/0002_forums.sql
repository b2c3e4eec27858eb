-- Forums and topics. Of a topic's MLS group the relay keeps the public state: a snapshot now and then, the commits, the current group
-- info, and who has a leaf.

ALTER TABLE users ADD COLUMN is_administrator BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE devices ADD COLUMN last_resort_key_package BYTEA;

-- `encoded` is null once a KeyPackage was handed out: the digest stays, so that none is handed out twice.
CREATE TABLE key_packages (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device BIGINT NOT NULL REFERENCES devices (id),
    digest BYTEA NOT NULL,
    encoded BYTEA,
    UNIQUE (device, digest)
);
CREATE INDEX key_packages_unused ON key_packages (device, id) WHERE encoded IS NOT NULL;

CREATE TABLE forums (
    id UUID NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE topics (
    id UUID NOT NULL PRIMARY KEY,
    forum_id UUID NOT NULL REFERENCES forums (id),
    founder_id UUID NOT NULL REFERENCES users (id),
    digest BYTEA NOT NULL,
    generation BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    visibility BIGINT NOT NULL,
    history BIGINT NOT NULL,
    history_days BIGINT NOT NULL,
    public_title TEXT,
    group_info BYTEA NOT NULL,
    -- Whether the last commit removed somebody: then no post of the epoch before is taken.
    last_removed BOOLEAN NOT NULL DEFAULT FALSE,
    members BIGINT NOT NULL,
    last_seq BIGINT NOT NULL DEFAULT 0,
    last_post_at BIGINT,
    created_at BIGINT NOT NULL
);
CREATE INDEX topics_forum ON topics (forum_id, id);

CREATE TABLE topic_snapshots (
    topic_id UUID NOT NULL PRIMARY KEY REFERENCES topics (id),
    epoch BIGINT NOT NULL,
    snapshot BYTEA NOT NULL
);

-- Each commit under the epoch in which it was made.
CREATE TABLE topic_commits (
    topic_id UUID NOT NULL REFERENCES topics (id),
    epoch BIGINT NOT NULL,
    committer BIGINT NOT NULL REFERENCES devices (id),
    commit_bytes BYTEA NOT NULL,
    stored_at BIGINT NOT NULL,
    PRIMARY KEY (topic_id, epoch)
);

CREATE TABLE topic_policies (
    topic_id UUID NOT NULL REFERENCES topics (id),
    revision BIGINT NOT NULL,
    policy BYTEA NOT NULL,
    PRIMARY KEY (topic_id, revision)
);

-- Leaves of active devices. With a request to leave, the device is served as a member no longer.
CREATE TABLE topic_leaves (
    topic_id UUID NOT NULL REFERENCES topics (id),
    user_id UUID NOT NULL,
    device BIGINT NOT NULL REFERENCES devices (id),
    since_epoch BIGINT NOT NULL,
    leave_request BYTEA,
    PRIMARY KEY (topic_id, user_id, device)
);
CREATE INDEX topic_leaves_device ON topic_leaves (device, topic_id);

-- Devices that were in a topic: up to the commit that removed them they may read the log.
CREATE TABLE topic_removals (
    topic_id UUID NOT NULL REFERENCES topics (id),
    device BIGINT NOT NULL REFERENCES devices (id),
    epoch BIGINT NOT NULL,
    PRIMARY KEY (topic_id, device)
);

-- Devices that were given what they need to join.
CREATE TABLE topic_admissions (
    topic_id UUID NOT NULL REFERENCES topics (id),
    device BIGINT NOT NULL REFERENCES devices (id),
    expires_at BIGINT NOT NULL,
    PRIMARY KEY (topic_id, device)
);
CREATE INDEX topic_admissions_expiry ON topic_admissions (expires_at);

CREATE TABLE topic_links (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    topic_id UUID NOT NULL REFERENCES topics (id),
    from_epoch BIGINT NOT NULL,
    sender BIGINT NOT NULL REFERENCES devices (id),
    digest BYTEA NOT NULL,
    link BYTEA NOT NULL,
    UNIQUE (topic_id, from_epoch, digest)
);

CREATE TABLE topic_wraps (
    topic_id UUID NOT NULL REFERENCES topics (id),
    secret_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    wrap BYTEA NOT NULL,
    PRIMARY KEY (topic_id, secret_id)
);

-- One Welcome and tree for all whom a commit added.
CREATE TABLE topic_welcomes (
    topic_id UUID NOT NULL REFERENCES topics (id),
    epoch BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    welcome BYTEA NOT NULL,
    tree BYTEA NOT NULL,
    stored_at BIGINT NOT NULL,
    -- The newest post when the commit was taken: what comes after it is new to who was added.
    last_seq BIGINT NOT NULL,
    PRIMARY KEY (topic_id, epoch)
);
CREATE INDEX topic_welcomes_age ON topic_welcomes (stored_at);

CREATE TABLE topic_welcomed (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device BIGINT NOT NULL REFERENCES devices (id),
    topic_id UUID NOT NULL,
    epoch BIGINT NOT NULL,
    UNIQUE (device, topic_id, epoch),
    FOREIGN KEY (topic_id, epoch) REFERENCES topic_welcomes (topic_id, epoch) ON DELETE CASCADE
);
CREATE INDEX topic_welcomed_epoch ON topic_welcomed (topic_id, epoch);

-- `post` is null once it was deleted: its place, epoch and digest stay.
CREATE TABLE topic_posts (
    topic_id UUID NOT NULL REFERENCES topics (id),
    seq BIGINT NOT NULL,
    post_id UUID NOT NULL,
    author BIGINT NOT NULL REFERENCES devices (id),
    digest BYTEA NOT NULL,
    generation BIGINT NOT NULL,
    epoch BIGINT NOT NULL,
    post BYTEA,
    stored_at BIGINT NOT NULL,
    PRIMARY KEY (topic_id, seq),
    UNIQUE (topic_id, post_id)
);
