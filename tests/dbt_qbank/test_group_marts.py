"""Figures of groups: nothing of fewer than ten learners is to be had, also not by difference."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg import Connection

from tests.dbt_qbank.attacker import Learners, isolated, smallest_piece
from tests.dbt_qbank.model_sql import emptied, run

FEWEST = 10
TENANT = uuid.UUID(int=0xF)
FIRST = 1000  # ids of the bank's own institutions and cohorts lie below


@dataclass(frozen=True)
class Plan:
    """Institution of each cohort, and how many learners are in which cohorts (of them scored)."""

    institutions: tuple[int, ...]
    learners: tuple[tuple[frozenset[int], int, int], ...]

    def cells(self, measure: str) -> dict[int, Learners]:
        """Return the learners of each cell that have the measure: cohorts by id, institutions by minus theirs."""
        cells: dict[int, set[int]] = {}
        number = 0
        for cohorts, n, n_scored in self.learners:
            members = set(range(number, number + (n if measure == "accuracy" else n_scored)))
            number += n
            for cell in {c + FIRST for c in cohorts} | {-self.institutions[c] - FIRST for c in cohorts}:
                cells.setdefault(cell, set()).update(members)
        return {cell: frozenset(who) for cell, who in cells.items() if who}


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    institutions = draw(st.lists(st.integers(0, 2), min_size=1, max_size=5))
    patterns = draw(
        st.lists(
            st.frozensets(st.integers(0, len(institutions) - 1), min_size=1),
            min_size=1,
            max_size=6,
            unique=True,
        )
    )
    sizes = [draw(st.integers(1, 25)) for _ in patterns]
    return Plan(
        tuple(institutions),
        tuple((p, n, draw(st.integers(0, n))) for p, n in zip(patterns, sizes, strict=True)),
    )


def only(*cohorts: int) -> frozenset[int]:
    return frozenset(cohorts)


LEFT_OVER = Plan((0, 0), ((only(0), 20, 20), (only(1), 5, 5)))
NESTED = Plan((0, 0), ((only(0), 5, 0), (only(0, 1), 30, 0)))
OVERLAP = Plan((0, 0), ((only(0), 20, 0), (only(1), 20, 0), (only(0, 1), 3, 0)))
DISJOINT = Plan((0, 0, 1), ((only(0), 10, 10), (only(1), 25, 25), (only(2), 12, 3)))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=plans())
@example(plan=LEFT_OVER)
@example(plan=NESTED)
@example(plan=OVERLAP)
@example(plan=DISJOINT)
def test_an_attacker_isolates_nobody_and_no_more_is_hidden_than_need_be(
    bank: Any, builds: Any, plan: Plan
) -> None:
    shown = published(bank, plan)
    for measure, counts in shown.items():
        cells = plan.cells(measure)
        learners = {cell: cells[cell] for cell in counts}
        assert isolated(learners, FEWEST) == []
        # Numbers of learners, which are shown as well, differ by none or by many.
        assert all(0 < n <= len(learners[cell]) and n % FEWEST == 0 for cell, n in counts.items())
        for cell in set(cells) - set(counts):
            assert len(cells[cell]) < FEWEST or smallest_piece([*learners.values(), cells[cell]]) < FEWEST


@pytest.mark.parametrize(
    ("plan", "found"),
    [
        (LEFT_OVER, [frozenset(range(20, 25))]),
        (NESTED, [frozenset(range(5))]),
        (OVERLAP, [frozenset(range(40, 43))]),
        (DISJOINT, []),
    ],
)
def test_the_attacker_finds_whom_a_size_alone_would_not_protect(
    plan: Plan, found: Sequence[Learners]
) -> None:
    large = {cell: who for cell, who in plan.cells("accuracy").items() if len(who) >= FEWEST}
    assert isolated(large, FEWEST) == found


def test_what_is_shown_of_disjoint_cohorts(bank: Any, builds: Any) -> None:
    shown = published(bank, DISJOINT)
    assert shown["accuracy"] == {1000: 10, 1001: 20, 1002: 10, -1000: 30, -1001: 10}
    assert shown["theta"] == {1000: 10, 1001: 20, -1000: 30}  # three of the third cohort were scored


def test_the_largest_is_shown_and_who_would_tell_the_rest_is_not(bank: Any, builds: Any) -> None:
    assert published(bank, LEFT_OVER)["accuracy"] == {-1000: 20}
    # Cohort 0 is all of its institution and shown with it; cohort 1 is all but five of it.
    assert published(bank, NESTED)["accuracy"] == {1000: 30, -1000: 30}


def test_small_cohorts_have_rows_without_figures(bank: Any, builds: Any) -> None:
    for relation in ("cohort_performance", "institution_benchmark"):
        for row in bank.rows(relation):
            assert row["is_suppressed"]
            figures = {
                name: row[name]
                for name in row
                if "accuracy" in name or "theta" in name or name == "n_learners"
            }
            assert set(figures.values()) == {None}, row


def published(bank: Any, plan: Plan) -> dict[str, dict[int, int]]:
    """Build the marts of a tenant with the plan's learners; return the shown cells, with the number told."""
    with emptied(bank, "int_cohort_cells") as connection:
        _fill(connection, plan)
        connection.execute("insert into int_cohort_cells " + _compiled(bank, "int_cohort_cells"))
        rows = [(row, row["cohort_id"]) for row in run(bank, connection, "cohort_performance")]
        rows += [(row, -row["institution_id"]) for row in run(bank, connection, "institution_benchmark")]
    own = [(row, cell) for row, cell in rows if row["tenant_id"] == TENANT]
    return {
        measure: {cell: row[number] for row, cell in own if row[measure] is not None}
        for measure, number in (("accuracy", "n_learners"), ("theta", "n_learners_scored"))
    }


def _compiled(bank: Any, model: str) -> str:
    compiled: str = bank.manifest.nodes[f"model.qbank.{model}"].compiled_code
    return compiled


def _fill(connection: Connection[Any], plan: Plan) -> None:
    users = [uuid.UUID(int=(0xF << 64) + i) for i in range(sum(n for _, n, _ in plan.learners))]
    scored = sorted(frozenset[int]().union(*plan.cells("theta").values()))
    of = {"tenant": TENANT, "users": users, "scored": [users[i] for i in scored]}
    connection.execute(
        "insert into public.app_users (id, tenant_id) select unnest(%(users)s::uuid[]), %(tenant)s", of
    )
    connection.execute(
        "insert into int_learner_exams (user_id, exam_code, tenant_id, n_attempts, n_correct) "
        "select who, 'HOME', %(tenant)s, 100, place %% 100 "
        "from unnest(%(users)s::uuid[]) with ordinality as u (who, place)",
        of,
    )
    connection.execute(
        "insert into public.person_ability (user_id, exam_code, tenant_id, theta, se, n_responses, run_id) "
        "select who, 'HOME', %(tenant)s, place / 10.0, 0.3, 5, (select id from public.calibration_runs limit 1) "
        "from unnest(%(scored)s::uuid[]) with ordinality as u (who, place)",
        of,
    )
    _fill_groups(connection, plan, {"institution": sorted(set(plan.institutions))}, users)


def _fill_groups(
    connection: Connection[Any], plan: Plan, ids: Mapping[str, Sequence[int]], users: Sequence[uuid.UUID]
) -> None:
    for number in ids["institution"]:
        connection.execute(
            "insert into public.institutions (id, tenant_id, name) overriding system value values (%s, %s, %s)",
            [FIRST + number, TENANT, f"Institution {number}"],
        )
    for cohort, institution in enumerate(plan.institutions):
        connection.execute(
            "insert into public.cohorts (id, tenant_id, institution_id, name) overriding system value "
            "values (%s, %s, %s, %s)",
            [FIRST + cohort, TENANT, FIRST + institution, f"Cohort {cohort}"],
        )
        members = [users[i] for i in sorted(plan.cells("accuracy").get(FIRST + cohort, ()))]
        connection.execute(
            "insert into public.cohort_members (cohort_id, user_id, tenant_id) select %s, unnest(%s::uuid[]), %s",
            [FIRST + cohort, members, TENANT],
        )
