"""Marts built as the nightly job builds them, without the job: full or incremental as the pipeline decides."""

from __future__ import annotations

from collections.abc import Sequence

from database.queries import mart_swap, marts
from orchestration import dbt
from orchestration.resources import Database
from tests.damage.place import Place


def build_marts(place: Place, run_id: str, selections: Sequence[str]) -> list[dbt.NodeResult]:
    """Build selections into the schema that is not live, and note which of them passed; return what dbt did."""
    with place.here():
        database = Database()
        with database.begin() as connection:
            plan = marts.plan(connection, run_id, dbt.project_hash())
        results = []
        for selection in selections:
            made = dbt.build(place.url, [f"tag:{selection}"], full_refresh=plan.full_refresh)
            if all(node.status in ("success", "pass", "warn") for node in made):
                with database.begin() as connection:
                    marts.mark_passed(connection, run_id, [selection])
            results += made
        return results


def publish_marts(place: Place, run_id: str) -> None:
    """Make what the run built live."""
    with place.here(), Database().begin() as connection:
        mart_swap.publish(connection, run_id)
