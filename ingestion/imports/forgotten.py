"""Rows of persons who asked to be forgotten: they are not imported, and no file of ours repeats who it was."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace

import polars as pl
from sqlalchemy import Connection

from database.forgetting import ForgetKey
from database.queries import forgotten
from database.queries.forgotten import Learner
from ingestion.imports import rejects
from ingestion.imports.identities import user_id
from ingestion.imports.learners import LearnersFile
from ingestion.imports.reader import ResponseFile
from ingestion.imports.rejects import Kind

REASON = "the person asked to be forgotten; nothing of them is imported"


def without_forgotten(
    connection: Connection, key: ForgetKey, tenant: uuid.UUID, file: ResponseFile
) -> ResponseFile:
    """Return the responses with every row of a forgotten person rejected for that, whatever else it has.

    Raises ForgetKeyError.
    """
    cell = next(
        file.table.cell(at) for at, name in enumerate(file.table.columns) if name.casefold() == "person"
    )
    persons = file.table.frame[cell]
    gone = _forgotten(connection, key, tenant, persons.drop_nulls().unique().to_list())
    if not gone:
        return file
    rows = persons.is_in(list(gone)).arg_true()
    theirs = pl.col("row").is_in(rows.implode())
    new = file.frame.filter(theirs).select("row", "line", "item", "answered")
    old = file.rejects.filter(theirs).select("row", "line", "item", "answered")
    check = rejects.Check(Kind.FORGOTTEN, pl.lit(True), pl.lit(REASON))
    _, refused = rejects.judge(pl.concat([new, old]).sort("row"), [check])
    kept = file.rejects.filter(~theirs)
    return replace(file, frame=file.frame.filter(~theirs), rejects=pl.concat([kept, refused]).sort("row"))


def remembered(
    connection: Connection, key: ForgetKey, tenant: uuid.UUID, file: LearnersFile | None
) -> LearnersFile | None:
    """Return the learners without the forgotten ones, of whom a warning tells how many rows they had."""
    if file is None:
        return None
    gone = _forgotten(connection, key, tenant, {one.person for one in file.learners})
    kept = tuple(one for one in file.learners if one.person not in gone)
    if len(kept) == len(file.learners):
        return file
    warning = f"{file.path}: {len(file.learners) - len(kept):,} rows were left out: {REASON}"
    return replace(file, learners=kept, warnings=(*file.warnings, warning))


def _forgotten(
    connection: Connection, key: ForgetKey, tenant: uuid.UUID, persons: Iterable[str]
) -> frozenset[str]:
    if not forgotten.anyone(connection, key):
        return frozenset()
    by_learner = {Learner(tenant, user_id(tenant, person)): person for person in persons}
    return frozenset(by_learner[one] for one in forgotten.among(connection, key, by_learner))
