"""Since when a check has not passed: the first run of the unbroken series up to now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from dagster import AssetCheckKey, DagsterInstance
from dagster._core.event_api import PartitionKeyFilter
from dagster._core.storage.asset_check_execution_record import (
    AssetCheckExecutionRecord,
    AssetCheckExecutionRecordStatus,
)

_PAGE = 100
_JUDGED = {AssetCheckExecutionRecordStatus.SUCCEEDED, AssetCheckExecutionRecordStatus.FAILED}


@dataclass(frozen=True)
class Failing:
    """A series of runs in which a check did not pass: when it began, and how many runs there were."""

    since: dt.datetime
    runs: int


def failing(instance: DagsterInstance, check: AssetCheckKey, partition: str | None) -> Failing | None:
    """Return the series that a check's last evaluation belongs to; None: it passed, or was never evaluated.

    Runs that did not come to the check neither lengthen nor break the series.
    """
    series: Failing | None = None
    for record in _newest_first(instance, check, partition):
        if record.status is AssetCheckExecutionRecordStatus.SUCCEEDED:
            break
        since = dt.datetime.fromtimestamp(record.create_timestamp, dt.UTC)
        series = Failing(since, 1 if series is None else series.runs + 1)
    return series


def _newest_first(
    instance: DagsterInstance, check: AssetCheckKey, partition: str | None
) -> Iterator[AssetCheckExecutionRecord]:
    cursor: int | None = None
    while True:
        page = instance.event_log_storage.get_asset_check_execution_history(
            check,
            limit=_PAGE,
            cursor=cursor,
            status=_JUDGED,
            partition_filter=PartitionKeyFilter(key=partition),
        )
        yield from page
        if len(page) < _PAGE:
            return
        cursor = page[-1].id
