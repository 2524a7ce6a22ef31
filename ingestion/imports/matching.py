"""Responses against the items: which option, right or wrong, of which version - or why not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from ingestion.errors import ResponsesError
from ingestion.imports import rejects
from ingestion.imports.items import ItemsFile
from ingestion.imports.reader import ResponseFile, first_rows
from ingestion.imports.rejects import Check, Kind
from ingestion.imports.versions import Version

SESSION = ("person", "session", "attempt")
# A file said to be scored in which more answers than this are neither 0 nor 1 holds options.
MOST_NOT_SCORED = 0.1
ITEMS_SHOWN = 20


@dataclass(frozen=True)
class Matched:
    """Rows that fit the items, and those that do not.

    `frame` has row, line, person, session, attempt, answered, number (of the version in the list given),
    versioned (whether the file names the version), label, is_correct, answered_at, time_taken_ms; the last
    four are null where there is nothing. `rejects` has the shape of rejects.SCHEMA.
    """

    frame: pl.DataFrame
    rejects: pl.DataFrame
    warnings: tuple[str, ...]


def check_scored(responses: ResponseFile) -> None:
    """Raise ResponsesError where responses taken for 0 and 1 are plainly options."""
    wrong = responses.rejects.filter((pl.col("kind") == Kind.CORRECT.value) & pl.col("answered"))
    answers = int(responses.frame["answered"].sum()) + len(wrong)
    if len(wrong) > MOST_NOT_SCORED * answers:
        raise ResponsesError(
            f"{responses.path}: {len(wrong):,} of {answers:,} answers are neither 0 nor 1 "
            f"(line {wrong['line'][0]}: {wrong['reason'][0]}), and no item has a key. "
            "Give the keys in the items file; nothing was imported"
        )


def with_versions(responses: ResponseFile, items: ItemsFile) -> pl.DataFrame:
    """Return the rows with version, session and attempt filled in.

    A row without a version answers the highest one of the items file; it is null for unknown items.
    """
    highest: dict[str, int] = {}
    for item in items.items:
        highest[item.item] = max(item.version, highest.get(item.item, 0))
    known = pl.DataFrame(
        {"item": list(highest), "highest": list(highest.values())},
        schema={"item": pl.String, "highest": pl.Int32},
    )
    frame = responses.frame.join(known, on="item", how="left", maintain_order="left")
    asked = pl.col("version") if responses.has("version") else pl.lit(None, pl.Int32)
    return frame.with_columns(
        pl.when(pl.col("highest").is_not_null()).then(pl.coalesce(asked, "highest")).alias("version"),
        (asked.is_not_null()).alias("versioned"),
        _or(responses, "session", pl.lit("")),
        _or(responses, "attempt", pl.lit(1, pl.Int32)),
        _or(responses, "response", pl.lit(None, pl.String)),
        _or(responses, "correct", pl.lit(None, pl.Int8)),
        _or(responses, "answered_at", pl.lit(None, pl.Datetime("us", "UTC"))),
        _or(responses, "time_taken_ms", pl.lit(None, pl.Int32)),
    )


def observed_labels(frame: pl.DataFrame) -> Mapping[tuple[str, int], Sequence[str]]:
    """Return the labels (one letter or digit) that the responses hold of each item and version."""
    seen = (
        frame.lazy()
        .filter(pl.col("version").is_not_null() & pl.col("response").str.contains(r"^[A-Za-z0-9]$"))
        .group_by("item", "version")
        .agg(pl.col("response").unique())
        .collect()
    )
    return {(item, version): labels for item, version, labels in seen.iter_rows()}


def match(
    frame: pl.DataFrame, versions: Sequence[Version], responses: ResponseFile, items: ItemsFile
) -> Matched:
    """Match the rows of `with_versions` with `versions`; what does not fit is rejected, the rest is kept."""
    frame, unknown = rejects.judge(frame, [_unknown_item(items)])
    frame, unversioned = rejects.judge(_numbered(frame, versions), [_unknown_version(versions)])
    frame, unfit = rejects.judge(_labelled(frame, versions), _answer_checks())
    frame, repeated = first_rows(frame, (*SESSION, "item"))
    contradictions = _contradictions(frame) if responses.has("response") and responses.has("correct") else ()
    frame = frame.with_columns(is_correct=pl.coalesce("is_key", pl.col("correct") == 1))
    kept = [
        "row", "line", *SESSION, "answered", "number", "versioned", "label", "is_correct", "answered_at",
        "time_taken_ms",
    ]  # fmt: skip
    return Matched(
        frame.select(kept),
        pl.concat([unknown, unversioned, unfit, repeated]).sort("row"),
        (*_unknown_items(unknown, items), *_unanswered(frame, items), *contradictions),
    )


def _or(responses: ResponseFile, name: str, default: pl.Expr) -> pl.Expr:
    if not responses.has(name):
        return default.alias(name)
    return pl.coalesce(pl.col(name), default).alias(name)


def _unknown_item(items: ItemsFile) -> Check:
    return Check(
        Kind.UNKNOWN_ITEM,
        pl.col("version").is_null(),
        pl.format("item {} is not in {}", pl.col("item").str.slice(0, 60), pl.lit(items.path.name)),
    )


def _numbered(frame: pl.DataFrame, versions: Sequence[Version]) -> pl.DataFrame:
    numbers = pl.DataFrame(
        {
            "item": [version.item for version in versions],
            "version": [version.version for version in versions],
            "keyed": [version.key is not None for version in versions],
            "options": ["".join(version.labels) for version in versions],
            "number": range(len(versions)),
        },
        schema={
            "item": pl.String, "version": pl.Int32, "keyed": pl.Boolean, "options": pl.String, "number": pl.Int32,
        },
    )  # fmt: skip
    return frame.join(numbers, on=["item", "version"], how="left", maintain_order="left")


def _unknown_version(versions: Sequence[Version]) -> Check:
    known: dict[str, list[str]] = {}
    for version in versions:
        known.setdefault(version.item, []).append(str(version.version))
    names = pl.col("item").replace_strict(
        {item: ", ".join(numbers) for item, numbers in known.items()}, default=""
    )
    reason = pl.format("version {} of item {} is not known (known: {})", "version", "item", names)
    return Check(Kind.UNKNOWN_VERSION, pl.col("number").is_null(), reason)


def _labelled(frame: pl.DataFrame, versions: Sequence[Version]) -> pl.DataFrame:
    """Add label and is_key: the option that the response means; case is ignored unless both cases are options."""
    accepted: list[tuple[int, str, str, bool]] = []
    for number, version in enumerate(versions):
        for label in version.labels:
            texts = {label, label.swapcase()} if label.swapcase() not in version.labels else {label}
            accepted.extend((number, text, label, label == version.key) for text in sorted(texts))
    options = pl.DataFrame(
        accepted,
        schema={"number": pl.Int32, "response": pl.String, "label": pl.String, "is_key": pl.Boolean},
        orient="row",
    )
    return frame.join(options, on=["number", "response"], how="left", maintain_order="left")


def _answer_checks() -> list[Check]:
    chosen = pl.col("response").str.slice(0, 40)
    return [
        Check(
            Kind.OPTION,
            pl.col("keyed") & pl.col("response").is_not_null() & pl.col("label").is_null(),
            pl.format("option '{}' is not among the options {} of item {}", chosen, "options", "item"),
        ),
        Check(
            Kind.CORRECT,
            ~pl.col("keyed") & pl.col("answered") & pl.col("correct").is_null(),
            pl.format("item {} has no key, and the row does not say whether '{}' is correct", "item", chosen),
        ),
    ]


def _unknown_items(unknown: pl.DataFrame, items: ItemsFile) -> tuple[str, ...]:
    counts = (
        unknown.group_by("item")
        .agg(pl.col("answered").sum().alias("answers"), pl.len().alias("rows"), pl.col("row").min())
        .sort("row")
    )
    told = [
        f"item {item} is in the responses but not in {items.path.name}: {answers:,} "
        f"row{'' if answers == 1 else 's'} rejected; add it and import again"
        for item, answers in counts.head(ITEMS_SHOWN).select("item", "answers").iter_rows()
    ]
    if len(counts) > ITEMS_SHOWN:
        rest = counts.slice(ITEMS_SHOWN)
        told.append(
            f"{len(rest):,} more items are in the responses but not in {items.path.name}: "
            f"{rest['answers'].sum():,} rows rejected"
        )
    return tuple(told)


def _unanswered(frame: pl.DataFrame, items: ItemsFile) -> tuple[str, ...]:
    answered = set(frame.filter("answered")["item"].unique())
    missing = list(dict.fromkeys(item.item for item in items.items if item.item not in answered))
    if not missing:
        return ()
    shown = ", ".join(missing[:ITEMS_SHOWN]) + (
        f" and {len(missing) - ITEMS_SHOWN:,} more" if len(missing) > ITEMS_SHOWN else ""
    )
    return (f"no responses in this file to {len(missing):,} of its items: {shown}",)


def _contradictions(frame: pl.DataFrame) -> tuple[str, ...]:
    """Tell where `correct` in the file disagrees with the key, which counts."""
    wrong = frame.filter(pl.col("is_key") != (pl.col("correct") == 1))
    if wrong.is_empty():
        return ()
    items = wrong.group_by("item").agg(pl.len().alias("rows"), pl.col("row").min()).sort("row")
    shown = ", ".join(
        f"{item} ({rows:,})" for item, rows in items.head(ITEMS_SHOWN).select("item", "rows").iter_rows()
    )
    return (
        f"in {len(wrong):,} rows `correct` disagrees with the key, and the key was used; by item: {shown}"
        f"{' and more' if len(items) > ITEMS_SHOWN else ''}",
    )
