"""What the hand-made bank holds beyond delivery: what publishing wrote, cohorts and a blueprint."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from database import tables as t

SCHOOL, SCHOOL_OF_B = 1, 2
FIRST_YEAR, CLASS_OF_B = 1, 2


def published(run: uuid.UUID, tenant: uuid.UUID, learner: uuid.UUID) -> list[Sequence[t.Base]]:
    """Return what `run` published of question 1, version 2, and of `learner`; question 3 it set aside."""
    item = {"question_id": 1, "version": 2, "tenant_id": tenant, "run_id": run}
    person = {"user_id": learner, "exam_code": "HOME", "tenant_id": tenant, "run_id": run}
    fitted = {"version": 1, "model": "2PL", "tenant_id": tenant, "run_id": run}
    return [
        [
            t.ItemCalibrationCandidate(
                question_id=3, **fitted, status="set aside", reason="all answers are wrong"
            ),
            t.ItemCalibrationCandidate(question_id=2, **fitted, a=-0.2, b=4.0, c=0.0),
            t.ItemCalibration(question_id=2, **fitted, a=-0.2, b=4.0, c=0.0),
            t.ItemFlag(**item, flag="miskeyed", detail={"likely_key": "B"}),
            t.ItemFlag(**item, flag="drift"),
            t.ItemFlag(**item, flag="exposure", resolved_at=_day(5)),
            _option(item, "A", 1, 0.25, is_key=True),
            _option(item, "B", 3, 0.75, is_key=False),
            t.ItemCurvePoint(**item, model="2PL", band=1, theta=-1.0, n=2.0, observed=0.5, expected=0.1,
                             se=0.2, residual=2.0),
            t.ItemCurvePoint(**item, model="2PL", band=2, theta=1.0, n=1.5, observed=None, expected=0.8),
            t.ItemCurvePoint(**item, model="3PL", band=1, theta=-1.0, n=2.0, observed=0.5, expected=0.3),
            t.ItemDriftWeek(**item, week=dt.date(2026, 2, 23), n=4, observed=0.75, expected=0.5, se=0.1,
                            z=2.5, drifted=True),
            t.PersonAbility(**person, theta=0.4, se=0.5, n_responses=3),
            t.PersonAbilityWindow(**person, window_start=dt.date(2026, 1, 30), mode="tutor", theta=0.2,
                                  se=0.3, n_responses=2),
            t.PersonAbilityWindow(**person, window_start=dt.date(2026, 3, 1), mode="tutor", theta=1.2, se=0.4,
                                  n_responses=1),
        ]
    ]  # fmt: skip


def groups(
    tenant: uuid.UUID, other: uuid.UUID, members: Sequence[uuid.UUID], member_of_other: uuid.UUID, topic: int
) -> list[Sequence[t.Base]]:
    """Return a small cohort in each tenant and the blueprint of HOME; `topic` is the only one with a quota."""
    quotas = [(topic, None, 3), (topic, "easy", 1), (None, None, 2)]
    return [
        [
            t.Institution(id=SCHOOL, tenant_id=tenant, name="School"),
            t.Institution(id=SCHOOL_OF_B, tenant_id=other, name="School of B", is_invented=True),
        ],
        [
            t.Cohort(id=FIRST_YEAR, tenant_id=tenant, institution_id=SCHOOL, name="First year"),
            t.Cohort(id=CLASS_OF_B, tenant_id=other, institution_id=SCHOOL_OF_B, name="Class of B"),
        ],
        [
            *(t.CohortMember(cohort_id=FIRST_YEAR, user_id=user, tenant_id=tenant) for user in members),
            t.CohortMember(cohort_id=CLASS_OF_B, user_id=member_of_other, tenant_id=other),
            *(
                t.BlueprintQuota(
                    tenant_id=tenant, exam_code="HOME", topic_id=of, difficulty_label=label, quota=quota
                )
                for of, label, quota in quotas
            ),
        ],
    ]


def _day(day: int) -> dt.datetime:
    return dt.datetime(2026, 3, day, tzinfo=dt.UTC)


def _option(
    item: dict[str, object], label: str, n: int, proportion: float, *, is_key: bool
) -> t.ItemOptionStat:
    return t.ItemOptionStat(
        **item, option_label=label, is_key=is_key, n=n, proportion=proportion,
        rest_correlation=-0.3 if is_key else 0.3, proportion_low=0.5, proportion_middle=0.5,
        proportion_high=proportion,
    )  # fmt: skip
