CREATE TABLE blob_parts (
    blob_id uuid NOT NULL,
    start bigint NOT NULL,
    length bigint NOT NULL,
    name bigint NOT NULL
);

CREATE TABLE blobs (
    id uuid NOT NULL,
    user_id uuid NOT NULL,
    length bigint NOT NULL,
    received bigint NOT NULL,
    created_at bigint NOT NULL,
    expires_at bigint NOT NULL
);

CREATE TABLE challenges (
    challenge bytea NOT NULL,
    user_id uuid NOT NULL,
    device_id bigint NOT NULL,
    expires_at bigint NOT NULL
);

CREATE TABLE conversations (
    id uuid NOT NULL,
    digest bytea NOT NULL,
    created_at bigint NOT NULL
);

CREATE TABLE deliveries (
    message bigint NOT NULL,
    device bigint NOT NULL
);

CREATE TABLE devices (
    id bigint NOT NULL,
    user_id uuid NOT NULL,
    device_id bigint NOT NULL,
    identity_key bytea NOT NULL,
    certificate bytea NOT NULL,
    link_digest bytea NOT NULL,
    signed_prekey bytea,
    kem_last_resort bytea,
    last_seq bigint DEFAULT 0 NOT NULL,
    created_at bigint NOT NULL,
    revoked_at bigint,
    last_resort_key_package bytea
);

ALTER TABLE devices ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME devices_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE envelopes (
    id bigint NOT NULL,
    device bigint NOT NULL,
    seq bigint NOT NULL,
    message_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    sender_user uuid NOT NULL,
    sender_device bigint NOT NULL,
    kind bigint NOT NULL,
    content bytea NOT NULL,
    stored_at bigint NOT NULL
);

ALTER TABLE envelopes ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME envelopes_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE forums (
    id uuid NOT NULL,
    name text NOT NULL,
    created_at bigint NOT NULL
);

CREATE TABLE host_accounts (
    issuer text NOT NULL,
    subject text NOT NULL,
    user_id uuid NOT NULL
);

CREATE TABLE key_packages (
    id bigint NOT NULL,
    device bigint NOT NULL,
    digest bytea NOT NULL,
    encoded bytea
);

ALTER TABLE key_packages ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME key_packages_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE messages (
    id bigint NOT NULL,
    sender bigint NOT NULL,
    message_id uuid NOT NULL,
    conversation_id uuid NOT NULL,
    digest bytea NOT NULL,
    stored_at bigint NOT NULL
);

ALTER TABLE messages ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME messages_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE participants (
    conversation_id uuid NOT NULL,
    user_id uuid NOT NULL
);

CREATE TABLE prekeys (
    id bigint NOT NULL,
    device bigint NOT NULL,
    kind bigint NOT NULL,
    key_id bigint NOT NULL,
    digest bytea NOT NULL,
    encoded bytea
);

ALTER TABLE prekeys ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME prekeys_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE sealpost_schema (
    version bigint NOT NULL
);

CREATE TABLE tokens (
    hash bytea NOT NULL,
    device bigint NOT NULL,
    expires_at bigint NOT NULL
);

CREATE TABLE topic_admissions (
    topic_id uuid NOT NULL,
    device bigint NOT NULL,
    expires_at bigint NOT NULL
);

CREATE TABLE topic_commits (
    topic_id uuid NOT NULL,
    epoch bigint NOT NULL,
    committer bigint NOT NULL,
    commit_bytes bytea NOT NULL,
    stored_at bigint NOT NULL
);

CREATE TABLE topic_leaves (
    topic_id uuid NOT NULL,
    user_id uuid NOT NULL,
    device bigint NOT NULL,
    since_epoch bigint NOT NULL,
    leave_request bytea
);

CREATE TABLE topic_links (
    id bigint NOT NULL,
    topic_id uuid NOT NULL,
    from_epoch bigint NOT NULL,
    sender bigint NOT NULL,
    digest bytea NOT NULL,
    link bytea NOT NULL
);

ALTER TABLE topic_links ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME topic_links_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE topic_policies (
    topic_id uuid NOT NULL,
    revision bigint NOT NULL,
    policy bytea NOT NULL
);

CREATE TABLE topic_posts (
    topic_id uuid NOT NULL,
    seq bigint NOT NULL,
    post_id uuid NOT NULL,
    author bigint NOT NULL,
    digest bytea NOT NULL,
    generation bigint NOT NULL,
    epoch bigint NOT NULL,
    post bytea,
    stored_at bigint NOT NULL
);

CREATE TABLE topic_removals (
    topic_id uuid NOT NULL,
    device bigint NOT NULL,
    epoch bigint NOT NULL
);

CREATE TABLE topic_snapshots (
    topic_id uuid NOT NULL,
    epoch bigint NOT NULL,
    snapshot bytea NOT NULL
);

CREATE TABLE topic_welcomed (
    id bigint NOT NULL,
    device bigint NOT NULL,
    topic_id uuid NOT NULL,
    epoch bigint NOT NULL
);

ALTER TABLE topic_welcomed ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME topic_welcomed_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

CREATE TABLE topic_welcomes (
    topic_id uuid NOT NULL,
    epoch bigint NOT NULL,
    revision bigint NOT NULL,
    welcome bytea NOT NULL,
    tree bytea NOT NULL,
    stored_at bigint NOT NULL,
    last_seq bigint NOT NULL
);

CREATE TABLE topic_wraps (
    topic_id uuid NOT NULL,
    secret_id uuid NOT NULL,
    epoch bigint NOT NULL,
    wrap bytea NOT NULL
);

CREATE TABLE topics (
    id uuid NOT NULL,
    forum_id uuid NOT NULL,
    founder_id uuid NOT NULL,
    digest bytea NOT NULL,
    generation bigint NOT NULL,
    epoch bigint NOT NULL,
    revision bigint NOT NULL,
    visibility bigint NOT NULL,
    history bigint NOT NULL,
    history_days bigint NOT NULL,
    public_title text,
    group_info bytea NOT NULL,
    last_removed boolean DEFAULT false NOT NULL,
    members bigint NOT NULL,
    last_seq bigint DEFAULT 0 NOT NULL,
    last_post_at bigint,
    created_at bigint NOT NULL
);

CREATE TABLE users (
    id uuid NOT NULL,
    username text NOT NULL,
    account_key bytea NOT NULL,
    device_list bytea NOT NULL,
    sequence bigint NOT NULL,
    list_hash bytea NOT NULL,
    registration_digest bytea NOT NULL,
    created_at bigint NOT NULL,
    is_administrator boolean DEFAULT false NOT NULL,
    deleted_at bigint
);

INSERT INTO blob_parts VALUES ('01010101-0101-0101-0101-010101010101', 0, 5, 4294967295);

INSERT INTO blobs VALUES ('01010101-0101-0101-0101-010101010101', '01010101-0101-0101-0101-010101010101', 7, 5, 40, 100);

INSERT INTO conversations VALUES ('01010101-0101-0101-0101-010101010101', '\x1677832873f9b5c4ed5e2a561c6783b8c0c7c7bbd8830643ec1e0d1f1453fe40', 0);

INSERT INTO deliveries VALUES (1, 2);
INSERT INTO deliveries VALUES (2, 2);

INSERT INTO devices OVERRIDING SYSTEM VALUE VALUES (1, '01010101-0101-0101-0101-010101010101', 1, '\x0000000101010101010101010101010101010101010101010101010101010101', '\x6365727469666963617465206f662041646472657373207b20757365725f69643a20557365724964285b312c20312c20312c20312c20312c20312c20312c20312c20312c20312c20312c20312c20312c20312c20312c20315d292c206465766963655f69643a204465766963654964283129207d', '\xe2c3452f5c3fb474e337adca0b19ac3fb5fa2fc54fe77df7473836de2c776b7b', '\x6b65792031303030303030', '\x6b65792031303030303030', 0, 0, NULL, NULL);
INSERT INTO devices OVERRIDING SYSTEM VALUE VALUES (3, '03030303-0303-0303-0303-030303030303', 1, '\x0000000103030303030303030303030303030303030303030303030303030303', '\x6365727469666963617465206f662041646472657373207b20757365725f69643a20557365724964285b332c20332c20332c20332c20332c20332c20332c20332c20332c20332c20332c20332c20332c20332c20332c20335d292c206465766963655f69643a204465766963654964283129207d', '\x6a955b3f21b350bbdb3a685df3dc24c9d76c4f8a1406c3953c0db427debe04eb', '\x6b65792031303030303030', '\x6b65792031303030303030', 0, 0, NULL, NULL);
INSERT INTO devices OVERRIDING SYSTEM VALUE VALUES (2, '02020202-0202-0202-0202-020202020202', 1, '\x0000000102020202020202020202020202020202020202020202020202020202', '\x6365727469666963617465206f662041646472657373207b20757365725f69643a20557365724964285b322c20322c20322c20322c20322c20322c20322c20322c20322c20322c20322c20322c20322c20322c20322c20325d292c206465766963655f69643a204465766963654964283129207d', '\x39c6c14bbb555299ba74589a9acf3d233ee86a7ffd9d008f6534f8d397effa1c', '\x6b65792031303030303030', '\x6b65792031303030303030', 2, 0, NULL, '\x6c617374');

INSERT INTO envelopes OVERRIDING SYSTEM VALUE VALUES (2, 2, 2, '02020202-0202-0202-0202-020202020202', '01010101-0101-0101-0101-010101010101', '01010101-0101-0101-0101-010101010101', 1, 2, '\x02', 10);

INSERT INTO forums VALUES ('01010101-0101-0101-0101-010101010101', 'General', 0);

INSERT INTO key_packages OVERRIDING SYSTEM VALUE VALUES (1, 2, '\x7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed', '\x6f6e65');

INSERT INTO messages OVERRIDING SYSTEM VALUE VALUES (1, 1, '01010101-0101-0101-0101-010101010101', '01010101-0101-0101-0101-010101010101', '\x6362c380e0b6cecbf932b9bb336b0de2916e7bff73039bd80a7907c313267cab', 10);
INSERT INTO messages OVERRIDING SYSTEM VALUE VALUES (2, 1, '02020202-0202-0202-0202-020202020202', '01010101-0101-0101-0101-010101010101', '\x75f7da62f73c75ed5e3681781e5b16ec2d5d2fd784172ac424ab8b99b5ea88d5', 10);

INSERT INTO participants VALUES ('01010101-0101-0101-0101-010101010101', '01010101-0101-0101-0101-010101010101');
INSERT INTO participants VALUES ('01010101-0101-0101-0101-010101010101', '02020202-0202-0202-0202-020202020202');

INSERT INTO prekeys OVERRIDING SYSTEM VALUE VALUES (1, 1, 1, 1000000, '\x79645d32b0686eeacb8f01611b76398779a220792e2bb4425ba3fe31518e7a92', NULL);
INSERT INTO prekeys OVERRIDING SYSTEM VALUE VALUES (2, 1, 3, 1000000, '\x79645d32b0686eeacb8f01611b76398779a220792e2bb4425ba3fe31518e7a92', NULL);
INSERT INTO prekeys OVERRIDING SYSTEM VALUE VALUES (3, 2, 1, 1000000, '\x79645d32b0686eeacb8f01611b76398779a220792e2bb4425ba3fe31518e7a92', NULL);
INSERT INTO prekeys OVERRIDING SYSTEM VALUE VALUES (4, 2, 3, 1000000, '\x79645d32b0686eeacb8f01611b76398779a220792e2bb4425ba3fe31518e7a92', NULL);
INSERT INTO prekeys OVERRIDING SYSTEM VALUE VALUES (5, 3, 1, 1000000, '\x79645d32b0686eeacb8f01611b76398779a220792e2bb4425ba3fe31518e7a92', NULL);
INSERT INTO prekeys OVERRIDING SYSTEM VALUE VALUES (6, 3, 3, 1000000, '\x79645d32b0686eeacb8f01611b76398779a220792e2bb4425ba3fe31518e7a92', NULL);
INSERT INTO prekeys OVERRIDING SYSTEM VALUE VALUES (10, 2, 2, 2, '\x08f225fe08e94a5b1da2da4079fcd1a7647d375cc95624a6c6d65a6fc84b3243', '\x6b65792032');
INSERT INTO prekeys OVERRIDING SYSTEM VALUE VALUES (11, 2, 2, 3, '\x3d3ee11c2fbf7f6a6b1e6aa16c382631ec5f1fbfc50ca3ba5a89d366d22eeaef', '\x6b65792033');
INSERT INTO prekeys OVERRIDING SYSTEM VALUE VALUES (13, 2, 3, 2, '\x08f225fe08e94a5b1da2da4079fcd1a7647d375cc95624a6c6d65a6fc84b3243', '\x6b65792032');
INSERT INTO prekeys OVERRIDING SYSTEM VALUE VALUES (14, 2, 3, 3, '\x3d3ee11c2fbf7f6a6b1e6aa16c382631ec5f1fbfc50ca3ba5a89d366d22eeaef', '\x6b65792033');
INSERT INTO prekeys OVERRIDING SYSTEM VALUE VALUES (9, 2, 2, 1, '\x227ba5f2c6c9109fe5c44a0696f393379607493a377f522ee27d9a7ae3227d89', NULL);
INSERT INTO prekeys OVERRIDING SYSTEM VALUE VALUES (12, 2, 3, 1, '\x227ba5f2c6c9109fe5c44a0696f393379607493a377f522ee27d9a7ae3227d89', NULL);

INSERT INTO sealpost_schema VALUES (1);
INSERT INTO sealpost_schema VALUES (2);
INSERT INTO sealpost_schema VALUES (3);
INSERT INTO sealpost_schema VALUES (4);
INSERT INTO sealpost_schema VALUES (5);

INSERT INTO tokens VALUES ('\x0707070707070707070707070707070707070707070707070707070707070707', 1, 1000);

INSERT INTO topic_commits VALUES ('02020202-0202-0202-0202-020202020202', 0, 1, '\x302062792041646472657373207b20757365725f69643a20557365724964285b312c20312c20312c20312c20312c20312c20312c20312c20312c20312c20312c20312c20312c20312c20312c20315d292c206465766963655f69643a204465766963654964283129207d', 20);

INSERT INTO topic_leaves VALUES ('02020202-0202-0202-0202-020202020202', '01010101-0101-0101-0101-010101010101', 1, 0, NULL);
INSERT INTO topic_leaves VALUES ('02020202-0202-0202-0202-020202020202', '02020202-0202-0202-0202-020202020202', 2, 1, NULL);

INSERT INTO topic_policies VALUES ('02020202-0202-0202-0202-020202020202', 0, '\x706f6c6963792030');

INSERT INTO topic_posts VALUES ('02020202-0202-0202-0202-020202020202', 1, '01010101-0101-0101-0101-010101010101', 1, '\x0101010101010101010101010101010101010101010101010101010101010101', 0, 1, '\x01', 30);

INSERT INTO topic_snapshots VALUES ('02020202-0202-0202-0202-020202020202', 0, '\x736e617073686f742030');

INSERT INTO topic_welcomed OVERRIDING SYSTEM VALUE VALUES (1, 2, '02020202-0202-0202-0202-020202020202', 1);

INSERT INTO topic_welcomes VALUES ('02020202-0202-0202-0202-020202020202', 1, 0, '\x77656c636f6d65', '\x74726565', 20, 0);

INSERT INTO topics VALUES ('02020202-0202-0202-0202-020202020202', '01010101-0101-0101-0101-010101010101', '01010101-0101-0101-0101-010101010101', '\x0101010101010101010101010101010101010101010101010101010101010101', 0, 1, 0, 1, 1, 0, NULL, '\x696e666f2031', false, 2, 1, 30, 5);

INSERT INTO users VALUES ('01010101-0101-0101-0101-010101010101', 'user1', '\x0101010101010101010101010101010101010101010101010101010101010101', '\x010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010000000000000001000000000000000000000000000000000000000000000000000000000000000000000000000000002400000001000000010101010101010101010101010101010101010101010101010101010100000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000', 1, '\xe0b545e96e638d717bf5dbcdc838c2f844bde44de7494c9032c70347811dba8b', '\xe2c3452f5c3fb474e337adca0b19ac3fb5fa2fc54fe77df7473836de2c776b7b', 0, false, NULL);
INSERT INTO users VALUES ('02020202-0202-0202-0202-020202020202', 'user2', '\x0202020202020202020202020202020202020202020202020202020202020202', '\x010202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020000000000000001000000000000000000000000000000000000000000000000000000000000000000000000000000002400000001000000010202020202020202020202020202020202020202020202020202020200000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000', 1, '\xb4c37152d1f7161f6c2d3365d859be5ca7baee79dddd0b4be9576c6e64fd7d1c', '\x39c6c14bbb555299ba74589a9acf3d233ee86a7ffd9d008f6534f8d397effa1c', 0, false, NULL);
INSERT INTO users VALUES ('03030303-0303-0303-0303-030303030303', 'user3', '\x0303030303030303030303030303030303030303030303030303030303030303', '\x010303030303030303030303030303030303030303030303030303030303030303030303030303030303030303030303030000000000000001000000000000000000000000000000000000000000000000000000000000000000000000000000002400000001000000010303030303030303030303030303030303030303030303030303030300000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000', 1, '\x90e8c5208633abd16e73135cf563e62f342328bd8cbdbb28ce9ad37884719ad8', '\x6a955b3f21b350bbdb3a685df3dc24c9d76c4f8a1406c3953c0db427debe04eb', 0, false, NULL);

SELECT pg_catalog.setval('devices_id_seq', 3, true);

SELECT pg_catalog.setval('envelopes_id_seq', 2, true);

SELECT pg_catalog.setval('key_packages_id_seq', 1, true);

SELECT pg_catalog.setval('messages_id_seq', 2, true);

SELECT pg_catalog.setval('prekeys_id_seq', 14, true);

SELECT pg_catalog.setval('topic_links_id_seq', 1, false);

SELECT pg_catalog.setval('topic_welcomed_id_seq', 1, true);

ALTER TABLE ONLY blob_parts
    ADD CONSTRAINT blob_parts_pkey PRIMARY KEY (blob_id, start);

ALTER TABLE ONLY blobs
    ADD CONSTRAINT blobs_pkey PRIMARY KEY (id);

ALTER TABLE ONLY challenges
    ADD CONSTRAINT challenges_pkey PRIMARY KEY (challenge);

ALTER TABLE ONLY conversations
    ADD CONSTRAINT conversations_pkey PRIMARY KEY (id);

ALTER TABLE ONLY deliveries
    ADD CONSTRAINT deliveries_pkey PRIMARY KEY (message, device);

ALTER TABLE ONLY devices
    ADD CONSTRAINT devices_pkey PRIMARY KEY (id);

ALTER TABLE ONLY devices
    ADD CONSTRAINT devices_user_id_device_id_key UNIQUE (user_id, device_id);

ALTER TABLE ONLY envelopes
    ADD CONSTRAINT envelopes_device_seq_key UNIQUE (device, seq);

ALTER TABLE ONLY envelopes
    ADD CONSTRAINT envelopes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY forums
    ADD CONSTRAINT forums_pkey PRIMARY KEY (id);

ALTER TABLE ONLY host_accounts
    ADD CONSTRAINT host_accounts_pkey PRIMARY KEY (issuer, subject);

ALTER TABLE ONLY host_accounts
    ADD CONSTRAINT host_accounts_user_id_key UNIQUE (user_id);

ALTER TABLE ONLY key_packages
    ADD CONSTRAINT key_packages_device_digest_key UNIQUE (device, digest);

ALTER TABLE ONLY key_packages
    ADD CONSTRAINT key_packages_pkey PRIMARY KEY (id);

ALTER TABLE ONLY messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (id);

ALTER TABLE ONLY messages
    ADD CONSTRAINT messages_sender_message_id_key UNIQUE (sender, message_id);

ALTER TABLE ONLY participants
    ADD CONSTRAINT participants_pkey PRIMARY KEY (conversation_id, user_id);

ALTER TABLE ONLY prekeys
    ADD CONSTRAINT prekeys_device_kind_key_id_key UNIQUE (device, kind, key_id);

ALTER TABLE ONLY prekeys
    ADD CONSTRAINT prekeys_pkey PRIMARY KEY (id);

ALTER TABLE ONLY tokens
    ADD CONSTRAINT tokens_pkey PRIMARY KEY (hash);

ALTER TABLE ONLY topic_admissions
    ADD CONSTRAINT topic_admissions_pkey PRIMARY KEY (topic_id, device);

ALTER TABLE ONLY topic_commits
    ADD CONSTRAINT topic_commits_pkey PRIMARY KEY (topic_id, epoch);

ALTER TABLE ONLY topic_leaves
    ADD CONSTRAINT topic_leaves_pkey PRIMARY KEY (topic_id, user_id, device);

ALTER TABLE ONLY topic_links
    ADD CONSTRAINT topic_links_pkey PRIMARY KEY (id);

ALTER TABLE ONLY topic_links
    ADD CONSTRAINT topic_links_topic_id_from_epoch_digest_key UNIQUE (topic_id, from_epoch, digest);

ALTER TABLE ONLY topic_policies
    ADD CONSTRAINT topic_policies_pkey PRIMARY KEY (topic_id, revision);

ALTER TABLE ONLY topic_posts
    ADD CONSTRAINT topic_posts_pkey PRIMARY KEY (topic_id, seq);

ALTER TABLE ONLY topic_posts
    ADD CONSTRAINT topic_posts_topic_id_post_id_key UNIQUE (topic_id, post_id);

ALTER TABLE ONLY topic_removals
    ADD CONSTRAINT topic_removals_pkey PRIMARY KEY (topic_id, device);

ALTER TABLE ONLY topic_snapshots
    ADD CONSTRAINT topic_snapshots_pkey PRIMARY KEY (topic_id);

ALTER TABLE ONLY topic_welcomed
    ADD CONSTRAINT topic_welcomed_device_topic_id_epoch_key UNIQUE (device, topic_id, epoch);

ALTER TABLE ONLY topic_welcomed
    ADD CONSTRAINT topic_welcomed_pkey PRIMARY KEY (id);

ALTER TABLE ONLY topic_welcomes
    ADD CONSTRAINT topic_welcomes_pkey PRIMARY KEY (topic_id, epoch);

ALTER TABLE ONLY topic_wraps
    ADD CONSTRAINT topic_wraps_pkey PRIMARY KEY (topic_id, secret_id);

ALTER TABLE ONLY topics
    ADD CONSTRAINT topics_pkey PRIMARY KEY (id);

ALTER TABLE ONLY users
    ADD CONSTRAINT users_pkey PRIMARY KEY (id);

ALTER TABLE ONLY users
    ADD CONSTRAINT users_username_key UNIQUE (username);

CREATE INDEX blobs_by_expiry ON blobs USING btree (expires_at);

CREATE INDEX blobs_of_users ON blobs USING btree (user_id);

CREATE INDEX challenges_expiry ON challenges USING btree (expires_at);

CREATE INDEX envelopes_age ON envelopes USING btree (stored_at);

CREATE INDEX key_packages_unused ON key_packages USING btree (device, id) WHERE (encoded IS NOT NULL);

CREATE INDEX messages_age ON messages USING btree (stored_at);

CREATE INDEX participants_user ON participants USING btree (user_id, conversation_id);

CREATE INDEX prekeys_unused ON prekeys USING btree (device, kind, id) WHERE (encoded IS NOT NULL);

CREATE INDEX tokens_device ON tokens USING btree (device);

CREATE INDEX tokens_expiry ON tokens USING btree (expires_at);

CREATE INDEX topic_admissions_expiry ON topic_admissions USING btree (expires_at);

CREATE INDEX topic_leaves_device ON topic_leaves USING btree (device, topic_id);

CREATE INDEX topic_welcomed_epoch ON topic_welcomed USING btree (topic_id, epoch);

CREATE INDEX topic_welcomes_age ON topic_welcomes USING btree (stored_at);

CREATE INDEX topics_forum ON topics USING btree (forum_id, id);

ALTER TABLE ONLY blob_parts
    ADD CONSTRAINT blob_parts_blob_id_fkey FOREIGN KEY (blob_id) REFERENCES blobs(id) ON DELETE CASCADE;

ALTER TABLE ONLY blobs
    ADD CONSTRAINT blobs_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);

ALTER TABLE ONLY deliveries
    ADD CONSTRAINT deliveries_device_fkey FOREIGN KEY (device) REFERENCES devices(id);

ALTER TABLE ONLY deliveries
    ADD CONSTRAINT deliveries_message_fkey FOREIGN KEY (message) REFERENCES messages(id) ON DELETE CASCADE;

ALTER TABLE ONLY devices
    ADD CONSTRAINT devices_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);

ALTER TABLE ONLY envelopes
    ADD CONSTRAINT envelopes_device_fkey FOREIGN KEY (device) REFERENCES devices(id);

ALTER TABLE ONLY host_accounts
    ADD CONSTRAINT host_accounts_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);

ALTER TABLE ONLY key_packages
    ADD CONSTRAINT key_packages_device_fkey FOREIGN KEY (device) REFERENCES devices(id);

ALTER TABLE ONLY messages
    ADD CONSTRAINT messages_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(id);

ALTER TABLE ONLY messages
    ADD CONSTRAINT messages_sender_fkey FOREIGN KEY (sender) REFERENCES devices(id);

ALTER TABLE ONLY participants
    ADD CONSTRAINT participants_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES conversations(id);

ALTER TABLE ONLY participants
    ADD CONSTRAINT participants_user_id_fkey FOREIGN KEY (user_id) REFERENCES users(id);

ALTER TABLE ONLY prekeys
    ADD CONSTRAINT prekeys_device_fkey FOREIGN KEY (device) REFERENCES devices(id);

ALTER TABLE ONLY tokens
    ADD CONSTRAINT tokens_device_fkey FOREIGN KEY (device) REFERENCES devices(id);

ALTER TABLE ONLY topic_admissions
    ADD CONSTRAINT topic_admissions_device_fkey FOREIGN KEY (device) REFERENCES devices(id);

ALTER TABLE ONLY topic_admissions
    ADD CONSTRAINT topic_admissions_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topics(id);

ALTER TABLE ONLY topic_commits
    ADD CONSTRAINT topic_commits_committer_fkey FOREIGN KEY (committer) REFERENCES devices(id);

ALTER TABLE ONLY topic_commits
    ADD CONSTRAINT topic_commits_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topics(id);

ALTER TABLE ONLY topic_leaves
    ADD CONSTRAINT topic_leaves_device_fkey FOREIGN KEY (device) REFERENCES devices(id);

ALTER TABLE ONLY topic_leaves
    ADD CONSTRAINT topic_leaves_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topics(id);

ALTER TABLE ONLY topic_links
    ADD CONSTRAINT topic_links_sender_fkey FOREIGN KEY (sender) REFERENCES devices(id);

ALTER TABLE ONLY topic_links
    ADD CONSTRAINT topic_links_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topics(id);

ALTER TABLE ONLY topic_policies
    ADD CONSTRAINT topic_policies_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topics(id);

ALTER TABLE ONLY topic_posts
    ADD CONSTRAINT topic_posts_author_fkey FOREIGN KEY (author) REFERENCES devices(id);

ALTER TABLE ONLY topic_posts
    ADD CONSTRAINT topic_posts_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topics(id);

ALTER TABLE ONLY topic_removals
    ADD CONSTRAINT topic_removals_device_fkey FOREIGN KEY (device) REFERENCES devices(id);

ALTER TABLE ONLY topic_removals
    ADD CONSTRAINT topic_removals_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topics(id);

ALTER TABLE ONLY topic_snapshots
    ADD CONSTRAINT topic_snapshots_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topics(id);

ALTER TABLE ONLY topic_welcomed
    ADD CONSTRAINT topic_welcomed_device_fkey FOREIGN KEY (device) REFERENCES devices(id);

ALTER TABLE ONLY topic_welcomed
    ADD CONSTRAINT topic_welcomed_topic_id_epoch_fkey FOREIGN KEY (topic_id, epoch) REFERENCES topic_welcomes(topic_id, epoch) ON DELETE CASCADE;

ALTER TABLE ONLY topic_welcomes
    ADD CONSTRAINT topic_welcomes_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topics(id);

ALTER TABLE ONLY topic_wraps
    ADD CONSTRAINT topic_wraps_topic_id_fkey FOREIGN KEY (topic_id) REFERENCES topics(id);

ALTER TABLE ONLY topics
    ADD CONSTRAINT topics_forum_id_fkey FOREIGN KEY (forum_id) REFERENCES forums(id);

ALTER TABLE ONLY topics
    ADD CONSTRAINT topics_founder_id_fkey FOREIGN KEY (founder_id) REFERENCES users(id);

CREATE TABLE rendezvous (
    id BYTEA PRIMARY KEY,
    expires_at BIGINT NOT NULL,
    -- Messages that each side has sent up to now.
    sent_old BIGINT NOT NULL DEFAULT 0,
    sent_new BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX rendezvous_expiry ON rendezvous (expires_at);

CREATE TABLE rendezvous_messages (
    rendezvous BYTEA NOT NULL REFERENCES rendezvous (id) ON DELETE CASCADE,
    -- 0 the old device, 1 the new one.
    side BIGINT NOT NULL,
    number BIGINT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (rendezvous, side, number)
);
