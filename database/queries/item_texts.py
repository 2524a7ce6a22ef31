"""The text of an item, as part of a statement that asks for more: what a learner reads, and whether it is live."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Option:
    """An answer option."""

    label: str
    text_md: str
    is_correct: bool


@dataclass(frozen=True, slots=True)
class ItemText:
    """What a learner reads of an item, options by label, and what else its version is known by.

    `b` (D = 1.7 metric) is None until it is calibrated. `live`: it is what the tenant's learners now get for the exam.
    """

    stem_md: str
    lead_in: str
    rationale_md: str
    options: tuple[Option, ...]
    home_exam_code: str
    difficulty_label: str | None
    b: float | None
    live: bool


def text_of(question: str, version: str, tenant: str, exam: str) -> str:
    """Return the query of an item's text; the arguments are SQL expressions. No row: no such item is visible."""
    return f"""
    select v.stem_md, v.lead_in, v.rationale_md, o.labels, o.texts, o.correct, q.home_exam_code, v.difficulty_label,
        k.b, v.state = 'published' and not q.is_deleted and exists (
            select from question_publications p
            where p.question_id = v.question_id and p.live_version = v.version and p.tenant_id = {tenant}
                and ({exam} is null or p.exam_code = {exam})) as live
    from question_versions v
    join questions q on q.id = v.question_id
    left join item_calibration k on k.question_id = v.question_id and k.version = v.version and k.serving
    left join lateral (
        select array_agg(cast(option_label as text) order by option_label) as labels,
            array_agg(option_text_md order by option_label) as texts,
            array_agg(is_correct order by option_label) as correct
        from question_options where question_version_id = v.id
    ) o on true
    where v.question_id = {question} and v.version = {version}
    """


def read_text(row: Mapping[str, Any]) -> ItemText | None:
    """Return the text that a row of `text_of`'s columns tells; None: outer joins found none."""
    if row["stem_md"] is None:
        return None
    options = zip(row["labels"] or (), row["texts"] or (), row["correct"] or (), strict=True)
    return ItemText(
        stem_md=row["stem_md"],
        lead_in=row["lead_in"],
        rationale_md=row["rationale_md"],
        options=tuple(Option(*one) for one in options),
        home_exam_code=row["home_exam_code"],
        difficulty_label=row["difficulty_label"],
        b=row["b"],
        live=row["live"],
    )
