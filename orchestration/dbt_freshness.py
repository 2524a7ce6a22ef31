"""How old the loads of dbt's sources are, by `dbt source freshness` within this process."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from orchestration import dbt


@dataclass(frozen=True)
class Freshness:
    """How old a source's last load is. `status`: pass, warn, error or runtime error."""

    unique_id: str
    status: str
    loaded_at: dt.datetime | None
    age: dt.timedelta | None
    message: str


def watched_sources() -> list[dict[str, Any]]:
    """Return the manifest's entries of the sources that have limits of freshness."""
    return [source for source in dbt.sources() if source["config"]["loaded_at_query"]]


def source_freshness(url: str, unique_ids: Collection[str]) -> list[Freshness]:
    """Ask for sources of the database at `url`. Raises DbtFailed where dbt could not run."""
    names = [f"source:{'.'.join(unique_id.split('.')[-2:])}" for unique_id in sorted(unique_ids)]
    return [_freshness(result) for result in dbt.results_of(url, ["source", "freshness", "--select", *names])]


def _freshness(result: Any) -> Freshness:
    """Return a result of dbt's in plain values; one of a query that failed has no times."""
    age = getattr(result, "age", None)
    return Freshness(
        unique_id=result.node.unique_id,
        status=str(result.status),
        loaded_at=getattr(result, "max_loaded_at", None),
        age=None if age is None else dt.timedelta(seconds=age),
        message=(result.message or "").strip(),
    )
