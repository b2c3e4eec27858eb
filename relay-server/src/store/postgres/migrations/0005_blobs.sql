-- Encrypted files: how long they are, how much of them is there, whose they are. Their bytes are kept elsewhere, in parts.

CREATE TABLE blobs (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL REFERENCES users (id),
    length BIGINT NOT NULL,
    received BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX blobs_of_users ON blobs (user_id);
CREATE INDEX blobs_by_expiry ON blobs (expires_at);

CREATE TABLE blob_parts (
    blob_id UUID NOT NULL REFERENCES blobs (id) ON DELETE CASCADE,
    start BIGINT NOT NULL,
    length BIGINT NOT NULL,
    name BIGINT NOT NULL,
    PRIMARY KEY (blob_id, start)
);
