-- Accounts with a host application, and users who were deleted.

-- The row of a deleted user stays, so that the id is never taken again.
ALTER TABLE users ADD COLUMN deleted_at BIGINT;

-- In host-app mode: which account of which application each user is, once.
CREATE TABLE host_accounts (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    user_id UUID NOT NULL UNIQUE REFERENCES users (id),
    PRIMARY KEY (issuer, subject)
);
