-- Forums and topics. Of a topic's MLS group the relay keeps the public state: a snapshot now and then, the commits, the current group
-- info, and who has a leaf.

ALTER TABLE users ADD COLUMN is_administrator INTEGER NOT NULL DEFAULT 0;
ALTER TABLE devices ADD COLUMN last_resort_key_package BLOB;

-- `encoded` is null once a KeyPackage was handed out: the digest stays, so that none is handed out twice.
CREATE TABLE key_packages (
    id INTEGER PRIMARY KEY,
    device INTEGER NOT NULL REFERENCES devices (id),
    digest BLOB NOT NULL,
    encoded BLOB,
    UNIQUE (device, digest)
);
CREATE INDEX key_packages_unused ON key_packages (device, id) WHERE encoded IS NOT NULL;

CREATE TABLE forums (
    id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE topics (
    id BLOB NOT NULL PRIMARY KEY,
    forum_id BLOB NOT NULL REFERENCES forums (id),
    founder_id BLOB NOT NULL REFERENCES users (id),
    digest BLOB NOT NULL,
    generation INTEGER NOT NULL,
    epoch INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    visibility INTEGER NOT NULL,
    history INTEGER NOT NULL,
    history_days INTEGER NOT NULL,
    public_title TEXT,
    group_info BLOB NOT NULL,
    -- Whether the last commit removed somebody: then no post of the epoch before is taken.
    last_removed INTEGER NOT NULL DEFAULT 0,
    members INTEGER NOT NULL,
    last_seq INTEGER NOT NULL DEFAULT 0,
    last_post_at INTEGER,
    created_at INTEGER NOT NULL
);
CREATE INDEX topics_forum ON topics (forum_id, id);

CREATE TABLE topic_snapshots (
    topic_id BLOB NOT NULL PRIMARY KEY REFERENCES topics (id),
    epoch INTEGER NOT NULL,
    snapshot BLOB NOT NULL
);

-- Each commit under the epoch in which it was made.
CREATE TABLE topic_commits (
    topic_id BLOB NOT NULL REFERENCES topics (id),
    epoch INTEGER NOT NULL,
    committer INTEGER NOT NULL REFERENCES devices (id),
    commit_bytes BLOB NOT NULL,
    stored_at INTEGER NOT NULL,
    PRIMARY KEY (topic_id, epoch)
);

CREATE TABLE topic_policies (
    topic_id BLOB NOT NULL REFERENCES topics (id),
    revision INTEGER NOT NULL,
    policy BLOB NOT NULL,
    PRIMARY KEY (topic_id, revision)
);

-- Leaves of active devices. With a request to leave, the device is served as a member no longer.
CREATE TABLE topic_leaves (
    topic_id BLOB NOT NULL REFERENCES topics (id),
    user_id BLOB NOT NULL,
    device INTEGER NOT NULL REFERENCES devices (id),
    since_epoch INTEGER NOT NULL,
    leave_request BLOB,
    PRIMARY KEY (topic_id, user_id, device)
) WITHOUT ROWID;
CREATE INDEX topic_leaves_device ON topic_leaves (device, topic_id);

-- Devices that were in a topic: up to the commit that removed them they may read the log.
CREATE TABLE topic_removals (
    topic_id BLOB NOT NULL REFERENCES topics (id),
    device INTEGER NOT NULL REFERENCES devices (id),
    epoch INTEGER NOT NULL,
    PRIMARY KEY (topic_id, device)
) WITHOUT ROWID;

-- Devices that were given what they need to join.
CREATE TABLE topic_admissions (
    topic_id BLOB NOT NULL REFERENCES topics (id),
    device INTEGER NOT NULL REFERENCES devices (id),
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (topic_id, device)
) WITHOUT ROWID;
CREATE INDEX topic_admissions_expiry ON topic_admissions (expires_at);

CREATE TABLE topic_links (
    id INTEGER PRIMARY KEY,
    topic_id BLOB NOT NULL REFERENCES topics (id),
    from_epoch INTEGER NOT NULL,
    sender INTEGER NOT NULL REFERENCES devices (id),
    digest BLOB NOT NULL,
    link BLOB NOT NULL,
    UNIQUE (topic_id, from_epoch, digest)
);

CREATE TABLE topic_wraps (
    topic_id BLOB NOT NULL REFERENCES topics (id),
    secret_id BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    wrap BLOB NOT NULL,
    PRIMARY KEY (topic_id, secret_id)
);

-- One Welcome and tree for all whom a commit added.
CREATE TABLE topic_welcomes (
    topic_id BLOB NOT NULL REFERENCES topics (id),
    epoch INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    welcome BLOB NOT NULL,
    tree BLOB NOT NULL,
    stored_at INTEGER NOT NULL,
    PRIMARY KEY (topic_id, epoch)
);
CREATE INDEX topic_welcomes_age ON topic_welcomes (stored_at);

CREATE TABLE topic_welcomed (
    id INTEGER PRIMARY KEY,
    device INTEGER NOT NULL REFERENCES devices (id),
    topic_id BLOB NOT NULL,
    epoch INTEGER NOT NULL,
    UNIQUE (device, topic_id, epoch),
    FOREIGN KEY (topic_id, epoch) REFERENCES topic_welcomes (topic_id, epoch) ON DELETE CASCADE
);
CREATE INDEX topic_welcomed_epoch ON topic_welcomed (topic_id, epoch);

-- `post` is null once it was deleted: its place and digest stay.
CREATE TABLE topic_posts (
    topic_id BLOB NOT NULL REFERENCES topics (id),
    seq INTEGER NOT NULL,
    post_id BLOB NOT NULL,
    author INTEGER NOT NULL REFERENCES devices (id),
    digest BLOB NOT NULL,
    post BLOB,
    stored_at INTEGER NOT NULL,
    PRIMARY KEY (topic_id, seq),
    UNIQUE (topic_id, post_id)
);
