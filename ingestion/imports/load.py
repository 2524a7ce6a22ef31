"""The import: files in, one transaction, a summary out."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import polars as pl
from sqlalchemy import Connection, Engine

from database.forgetting import ForgetKey
from database.queries import forgotten as forgotten_learners
from database.queries import responses, source_loads
from database.queries.forgotten import Writer
from ingestion.errors import ExamError, ImportFilesError
from ingestion.imports import bank, forgotten, matching, reader, rejects, staging
from ingestion.imports.blueprint import BlueprintFile, read_blueprint
from ingestion.imports.items import ItemsFile, read_items
from ingestion.imports.learners import LearnersFile, read_learners
from ingestion.imports.reader import ResponseFile, read_responses
from ingestion.imports.rejects import Kind
from ingestion.imports.staging import Staged
from ingestion.imports.summary import BlueprintChange, ImportSummary
from ingestion.imports.versions import Key, Version, plan, refuse_without_key, without_key

# Called with a stage (read, match, load, add), what of it is done, and its total.
Progress = Callable[[str, int, int], None]
SESSIONS_AT_ONCE_ROWS = 100_000

_NO_KEY = ForgetKey()
_EXAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,62}")


@dataclass(frozen=True)
class ImportRequest:
    """What to import: the exam's code and the files; rejected rows are written into `rejects_dir`.

    Items and responses come together or not at all; learners and blueprint with them or by themselves.
    `seed` makes the instants and response times of files without a clock; `forget_key` is the key of the
    hashes of forgotten learners, of whom nothing is imported.
    """

    exam: str
    items: Path | None
    responses: Path | None
    tenant: uuid.UUID
    seed: int
    rejects_dir: Path
    learners: Path | None = None
    blueprint: Path | None = None
    forget_key: ForgetKey = _NO_KEY


@dataclass(frozen=True)
class _Answers:
    items: ItemsFile
    responses: ResponseFile


@dataclass(frozen=True)
class _Files:
    answers: _Answers | None
    learners: LearnersFile | None
    blueprint: BlueprintFile | None


def import_exam(
    target: Engine | Connection, request: ImportRequest, progress: Progress | None = None
) -> ImportSummary:
    """Import what is given of an exam's items and responses, its learners and its blueprint.

    Everything happens in one transaction: of its own on an Engine (of role qbank_pipeline), the
    caller's on a Connection, who then commits. Rows that do not fit are rejected and the rest is imported;
    importing the same files again adds nothing. Raises an IngestionError, with nothing imported, where the
    files named do not make an import, one cannot be read, items, learners or the blueprint are not valid, a
    stored version would change, or the exam belongs to another tenant; ForgetKeyError where who is
    forgotten cannot be told.
    """
    report = progress or _silent
    began = time.perf_counter()
    _check_exam_code(request.exam)
    _check_files(request)
    files = _read(request, report)
    if isinstance(target, Engine):
        with target.begin() as connection:
            summary = _import(connection, request, files, report)
    else:
        summary = _import(target, request, files, report)
    return replace(summary, seconds=time.perf_counter() - began)


def _silent(stage: str, done: int, total: int) -> None:
    """Report to nobody."""


def _check_exam_code(exam: str) -> None:
    if not _EXAM.fullmatch(exam):
        raise ExamError(
            f"exam code {exam!r} is not possible: use up to 63 letters, digits, '_', '.' and '-', "
            "beginning with a letter or digit"
        )


def _check_files(request: ImportRequest) -> None:
    if (request.items is None) != (request.responses is None):
        given, missing = ("responses", "items") if request.items is None else ("items", "responses")
        raise ImportFilesError(
            f"a file of {given} is named but none of {missing}: the two go together, name both; "
            "learners and a blueprint may come by themselves"
        )
    if request.items is None and request.learners is None and request.blueprint is None:
        raise ImportFilesError(
            f"no file is named, so there is nothing to import for exam {request.exam}: "
            "name items and responses, learners, or a blueprint"
        )


def _read(request: ImportRequest, report: Progress) -> _Files:
    report("read", 0, 1)
    files = _Files(
        _Answers(read_items(request.items), read_responses(request.responses))
        if request.items and request.responses
        else None,
        read_learners(request.learners) if request.learners else None,
        read_blueprint(request.blueprint) if request.blueprint else None,
    )
    report("read", 1, 1)
    return files


def _import(connection: Connection, request: ImportRequest, files: _Files, report: Progress) -> ImportSummary:
    files = _without_forgotten(connection, request, files)
    tenant, exam = request.tenant, request.exam
    bank.enter_exam(connection, tenant, exam)
    stored = bank.stored(connection, tenant, exam)
    versions = list(stored.values())
    summary = ImportSummary(exam)
    if files.answers is not None:
        summary, planned = _import_answers(connection, request, files.answers, stored, report)
        versions += planned
    notes = [*summary.warnings, *_warnings(files)]
    if not versions:
        notes.append(f"exam {exam} has no items yet: import them with its responses, or correct the code")
    if files.learners is not None:
        summary = replace(summary, learners=bank.add_learners(connection, tenant, files.learners))
    if files.blueprint is not None:
        change = bank.set_blueprint(connection, tenant, exam, files.blueprint)
        summary = replace(summary, blueprint=BlueprintChange(**asdict(change)))
        notes += bank.topics_without_items(exam, files.blueprint, versions)
    return replace(summary, warnings=tuple(notes))


def _import_answers(
    connection: Connection,
    request: ImportRequest,
    answers: _Answers,
    stored: Mapping[Key, Version],
    report: Progress,
) -> tuple[ImportSummary, list[Version]]:
    """Add items and responses; return the figures, and the versions of the items file."""
    report("match", 0, 1)
    file = _scored_if_without_keys(answers, stored)
    frame = matching.with_versions(file, answers.items)
    versions = plan(answers.items, stored, matching.observed_labels(frame))
    versions, added_versions = bank.write_versions(connection, request.tenant, request.exam, versions)
    matched = matching.match(frame, versions, file, answers.items)
    staged = staging.stage(
        matched, versions, tenant=request.tenant, exam=request.exam, seed=request.seed,
        has_time=file.has("time_taken_ms"),
    )  # fmt: skip
    report("match", 1, 1)
    comparison, added = _load(connection, request, staged, report)
    source_loads.note(connection, "import", request.exam, added)
    rejected = pl.concat([file.rejects, matched.rejects, _differing(comparison, matched, versions)]).sort(
        "row"
    )
    summary = ImportSummary(
        exam=request.exam,
        with_responses=True,
        items=len({item.item for item in answers.items.items}),
        versions_added=added_versions,
        persons=staged.persons,
        sessions=len(staged.sessions),
        read=int(file.frame["answered"].sum()) + int(file.rejects["answered"].sum()),
        no_answer=int((~file.frame["answered"]).sum()) + int((~file.rejects["answered"]).sum()),
        added=added,
        already_there=comparison.same_answers,
        rejected=int(rejected["answered"].sum()),
        rejected_no_answer=int((~rejected["answered"]).sum()),
        rejects=_by_reason(rejected),
        rejects_file=rejects.write(file.table, rejected, request.rejects_dir, request.exam),
        warnings=matched.warnings,
        synthetic_at=staged.synthetic_at,
        synthetic_time=staged.synthetic_time,
    )
    return summary, versions


def _without_forgotten(connection: Connection, request: ImportRequest, files: _Files) -> _Files:
    forgotten_learners.share(connection, Writer.IMPORT)
    whose = (connection, request.forget_key, request.tenant)
    answers = files.answers
    if answers is not None:
        answers = replace(answers, responses=forgotten.without_forgotten(*whose, answers.responses))
    return replace(files, answers=answers, learners=forgotten.remembered(*whose, files.learners))


def _scored_if_without_keys(answers: _Answers, stored: Mapping[Key, Version]) -> ResponseFile:
    """Return the responses; where no item has a key, cells under `response` are 0 and 1."""
    file = answers.responses
    keyless = without_key(answers.items, stored)
    if file.has("correct") or not keyless:
        return file
    if len(keyless) < len(answers.items.items):
        refuse_without_key(answers.items, keyless)
    file = reader.scored(file)
    matching.check_scored(file)
    return file


def _load(
    connection: Connection, request: ImportRequest, staged: Staged, report: Progress
) -> tuple[responses.Comparison, int]:
    """Stage, compare with the store, and add what is new; return the comparison and the answers added."""
    responses.create_staging(connection)
    responses.stage_sessions(connection, (text for _, text in staging.chunks(staged.sessions)))
    total = len(staged.rows)

    def told() -> Iterator[bytes]:
        for done, text in staging.chunks(staged.rows):
            yield text
            report("load", done, total)

    responses.stage_rows(connection, told())
    comparison = responses.compare(connection)
    responses.add_persons(connection, request.tenant)
    responses.add_sessions(connection, request.tenant, request.exam)
    added = 0
    ends = (
        staged.rows["session"]
        .gather_every(SESSIONS_AT_ONCE_ROWS, SESSIONS_AT_ONCE_ROWS - 1)
        .unique()
        .to_list()
    )
    last = len(staged.sessions) - 1
    first = 0
    for end in [*sorted(end for end in ends if end < last), last]:
        if end >= first:
            added += responses.add_rows(connection, request.tenant, first, end)
            report("add", end + 1, last + 1)
        first = end + 1
    return comparison, added


def _differing(
    comparison: responses.Comparison, matched: matching.Matched, versions: list[Version]
) -> pl.DataFrame:
    """Return the rows that contradict the store, as rejects."""
    if not comparison.differences:
        return rejects.none()
    stored = pl.DataFrame(
        {
            "row": [one.file_row for one in comparison.differences],
            "reason": [_held(one) for one in comparison.differences],
        },
        schema={"row": pl.Int64, "reason": pl.String},
    )
    items = pl.Series([version.item for version in versions])
    rows = matched.frame.join(stored, on="row").with_columns(
        item=items[matched.frame.join(stored, on="row")["number"]]
    )
    return rejects.judge(rows, [rejects.Check(Kind.DIFFERS, pl.lit(True), pl.col("reason"))])[1]


def _held(one: responses.Difference) -> str:
    if one.is_correct is None:
        return f"differs from the stored response: served in version {one.version} without an answer"
    answer = (
        f"option {one.option_label}" if one.option_label else ("correct" if one.is_correct else "incorrect")
    )
    return f"differs from the stored response, which stays: {answer} to version {one.version}"


def _by_reason(rejected: pl.DataFrame) -> dict[str, int]:
    counts = (
        rejected.filter("answered")
        .group_by("kind")
        .len("count")
        .sort(["count", "kind"], descending=[True, False])
    )
    return dict(counts.iter_rows())


def _warnings(files: _Files) -> Iterator[str]:
    if files.answers is not None:
        yield from files.answers.items.warnings
        yield from files.answers.responses.warnings
    for more in (files.learners, files.blueprint):
        if more is not None:
            yield from more.warnings
