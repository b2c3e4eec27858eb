-- Ids are 16-byte UUIDs; times are Unix milliseconds; keys and structures are the bytes that clients signed.

CREATE TABLE users (
    id BLOB NOT NULL PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    account_key BLOB NOT NULL,
    device_list BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    list_hash BLOB NOT NULL,
    registration_digest BLOB NOT NULL,
    created_at INTEGER NOT NULL
);

-- Revoked devices stay, so that their ids are never taken again.
CREATE TABLE devices (
    id INTEGER PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users (id),
    device_id INTEGER NOT NULL,
    identity_key BLOB NOT NULL,
    certificate BLOB NOT NULL,
    link_digest BLOB NOT NULL,
    signed_prekey BLOB,
    kem_last_resort BLOB,
    last_seq INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER,
    UNIQUE (user_id, device_id)
);

-- Every prekey ever uploaded, by kind: 1 signed, 2 one-time, 3 KEM. `encoded` is null once a one-time key was handed
-- out, and always for reusable keys: the digest stays, so that no id ever comes back with another key, and none twice.
CREATE TABLE prekeys (
    id INTEGER PRIMARY KEY,
    device INTEGER NOT NULL REFERENCES devices (id),
    kind INTEGER NOT NULL,
    key_id INTEGER NOT NULL,
    digest BLOB NOT NULL,
    encoded BLOB,
    UNIQUE (device, kind, key_id)
);
CREATE INDEX prekeys_unused ON prekeys (device, kind, id) WHERE encoded IS NOT NULL;

CREATE TABLE challenges (
    challenge BLOB NOT NULL PRIMARY KEY,
    user_id BLOB NOT NULL,
    device_id INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX challenges_expiry ON challenges (expires_at);

CREATE TABLE tokens (
    hash BLOB NOT NULL PRIMARY KEY,
    device INTEGER NOT NULL REFERENCES devices (id),
    expires_at INTEGER NOT NULL
);
CREATE INDEX tokens_device ON tokens (device);
CREATE INDEX tokens_expiry ON tokens (expires_at);

CREATE TABLE conversations (
    id BLOB NOT NULL PRIMARY KEY,
    digest BLOB NOT NULL,
    created_at INTEGER NOT NULL
);

CREATE TABLE participants (
    conversation_id BLOB NOT NULL REFERENCES conversations (id),
    user_id BLOB NOT NULL REFERENCES users (id),
    PRIMARY KEY (conversation_id, user_id)
);
CREATE INDEX participants_user ON participants (user_id, conversation_id);

-- The memory of what was sent, so that repeating a request stores nothing twice.
CREATE TABLE messages (
    id INTEGER PRIMARY KEY,
    sender INTEGER NOT NULL REFERENCES devices (id),
    message_id BLOB NOT NULL,
    conversation_id BLOB NOT NULL REFERENCES conversations (id),
    digest BLOB NOT NULL,
    stored_at INTEGER NOT NULL,
    UNIQUE (sender, message_id)
);
CREATE INDEX messages_age ON messages (stored_at);

CREATE TABLE deliveries (
    message INTEGER NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    device INTEGER NOT NULL REFERENCES devices (id),
    PRIMARY KEY (message, device)
);

-- What waits for a device. It does not refer to `messages`: the memory of a message may end before or after.
CREATE TABLE envelopes (
    id INTEGER PRIMARY KEY,
    device INTEGER NOT NULL REFERENCES devices (id),
    seq INTEGER NOT NULL,
    message_id BLOB NOT NULL,
    conversation_id BLOB NOT NULL,
    sender_user BLOB NOT NULL,
    sender_device INTEGER NOT NULL,
    kind INTEGER NOT NULL,
    content BLOB NOT NULL,
    stored_at INTEGER NOT NULL,
    UNIQUE (device, seq)
);
CREATE INDEX envelopes_age ON envelopes (stored_at);
