create table if not exists forgotten_learners (
    learner_hash String comment 'HMAC-SHA256 of tenant and user id, in hexadecimal digits; the key is elsewhere'
)
engine = ReplacingMergeTree
order by learner_hash
settings fsync_after_insert = 1, fsync_part_directory = 1
comment 'Learners whose answers are not stored: a copy of the list in Postgres, so that Postgres need not be asked';
