"""What can be asked: exams of two tenants, topics, questions in versions, options, publications, quotas."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import dataclass

import numpy as np
import polars as pl

from tests.bank.plan import Plan

A = "00000000-0000-0000-0000-000000000001"
B = "00000000-0000-0000-0000-000000000002"
AUTHOR = "00000000-0000-0000-0000-0000000000a0"
LABELS = np.array(list("ABCDE"))
STREAM = 1


@dataclass(frozen=True)
class Exam:
    """A home exam with the share of all items that is its own, and the branches of its subject."""

    code: str
    tenant: str
    share: float
    subject: str
    branches: tuple[str, ...]


EXAMS = (
    Exam("CARDIO", A, 0.5, "cardiology", ("arrhythmia", "failure", "ischaemia", "valves")),
    Exam("RENAL", A, 0.25, "nephrology", ("dialysis", "electrolytes", "glomeruli")),
    Exam("NEURO", B, 0.25, "neurology", ("epilepsy", "headache", "stroke")),
)


@dataclass(frozen=True)
class Items:
    """The questions by position: what an answer to them depends on, and where they are published.

    `a` and `b` are in the D = 1.7 metric. `changed_at` is when version 2 replaced version 1, in microseconds, or
    never. `pull` and `pull_by_theta` say how much each option attracts those who miss the key.
    """

    question_id: np.ndarray
    exam: np.ndarray
    a: np.ndarray
    b: np.ndarray
    median_s: np.ndarray
    options: np.ndarray
    key: np.ndarray
    pull: np.ndarray
    pull_by_theta: np.ndarray
    changed_at: np.ndarray
    pools: tuple[np.ndarray, ...]


NEVER = np.iinfo(np.int64).max


def draw_items(plan: Plan, begins: int, ends: int) -> Items:
    """Draw the questions; every tenth is edited between `begins` and `ends`, in microseconds."""
    random, n = plan.random(STREAM), plan.items
    exam = np.repeat(np.arange(len(EXAMS)), _shares(n))
    options = random.choice([4, 5], size=n)
    pull = random.normal(0, 0.7, (n, len(LABELS)))
    pull[np.arange(len(LABELS)) >= options[:, None]] = -np.inf
    changed = np.where(
        random.random(n) < 0.1,
        random.integers(begins + (ends - begins) // 4, ends - (ends - begins) // 4, n),
        NEVER,
    )
    own = [np.flatnonzero(exam == number) for number in range(len(EXAMS))]
    lent = own[0][::10]  # published for the tenant's other exam, and to the other tenant
    return Items(
        question_id=np.arange(1, n + 1),
        exam=exam,
        a=random.lognormal(-0.2, 0.3, n),
        b=np.clip(random.normal(0, 0.9, n), -2, 2),
        median_s=random.lognormal(math.log(45), 0.25, n),
        options=options,
        key=(random.random(n) * options).astype(int),
        pull=pull,
        pull_by_theta=random.normal(0, 0.4, pull.shape),
        changed_at=changed,
        pools=(own[0], np.concatenate([own[1], lent]), np.concatenate([own[2], lent])),
    )


def tables(plan: Plan, items: Items) -> dict[str, pl.DataFrame]:
    """Return the rows of each table of content, by table, in the order in which they refer to each other."""
    before = plan.begins_at - dt.timedelta(days=30)
    topics, branch_ids = _topics()
    versions = _versions(plan, items, branch_ids, before)
    return {
        "exams": pl.DataFrame(
            [{"code": exam.code, "tenant_id": exam.tenant, "name": exam.subject.title()} for exam in EXAMS]
        ),
        "topics": topics,
        "questions": pl.DataFrame(
            {
                "id": items.question_id,
                "tenant_id": [EXAMS[number].tenant for number in items.exam],
                "external_ref": [
                    f"{EXAMS[number].code}/Q{question}"
                    for number, question in zip(items.exam, items.question_id, strict=True)
                ],
                "home_exam_code": [EXAMS[number].code for number in items.exam],
                "created_by": AUTHOR,
                "created_at": before,
            }
        ),
        "question_versions": versions,
        "question_options": _options(items, versions),
        "question_publications": _publications(items, before),
        "blueprint_quotas": _quotas(branch_ids),
    }


def _shares(n: int) -> list[int]:
    rest = [round(n * exam.share) for exam in EXAMS[1:]]
    return [n - sum(rest), *rest]


def _topics() -> tuple[pl.DataFrame, list[list[int]]]:
    """Return the topic tree of each tenant, and the leaves of each exam."""
    rows: list[dict[str, object]] = []
    roots: dict[str, int] = {}

    def add(tenant: str, parent: int | None, name: str, path: str) -> int:
        rows.append(
            {
                "id": len(rows) + 1,
                "tenant_id": tenant,
                "parent_id": parent,
                "name": name.title(),
                "path": path,
            }
        )
        return len(rows)

    leaves = []
    for exam in EXAMS:
        if exam.tenant not in roots:
            roots[exam.tenant] = add(exam.tenant, None, "medicine", "medicine")
        subject = add(exam.tenant, roots[exam.tenant], exam.subject, f"medicine.{exam.subject}")
        leaves.append(
            [
                add(exam.tenant, subject, branch, f"medicine.{exam.subject}.{branch}")
                for branch in exam.branches
            ]
        )
    return pl.DataFrame(rows, schema_overrides={"parent_id": pl.Int64}), leaves


def _versions(plan: Plan, items: Items, leaves: list[list[int]], before: dt.datetime) -> pl.DataFrame:
    """Version 1 of each question; version 2 where it was edited; a draft beside every twentieth."""
    random = plan.random(STREAM, 1)
    topic = [leaves[number][random.integers(len(leaves[number]))] for number in items.exam]
    first = pl.DataFrame(
        {
            "question_id": items.question_id,
            "version": 1,
            "tenant_id": [EXAMS[number].tenant for number in items.exam],
            "state": np.where(items.changed_at == NEVER, "published", "retired"),
            "stem_md": [f"Stem of question {question}" for question in items.question_id],
            "lead_in": "Which is right?",
            "rationale_md": "Because it is.",
            "difficulty_label": np.select([items.b < -0.6, items.b > 0.6], ["easy", "hard"], "medium"),
            # Some questions are filed nowhere.
            "topic_id": [None if at % 50 == 49 else one for at, one in enumerate(topic)],
            "tags": "{}",
            "edit_kind": None,
            "based_on_version": None,
            "created_by": AUTHOR,
            "created_at": before,
        },
        schema_overrides={"edit_kind": pl.String, "based_on_version": pl.Int32},
    )
    edited = first.filter(items.changed_at != NEVER).with_columns(
        pl.lit(2, pl.Int32).alias("version"),
        pl.lit("published").alias("state"),
        pl.lit("wording").alias("edit_kind"),
        pl.lit(1, pl.Int32).alias("based_on_version"),
        pl.Series("created_at", items.changed_at[items.changed_at != NEVER]).cast(pl.Datetime("us", "UTC")),
    )
    drafts = (
        first.filter(items.changed_at == NEVER)
        .gather_every(20)
        .with_columns(
            pl.lit(2, pl.Int32).alias("version"),
            pl.lit("draft").alias("state"),
            pl.lit("wording").alias("edit_kind"),
            pl.lit(1, pl.Int32).alias("based_on_version"),
        )
    )
    both = pl.concat(
        [frame.with_columns(pl.col("version").cast(pl.Int32)) for frame in (first, edited, drafts)]
    )
    return both.with_row_index("id", offset=1)


def _options(items: Items, versions: pl.DataFrame) -> pl.DataFrame:
    """Return the options of every version; no edit of this bank moves a key."""
    at = versions["question_id"].to_numpy() - 1
    each = items.options[at]
    row = np.repeat(np.arange(len(versions)), each)
    place = np.arange(len(row)) - np.repeat(np.cumsum(each) - each, each)
    return pl.DataFrame(
        {
            "question_version_id": versions["id"].to_numpy()[row],
            "tenant_id": versions["tenant_id"].gather(row),
            "option_label": LABELS[place],
            "option_text_md": "Option",
            "is_correct": place == items.key[at[row]],
        }
    )


def _publications(items: Items, before: dt.datetime) -> pl.DataFrame:
    at = np.concatenate(items.pools)
    exam = np.repeat(np.arange(len(EXAMS)), [len(pool) for pool in items.pools])
    return pl.DataFrame(
        {
            "question_id": items.question_id[at],
            "live_version": np.where(items.changed_at[at] == NEVER, 1, 2),
            "exam_code": [EXAMS[number].code for number in exam],
            "tenant_id": [EXAMS[number].tenant for number in exam],
            "published_at": before,
        }
    )


def _quotas(leaves: list[list[int]]) -> pl.DataFrame:
    return pl.DataFrame(
        [
            {
                "tenant_id": exam.tenant,
                "exam_code": exam.code,
                "topic_id": topic,
                "difficulty_label": label,
                "quota": 3,
            }
            for exam, topics in zip(EXAMS, leaves, strict=True)
            for topic in topics
            for label in ("easy", "medium", "hard")
        ]
    )
