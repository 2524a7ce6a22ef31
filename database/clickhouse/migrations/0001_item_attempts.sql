create table if not exists item_attempts (
    ts DateTime64(6, 'UTC') comment 'when the learner answered, by the clock of who sent the event',
    question_id UInt64 comment 'question of the item',
    version UInt32 comment 'version of the question; question and version are the item',
    is_correct UInt8 comment '1: the answer was right, 0: it was not',
    time_taken_ms UInt32 comment 'from served to answered, in milliseconds',
    event_id UUID comment 'identity of the event: the same answer delivered again is the same row',
    option String comment 'label of the option chosen, one character',
    tenant_id UUID comment 'tenant of the learner',
    exam_code Nullable(String) comment 'exam that the event names, if it names one'
)
engine = ReplacingMergeTree
partition by toYYYYMM(ts)
order by (question_id, version, ts, event_id)
settings fsync_after_insert = 1, fsync_part_directory = 1
comment 'One row for each answer, once merged or read with FINAL; filled from events answer_submitted';

create table if not exists item_attempts_hourly (
    hour DateTime64(0, 'UTC') comment 'beginning of the hour',
    question_id UInt64 comment 'question of the item',
    version UInt32 comment 'version of the question',
    attempts UInt64 comment 'answers in the hour, of all tenants',
    correct UInt64 comment 'how many of them were right',
    p_value Float64 comment 'correct / attempts',
    median_time_ms UInt32 comment 'median of time_taken_ms: the mean of the middle two, rounded half to even'
)
engine = ReplacingMergeTree(attempts)
partition by toYYYYMM(hour)
order by (question_id, version, hour)
settings fsync_after_insert = 1, fsync_part_directory = 1
comment 'item_attempts by item and hour; of two rows of one hour the one that counts more attempts holds, so read it with FINAL';
