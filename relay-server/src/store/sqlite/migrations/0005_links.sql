-- Where two devices meet while one is linked to the other's account, for a few minutes.

CREATE TABLE rendezvous (
    id BLOB PRIMARY KEY,
    expires_at INTEGER NOT NULL,
    -- Messages that each side has sent up to now.
    sent_old INTEGER NOT NULL DEFAULT 0,
    sent_new INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;
CREATE INDEX rendezvous_expiry ON rendezvous (expires_at);

-- Those that the other side has not taken.
CREATE TABLE rendezvous_messages (
    rendezvous BLOB NOT NULL REFERENCES rendezvous (id) ON DELETE CASCADE,
    -- 0 the old device, 1 the new one.
    side INTEGER NOT NULL,
    number INTEGER NOT NULL,
    content BLOB NOT NULL,
    PRIMARY KEY (rendezvous, side, number)
);
