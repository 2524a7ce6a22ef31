"""Marts built as the nightly job builds them, without the job: full or incremental as the pipeline decides."""

from __future__ import annotations

from collections.abc import Sequence

from database.queries import mart_plans, mart_swap
from database.queries.marts import Build
from orchestration import dbt
from orchestration.resources import Database
from tests.damage.place import Place


def build_marts(place: Place, run_id: str, selections: Sequence[str]) -> None:
    """Build selections with their tests into the schema that is not live, and note which of them passed."""
    with place.here():
        plan = _plan(run_id)
        for selection in selections:
            made = dbt.build(place.url, [f"tag:{selection}"], full_refresh=plan.full_refresh)
            if all(node.status in ("success", "pass", "warn") for node in made):
                with Database().begin() as connection:
                    mart_plans.mark_passed(connection, run_id, [selection])


def build_models(place: Place, run_id: str, selections: Sequence[str]) -> list[str]:
    """Build the models of selections alone, to be looked at and not to be published; return those that failed."""
    with place.here():
        anew = ["--full-refresh"] if _plan(run_id).full_refresh else []
        results = [
            each
            for selection in selections
            for each in dbt.results_of(place.url, ["run", *anew, "--select", f"tag:{selection}"])
        ]
    return [
        f"dbt model: {each.node.name}" for each in results if str(each.status) not in ("success", "skipped")
    ]


def _plan(run_id: str) -> Build:
    """Let the pipeline decide whether this run builds all anew, or what is new."""
    with Database().begin() as connection:
        return mart_plans.plan(connection, run_id, dbt.project_hash())


def publish_marts(place: Place, run_id: str) -> None:
    """Make what the run built live."""
    with place.here(), Database().begin() as connection:
        mart_swap.publish(connection, run_id)
