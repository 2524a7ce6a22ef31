"""Events that are lost, doubled, moved or say something else than the answers, and attempts in ClickHouse."""

from tests.damage.damage import Damage
from tests.damage.kinds.responses import AS_TOLD, RECONCILED

ANSWERS_OF_DAY = "event_type = 'answer_submitted' and occurred_at >= now() - interval '1 day'"
ATTEMPTS = "item_attempts: attempts_agree"

DAMAGES = (
    Damage(
        "a truncated day of events",
        "delete from telemetry.events where occurred_at >= now() - interval '8 hours'",
        RECONCILED,
    ),
    Damage(
        "events drained twice",
        """
        insert into telemetry.events (event_id, event_type, occurred_at, tenant_id, user_id, quiz_id, payload)
        select event_id, event_type, occurred_at, tenant_id, user_id, quiz_id, payload from telemetry.events limit 100
        """,
        "constraint: pk_events",
    ),
    Damage(
        "events sent twice under new ids",
        f"""
        insert into telemetry.events (event_id, event_type, occurred_at, tenant_id, user_id, quiz_id, question_id,
                                      version, selected, is_correct, time_taken_ms, payload, ingested_at)
        select gen_random_uuid(), event_type, occurred_at, tenant_id, user_id, quiz_id, question_id,
               version, selected, is_correct, time_taken_ms, payload, ingested_at
        from telemetry.events where {ANSWERS_OF_DAY} and question_id % 2 = 0
        """,
        RECONCILED,
    ),
    Damage(
        "events of answers that were never stored",
        f"""
        insert into telemetry.events (event_id, event_type, occurred_at, tenant_id, user_id, quiz_id, question_id,
                                      version, selected, is_correct, time_taken_ms, payload, ingested_at)
        select gen_random_uuid(), event_type, occurred_at, tenant_id, user_id, gen_random_uuid(), question_id,
               version, selected, is_correct, time_taken_ms, payload, ingested_at
        from telemetry.events where {ANSWERS_OF_DAY} limit 50
        """,
        RECONCILED,
    ),
    Damage(
        "events that score other than the answers",
        f"update telemetry.events set is_correct = not is_correct where {ANSWERS_OF_DAY} and question_id % 5 = 0",
        AS_TOLD,
    ),
    Damage(
        "events of another option than the answers",
        f"update telemetry.events set selected = 'Z' where {ANSWERS_OF_DAY} and question_id % 5 = 0",
        AS_TOLD,
    ),
    Damage(
        "the wrong tenant on events",
        f"""
        update telemetry.events set tenant_id = '00000000-0000-0000-0000-000000000002'
        where {ANSWERS_OF_DAY} and tenant_id = '00000000-0000-0000-0000-000000000001'
        """,
        "telemetry_events: event_of_the_quizs_learner",
    ),
    Damage(
        "events of another learner",
        f"update telemetry.events set user_id = gen_random_uuid() where {ANSWERS_OF_DAY}",
        "telemetry_events: event_of_the_quizs_learner",
    ),
    Damage(
        "events of items that never existed",
        f"update telemetry.events set version = 99 where {ANSWERS_OF_DAY}",
        "telemetry_events: item_known",
    ),
    Damage(
        "a client's clock ahead by a day",
        f"update telemetry.events set occurred_at = occurred_at + interval '1 day' where {ANSWERS_OF_DAY}",
        "telemetry_events: occurred_at_not_in_future",
    ),
    Damage(
        "events that come a week late",
        "update telemetry.events set ingested_at = ingested_at + interval '7 days' "
        "where occurred_at between now() - interval '12 days' and now() - interval '8 days'",
        "telemetry_events: events_arrive_in_time",
    ),
    Damage(
        "events in microseconds",
        f"update telemetry.events set time_taken_ms = time_taken_ms * 1000 where {ANSWERS_OF_DAY}",
        "telemetry_events: event_time_within_session",
    ),
    Damage("no events at all", "delete from telemetry.events", "telemetry_events: has_events"),
    Damage(
        "a field that the contract does not know",
        f"""update telemetry.events set payload = payload || '{{"answr": 1}}' where {ANSWERS_OF_DAY}""",
        "telemetry_events: schema_drift",
    ),
    Damage(
        "a producer that sends what is no event",
        """
        insert into telemetry.dead_letters (source_id, partition, position, raw, reason, detail)
        select 'events.qbank', 0, n, 'x', 'not_json', 'not JSON' from generate_series(1, 5000) n
        """,
        "telemetry_events: dead_letter_share",
    ),
    Damage(
        "attempts missing in ClickHouse",
        "delete from item_attempts where ts > now() - interval 1 day and question_id % 4 = 0",
        ATTEMPTS,
        store="clickhouse",
    ),
    Damage(
        "attempts doubled in ClickHouse",
        """
        insert into item_attempts
        select ts, question_id, version, is_correct, time_taken_ms, generateUUIDv4(), option, tenant_id, exam_code
        from item_attempts where ts > now() - interval 1 day and question_id % 4 = 0
        """,
        ATTEMPTS,
        store="clickhouse",
    ),
)
