-- In host-app mode: which account of which application each user is, once.

CREATE TABLE host_accounts (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id BLOB NOT NULL UNIQUE REFERENCES users (id),
    PRIMARY KEY (issuer, subject)
) WITHOUT ROWID;
