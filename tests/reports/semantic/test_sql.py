from __future__ import annotations

import pytest

from reports.semantic import SemanticLayerError, read, sql
from tests.reports.semantic.definitions import manifest


def test_a_metric_alone_and_by_dimensions() -> None:
    layer = read(manifest())
    assert sql.metric(layer, "learners", [], "marts") == (
        "select count(distinct learner) as learners\nfrom marts.facts"
    )
    assert sql.metric(layer, "accuracy", ["given_at", "exam"], "marts") == (
        "select (at at time zone 'UTC')::date as given_at, exam as exam, "
        "count(*) filter (where ok)::double precision / nullif(count(id), 0) as accuracy\n"
        "from marts.facts\ngroup by 1, 2\norder by 1, 2"
    )
    assert "percentile_cont(0.9) within group (order by ms)" in sql.metric(layer, "slow_time", [], "marts")


def test_nothing_but_names_that_are_defined_gets_into_a_query() -> None:
    layer = read(manifest())
    for name, by in (("1; drop table facts", []), ("answers", ["exam; drop table facts"])):
        with pytest.raises(SemanticLayerError):
            sql.metric(layer, name, by, "marts")
