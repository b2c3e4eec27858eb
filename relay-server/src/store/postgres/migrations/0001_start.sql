-- Times are Unix milliseconds; keys and structures are the bytes that clients signed.

CREATE TABLE users (
    id UUID NOT NULL PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    account_key BYTEA NOT NULL,
    device_list BYTEA NOT NULL,
    sequence BIGINT NOT NULL,
    list_hash BYTEA NOT NULL,
    registration_digest BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

-- Revoked devices stay, so that their ids are never taken again.
CREATE TABLE devices (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    device_id BIGINT NOT NULL,
    identity_key BYTEA NOT NULL,
    certificate BYTEA NOT NULL,
    link_digest BYTEA NOT NULL,
    signed_prekey BYTEA,
    kem_last_resort BYTEA,
    last_seq BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT,
    UNIQUE (user_id, device_id)
);

-- Every prekey ever uploaded, by kind: 1 signed, 2 one-time, 3 KEM. `encoded` is null once a one-time key was handed
-- out, and always for reusable keys: the digest stays, so that no id ever comes back with another key, and none twice.
CREATE TABLE prekeys (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device BIGINT NOT NULL REFERENCES devices (id),
    kind BIGINT NOT NULL,
    key_id BIGINT NOT NULL,
    digest BYTEA NOT NULL,
    encoded BYTEA,
    UNIQUE (device, kind, key_id)
);
CREATE INDEX prekeys_unused ON prekeys (device, kind, id) WHERE encoded IS NOT NULL;

CREATE TABLE challenges (
    challenge BYTEA NOT NULL PRIMARY KEY,
    user_id UUID NOT NULL,
    device_id BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX challenges_expiry ON challenges (expires_at);

CREATE TABLE tokens (
    hash BYTEA NOT NULL PRIMARY KEY,
    device BIGINT NOT NULL REFERENCES devices (id),
    expires_at BIGINT NOT NULL
);
CREATE INDEX tokens_device ON tokens (device);
CREATE INDEX tokens_expiry ON tokens (expires_at);

CREATE TABLE conversations (
    id UUID NOT NULL PRIMARY KEY,
    digest BYTEA NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE TABLE participants (
    conversation_id UUID NOT NULL REFERENCES conversations (id),
    user_id UUID NOT NULL REFERENCES users (id),
    PRIMARY KEY (conversation_id, user_id)
);
CREATE INDEX participants_user ON participants (user_id, conversation_id);

-- The memory of what was sent, so that repeating a request stores nothing twice.
CREATE TABLE messages (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    sender BIGINT NOT NULL REFERENCES devices (id),
    message_id UUID NOT NULL,
    conversation_id UUID NOT NULL REFERENCES conversations (id),
    digest BYTEA NOT NULL,
    stored_at BIGINT NOT NULL,
    UNIQUE (sender, message_id)
);
CREATE INDEX messages_age ON messages (stored_at);

CREATE TABLE deliveries (
    message BIGINT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    device BIGINT NOT NULL REFERENCES devices (id),
    PRIMARY KEY (message, device)
);

-- What waits for a device. It does not refer to `messages`: the memory of a message may end before or after.
CREATE TABLE envelopes (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device BIGINT NOT NULL REFERENCES devices (id),
    seq BIGINT NOT NULL,
    message_id UUID NOT NULL,
    conversation_id UUID NOT NULL,
    sender_user UUID NOT NULL,
    sender_device BIGINT NOT NULL,
    kind BIGINT NOT NULL,
    content BYTEA NOT NULL,
    stored_at BIGINT NOT NULL,
    UNIQUE (device, seq)
);
CREATE INDEX envelopes_age ON envelopes (stored_at);
