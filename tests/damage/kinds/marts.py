"""Marts that lost, doubled or missed rows, or show what must stay hidden."""

from tests.damage.damage import Damage

DAMAGES = (
    Damage(
        "facts lost in a mart",
        "delete from analytics_candidate.fact_responses where response_id % 100 = 0",
        "dbt test: fact_responses_count",
    ),
)
