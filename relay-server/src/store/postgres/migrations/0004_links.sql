-- Where two devices meet while one is linked to the other's account, for a few minutes.

CREATE TABLE rendezvous (
    id BYTEA PRIMARY KEY,
    expires_at BIGINT NOT NULL,
    -- Messages that each side has sent up to now.
    sent_old BIGINT NOT NULL DEFAULT 0,
    sent_new BIGINT NOT NULL DEFAULT 0
);
CREATE INDEX rendezvous_expiry ON rendezvous (expires_at);

-- Those that the other side has not taken.
CREATE TABLE rendezvous_messages (
    rendezvous BYTEA NOT NULL REFERENCES rendezvous (id) ON DELETE CASCADE,
    -- 0 the old device, 1 the new one.
    side BIGINT NOT NULL,
    number BIGINT NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (rendezvous, side, number)
);
