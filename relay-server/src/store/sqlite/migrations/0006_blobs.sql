-- Encrypted files: how long they are, how much of them is there, whose they are. Their bytes are kept elsewhere, in parts.

CREATE TABLE blobs (
    id BLOB PRIMARY KEY,
    user_id BLOB NOT NULL REFERENCES users (id),
    length INTEGER NOT NULL,
    received INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX blobs_of_users ON blobs (user_id);
CREATE INDEX blobs_by_expiry ON blobs (expires_at);

CREATE TABLE blob_parts (
    blob_id BLOB NOT NULL REFERENCES blobs (id) ON DELETE CASCADE,
    start INTEGER NOT NULL,
    length INTEGER NOT NULL,
    name INTEGER NOT NULL,
    PRIMARY KEY (blob_id, start)
) WITHOUT ROWID;
