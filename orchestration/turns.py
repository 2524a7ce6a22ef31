"""Turns: one run at a time calibrates on a database, whoever started it.

Steps hand each other what they made in files named by asset and exam, so that two runs of one exam at once would
read what the other wrote: a night the answers of a past day. The queue keeps only what passes it from that.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext

from dagster import (
    DagsterEvent,
    Executor,
    ExecutorDefinition,
    InitExecutorContext,
    JobDefinition,
    in_process_executor,
)
from dagster._core.execution.context.system import PlanOrchestrationContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.retries import RetryMode

from orchestration.partitions import home_exams
from orchestration.resources import Database

_TURN = "nightly_calibration"


def turn() -> AbstractContextManager[None]:
    """Wait until no other run calibrates on this database, and keep others from it meanwhile."""
    return Database().exclusive(_TURN)


class _ByTurns(Executor):
    """An executor that has its turn first, where the run works on an exam's assets."""

    def __init__(self, inner: Executor) -> None:
        self._inner = inner

    @property
    def retries(self) -> RetryMode:
        """Those of the executor within."""
        return self._inner.retries

    def execute(
        self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan
    ) -> Iterator[DagsterEvent]:
        """Execute the plan, in its turn."""
        with turn() if _is_of_an_exam(plan_context.job.get_definition()) else nullcontext():
            yield from self._inner.execute(plan_context, execution_plan)


def _is_of_an_exam(job: JobDefinition) -> bool:
    assets = job.asset_layer
    return any(assets.get(key).partitions_def == home_exams for key in assets.executable_asset_keys)


def _by_turns(context: InitExecutorContext) -> Executor:
    make = in_process_executor.executor_creation_fn
    assert make is not None
    return _ByTurns(make(context))


#: Runs a run's steps in its own process, since they are short; one that works on an exam waits for its turn.
in_process_by_turns = ExecutorDefinition(
    name=in_process_executor.name,
    config_schema=in_process_executor.config_schema,  # type: ignore[arg-type]
    executor_creation_fn=_by_turns,
)
