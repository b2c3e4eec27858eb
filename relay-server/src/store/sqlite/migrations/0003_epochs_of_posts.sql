-- What members need to compare which posts an epoch had. Null for what is older than these columns.
ALTER TABLE topic_posts ADD COLUMN generation INTEGER;
ALTER TABLE topic_posts ADD COLUMN epoch INTEGER;
-- The newest post when the Welcome's commit was taken: what comes after it is new to who was added.
ALTER TABLE topic_welcomes ADD COLUMN last_seq INTEGER;
