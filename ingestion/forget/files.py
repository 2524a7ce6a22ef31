"""Files of ours below QBANK_HOME that name a learner: what goes, and what only a person can see to.

Servers' data and the event log are not looked into: they are the stores. Rejected rows of the person are taken
out of their files, a worker's last error is dropped from its journal, and what the next run makes anew is
deleted. Whatever else holds one of the ids is only named.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from database.queries.forgetting import Person

_STORES = ("postgres", "clickhouse", "event_log")
_MADE_ANEW = ("reports", "dbt")
_BLOCK = 2**20
_REJECTS = re.compile(r".*-rejects-[0-9a-f]{8}\.csv")


@dataclass(frozen=True)
class Cleaned:
    """What was done to a file, by its path below the home; `left` are files that still hold an id."""

    changed: dict[str, str]
    left: tuple[str, ...]


def clean(home: Path, person: Person, exams: Mapping[str, UUID], *, dry_run: bool) -> Cleaned:
    """Take the learner out of the files below `home`, or only say of which.

    `exams` says whose each exam is: another tenant's person of the same identifier is somebody else.
    """
    ids = re.compile("|".join(f for user in person.user_ids for f in (str(user), user.hex)).encode(), re.I)
    changed: dict[str, str] = {}
    left: list[str] = []
    for path in _files(home):
        place = path.relative_to(home)
        if place.parts[0] == "imports" and _REJECTS.fullmatch(path.name):
            theirs = _tenant_of(path, exams) in (person.tenant_id, None)
            rows = _without_rows(path, person, dry_run=dry_run) if theirs else 0
            if rows:
                changed[str(place)] = f"{rows:,} rows"
        elif _holds(path, ids):
            if place.parts[0] == "ingestion" and path.suffix == ".json":
                changed[str(place)] = "the last error"
                _without_error(path, dry_run=dry_run)
            elif place.parts[0] in _MADE_ANEW:
                changed[str(place)] = "deleted, the next run makes it anew"
                if not dry_run:
                    path.unlink()
            else:
                left.append(str(place))
    return Cleaned(changed, tuple(left))


def _files(home: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(home):
        if Path(folder) == home:
            folders[:] = sorted(set(folders) - set(_STORES))
        for name in sorted(names):
            path = Path(folder) / name
            if path.is_file() and not path.is_symlink():
                yield path


def _holds(path: Path, ids: re.Pattern[bytes]) -> bool:
    """Search block by block, each with the end of the one before: a file may be of any size."""
    before = b""
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if ids.search(before + block):
                return True
            before = block[-64:]
    return False


def _tenant_of(path: Path, exams: Mapping[str, UUID]) -> UUID | None:
    """Return the tenant of the exam that a file of rejected rows is named after; None: of no exam that is known."""
    codes = [code for code in exams if path.name.startswith(f"{code}-")]
    return exams[max(codes, key=len)] if codes else None


def _without_rows(path: Path, person: Person, *, dry_run: bool) -> int:
    """Take a person's rows out of a file of rejected rows and return how many."""
    names = {*person.external_refs, *(str(user) for user in person.user_ids)}
    header, *rows = csv.reader(io.StringIO(path.read_text(encoding="utf-8"), newline=""))
    at = [n for n, column in enumerate(header) if column.casefold() == "person"]
    kept = [row for row in rows if not any(row[n].strip() in names for n in at)]
    if len(kept) < len(rows) and not dry_run:
        text = io.StringIO(newline="")
        csv.writer(text, lineterminator="\n").writerows([header, *kept])
        _replace(path, text.getvalue())
    return len(rows) - len(kept)


def _without_error(path: Path, *, dry_run: bool) -> None:
    if not dry_run:
        kept = json.loads(path.read_bytes())
        _replace(path, json.dumps({name: kept[name] for name in kept if name not in ("error", "error_at")}))


def _replace(path: Path, text: str) -> None:
    draft = path.with_name(f"{path.name}.forgetting")
    with draft.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
