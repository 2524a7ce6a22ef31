create table if not exists source_positions (
    source_id String comment 'identity of the topic or log',
    partition UInt32 comment 'partition of the source',
    position Int64 comment 'next position to read',
    step UInt64 comment 'one more than that of the position before: the highest step is the position that holds'
)
engine = ReplacingMergeTree(step)
order by (source_id, partition)
comment 'How far item_attempts has read each source; written after the rows it stands for';
