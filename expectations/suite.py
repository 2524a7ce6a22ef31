"""Suites as data: what stands in expectations/suites, read and checked.

A suite is two files of one name: NAME.sql selects the rows to check, NAME.json says what is expected of
them. In the JSON, `thresholds` holds each number that a person may set, once; descriptions, arguments and
conditions refer to it as {name}. An expectation is either one of Great Expectations' own (`expectation`,
its class, with `arguments`), or a condition in SQL that a row at fault fulfils (`unexpected`), optionally
tolerated up to `at_most` {rows, share, of, per}: at most `rows` rows, or `share` of the rows that fulfil
`of`, whichever is more, within each group of the columns `per`.

The query may refer to thresholds too, and to {marts}, the schema of the marts to check, which the runner fills in.
`asset` names what the suite is about where that is not its own name. No rows fail a suite, for nearly everything
is true of none; where that can be right, `empty_passes_when` says so: `condition`, in SQL, and `because`, in words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, get_args

from expectations.errors import SuiteFileError, UnknownSuite
from expectations.results import Severity

SUITES = Path(__file__).parent / "suites"
_SUITE_FIELDS = {"description", "parameters", "keys", "thresholds", "expectations"}
_OPTIONAL_SUITE_FIELDS = {"asset", "empty_passes_when"}
_EXPECTATION_FIELDS = {"id", "severity", "description"}
_OPTIONAL_FIELDS = {"expectation", "arguments", "unexpected", "at_most", "show"}
_REFERENCE = re.compile(r"\{(\w+)\}")
MARTS = "{marts}"
_GIVEN = {"marts": MARTS}


@dataclass(frozen=True)
class Tolerance:
    """How many rows may be at fault: `rows`, or `share` of those that fulfil `of`, in each group `per`."""

    rows: int = 0
    share: float = 0.0
    of: str = "true"
    per: tuple[str, ...] = ()


@dataclass(frozen=True)
class Expectation:
    """One expectation of a suite; either `kind` with `arguments`, or `unexpected`, is set."""

    id: str
    description: str
    severity: Severity
    kind: str | None = None
    arguments: Mapping[str, Any] = field(default_factory=dict)
    unexpected: str | None = None
    at_most: Tolerance | None = None
    show: tuple[str, ...] = ()


@dataclass(frozen=True)
class NoRows:
    """When no rows are right: `condition` is true in SQL, `because` says what it means."""

    condition: str
    because: str


@dataclass(frozen=True)
class Suite:
    """A suite: its query, the query's parameters, the columns that name a row, and its expectations."""

    name: str
    asset: str
    description: str
    query: str
    parameters: tuple[str, ...]
    keys: tuple[str, ...]
    expectations: tuple[Expectation, ...]
    empty_passes_when: NoRows | None = None


def suite_names() -> tuple[str, ...]:
    """Names of all suites, sorted."""
    return tuple(sorted(path.stem for path in SUITES.glob("*.json")))


def load_suite(name: str) -> Suite:
    """Read a suite; costs no database and no import of Great Expectations.

    Raises UnknownSuite, or SuiteFileError where its files cannot be used.
    """
    if name not in suite_names():
        raise UnknownSuite(f"there is no suite {name!r}; the suites are {', '.join(suite_names())}")
    return read_suite(SUITES / f"{name}.json")


def read_suite(path: Path) -> Suite:
    """Read the suite whose JSON stands at `path`, its SQL beside it. Raises SuiteFileError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        query = path.with_suffix(".sql").read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as fault:
        raise SuiteFileError(f"suite {path.stem} cannot be read: {fault}") from None
    _require(
        isinstance(content, dict) and set(content) - _OPTIONAL_SUITE_FIELDS == _SUITE_FIELDS,
        path,
        f"its fields must be exactly {', '.join(sorted(_SUITE_FIELDS))};"
        f" {' and '.join(sorted(_OPTIONAL_SUITE_FIELDS))} may be added",
    )
    # Great Expectations insists on the word at the very start.
    _require(
        query[:6].upper() == "SELECT" and not query.endswith(";"),
        path,
        "its query must begin with SELECT and end without a semicolon",
    )
    used: set[str] = set()
    thresholds = content["thresholds"]
    expectations = tuple(_expectation(path, entry, thresholds, used) for entry in content["expectations"])
    ids = [expectation.id for expectation in expectations]
    _require(len(ids) > 0 and len(set(ids)) == len(ids), path, "each expectation needs an id of its own")
    query = _sql(path, "query", query, thresholds, used)
    no_rows = _no_rows(path, content.get("empty_passes_when"), thresholds, used)
    unused = set(thresholds) - used
    _require(not unused, path, f"thresholds that nothing refers to: {', '.join(sorted(unused))}")
    return Suite(
        path.stem,
        content.get("asset", path.stem),
        content["description"],
        query,
        tuple(content["parameters"]),
        tuple(content["keys"]),
        expectations,
        no_rows,
    )


def _sql(path: Path, what: str, sql: str, thresholds: Mapping[str, Any], used: set[str]) -> str:
    refers = set(_REFERENCE.findall(sql)) - set(_GIVEN)
    unset = refers - set(thresholds)
    _require(not unset, path, f"its {what} refers to thresholds that are not set: {', '.join(sorted(unset))}")
    used |= refers
    return str(_fill(sql, {**thresholds, **_GIVEN}))


def _no_rows(path: Path, entry: Any, thresholds: Mapping[str, Any], used: set[str]) -> NoRows | None:
    if entry is None:
        return None
    _require(
        isinstance(entry, dict) and set(entry) == {"condition", "because"} and all(entry.values()),
        path,
        "empty_passes_when needs condition and because, and nothing else",
    )
    return NoRows(
        _sql(path, "empty_passes_when", entry["condition"], thresholds, used),
        _sql(path, "empty_passes_when", entry["because"], thresholds, used),
    )


def _expectation(
    path: Path, entry: dict[str, Any], thresholds: Mapping[str, Any], used: set[str]
) -> Expectation:
    name = entry.get("id", "without an id")
    unknown = set(entry) - _EXPECTATION_FIELDS - _OPTIONAL_FIELDS
    _require(not unknown, path, f"expectation {name} has unknown fields: {', '.join(sorted(unknown))}")
    missing = sorted(key for key in _EXPECTATION_FIELDS if not entry.get(key))
    _require(not missing, path, f"expectation {name} lacks {', '.join(missing)}")
    _require(
        entry["severity"] in get_args(Severity),
        path,
        f"expectation {name}: severity must be one of {', '.join(get_args(Severity))}",
    )
    _require(
        ("expectation" in entry) != ("unexpected" in entry),
        path,
        f"expectation {name} needs either `expectation` or `unexpected`",
    )
    refers = set(_REFERENCE.findall(json.dumps(entry)))
    _require(
        refers <= set(thresholds),
        path,
        f"expectation {name} refers to thresholds that are not set: "
        f"{', '.join(sorted(refers - set(thresholds)))}",
    )
    used |= refers
    filled = _fill(entry, thresholds)
    tolerance = filled.get("at_most")
    if tolerance is not None:
        tolerance = Tolerance(**{**tolerance, "per": tuple(tolerance.get("per", ()))})
    return Expectation(
        filled["id"],
        filled["description"],
        filled["severity"],
        filled.get("expectation"),
        filled.get("arguments", {}),
        filled.get("unexpected"),
        tolerance,
        tuple(filled.get("show", ())),
    )


def _fill(value: Any, thresholds: Mapping[str, Any]) -> Any:
    """Put thresholds in the place of their names; a text that is nothing but a name becomes the number."""
    if isinstance(value, dict):
        return {key: _fill(inner, thresholds) for key, inner in value.items()}
    if isinstance(value, list):
        return [_fill(inner, thresholds) for inner in value]
    if not isinstance(value, str):
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole is not None:
        return thresholds[whole.group(1)]
    return _REFERENCE.sub(lambda reference: str(thresholds[reference.group(1)]), value)


def _require(fulfilled: bool, path: Path, fault: str) -> None:
    if not fulfilled:
        raise SuiteFileError(f"suite {path.stem} ({path.name}) cannot be used: {fault}")
