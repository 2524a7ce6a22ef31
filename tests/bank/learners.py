"""Who learns: abilities, pace, the days they are there, and the cohorts they belong to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from tests.bank.content import A, B
from tests.bank.identities import uuids
from tests.bank.plan import WINDOW_DAYS, Plan

STREAM = 2
SHARE_OF_B = 0.25
# The share of an institution's learners in each cohort; the guests are fewer than what may be shown of a group.
COHORTS = {"spring": 0.5, "autumn": 0.4, "guests": 0.0}
GUESTS = 3


@dataclass(frozen=True)
class Learners:
    """The learners by position, in the order in which they come.

    `theta` is on the scale of every exam, `pace` the logarithm of how much slower than the median one is, `first_day`
    counts from the first day of the history and may lie before it.
    """

    user_id: pl.Series
    of_b: np.ndarray
    theta: np.ndarray
    pace: np.ndarray
    first_day: np.ndarray

    def active_on(self, day: int) -> np.ndarray:
        """Return the positions of those who are there on a day, counted from the first."""
        return np.flatnonzero((self.first_day <= day) & (day < self.first_day + WINDOW_DAYS))


def draw_learners(plan: Plan) -> Learners:
    """Draw the learners; as many come on each day, so that each day sees as many answers."""
    random, n = plan.random(STREAM), plan.learners
    return Learners(
        user_id=uuids(random, n),
        of_b=random.random(n) < SHARE_OF_B,
        theta=random.normal(0, 1, n),
        pace=random.normal(0, 0.25, n),
        first_day=np.sort(random.integers(1 - WINDOW_DAYS, plan.days, n)),
    )


def tables(plan: Plan, learners: Learners) -> dict[str, pl.DataFrame]:
    """Return the rows of learners, institutions and cohorts by table."""
    random, n = plan.random(STREAM, 1), plan.learners
    before = plan.begins_at - dt.timedelta(days=WINDOW_DAYS)
    users = pl.DataFrame(
        {
            "id": learners.user_id,
            "tenant_id": np.where(learners.of_b, B, A),
            "external_ref": [f"learner-{number:07d}" for number in range(n)],
            "is_flagged": random.random(n) < 0.005,
            "created_at": before,
        }
    )
    institutions = pl.DataFrame(
        {
            "id": [1, 2, 3],
            "tenant_id": [A, A, B],
            "name": ["North Hospital", "South Hospital", "West Hospital"],
        }
    )
    cohorts = pl.DataFrame(
        [
            {
                "id": 10 * institution + number,
                "tenant_id": tenant,
                "institution_id": institution,
                "name": name,
            }
            for institution, tenant in institutions.select("id", "tenant_id").iter_rows()
            for number, name in enumerate(COHORTS)
        ]
    )
    return {
        "app_users": users,
        "institutions": institutions,
        "cohorts": cohorts,
        "cohort_members": _members(random, users, learners),
    }


def _members(random: np.random.Generator, users: pl.DataFrame, learners: Learners) -> pl.DataFrame:
    """Put learners into one cohort or none."""
    n = len(users)
    institution = np.where(learners.of_b, 3, random.integers(1, 3, n))
    shares = [*COHORTS.values(), 1 - sum(COHORTS.values())]
    cohort = random.choice(len(shares), size=n, p=shares)
    for one in (1, 2, 3):
        # Of those who came early in the history and have answered since, so that there is something to hide.
        settled = np.flatnonzero((institution == one) & (learners.first_day >= 0))
        cohort[settled[:GUESTS]] = 2
    member = cohort < len(COHORTS)
    return pl.DataFrame(
        {
            "cohort_id": 10 * institution[member] + cohort[member],
            "user_id": users["id"].filter(member),
            "tenant_id": users["tenant_id"].filter(member),
        }
    )
