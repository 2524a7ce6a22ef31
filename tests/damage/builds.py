"""Marts built as the nightly job builds them, without the job: full or incremental as the pipeline decides."""

from __future__ import annotations

from collections.abc import Sequence

from database.queries import mart_plans, mart_swap
from orchestration import dbt
from orchestration.resources import Database
from tests.damage.place import Place


def build_marts(
    place: Place, run_id: str, selections: Sequence[str], *, tests: bool = True
) -> list[dbt.NodeResult]:
    """Build selections into the schema that is not live; return what dbt did.

    With their tests, those that pass are noted as such: without, what is built can be looked at, not published.
    """
    with place.here():
        database = Database()
        with database.begin() as connection:
            plan = mart_plans.plan(connection, run_id, dbt.project_hash())
        results = []
        for selection in selections:
            wanted = f"tag:{selection}" if tests else f"tag:{selection},resource_type:model"
            made = dbt.build(place.url, [wanted], full_refresh=plan.full_refresh)
            if tests and all(node.status in ("success", "pass", "warn") for node in made):
                with database.begin() as connection:
                    mart_plans.mark_passed(connection, run_id, [selection])
            results += made
        return results


def publish_marts(place: Place, run_id: str) -> None:
    """Make what the run built live."""
    with place.here(), Database().begin() as connection:
        mart_swap.publish(connection, run_id)
