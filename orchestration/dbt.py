"""dbt within this process: a manifest for the definitions, and builds told as Dagster events.

One process parses once and builds twice in about a second each; dbt's command line takes several seconds a call.
Only public parts of dbt and dagster-dbt are used. dbt itself takes seconds to import, so that happens when it is asked
to do something: the definitions need no more than its manifest.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy.engine import make_url

from database import settings
from orchestration.dbt_environment import dbt_environment

if TYPE_CHECKING:
    from dbt.artifacts.schemas.run import RunResult
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

PROJECT = Path(__file__).parent.parent / "dbt_qbank"
# Parsing connects to nothing, but the profile must have its variables.
_PARSE_URL = make_url("postgresql+psycopg://qbank@127.0.0.1:5432/qbank")


class DbtFailed(Exception):
    """dbt could not do what it was asked; the text is dbt's own."""


@dataclass(frozen=True)
class NodeResult:
    """What became of one model or test. `status`: success, pass, warn, fail, error or skipped."""

    unique_id: str
    status: str
    message: str
    seconds: float
    rows: int | None
    failures: int | None
    incremental: bool


def manifest_path() -> Path:
    """Return the project's manifest below QBANK_HOME, parsed anew when a file of the project has changed.

    It bears the project's fingerprint, lies where dbt writes nothing, and is put in place whole: several processes may
    look for it at once, and dbt writes its own file in each that builds.
    """
    folder = settings.load().home / "dbt" / "manifests"
    manifest = folder / f"{_fingerprint()}.json"
    if not manifest.exists():
        folder.mkdir(parents=True, exist_ok=True)
        mine = folder / f"{manifest.name}.{os.getpid()}"
        _manifest(_PARSE_URL.render_as_string()).writable_manifest().write(str(mine))
        mine.replace(manifest)
    return manifest


def project_hash() -> str:
    """Return the SHA-256 of what makes the marts: models, macros and the project's settings; not tests or texts."""
    return _hash_of(
        path for path in _files() if path.suffix != ".md" and "tests" not in path.relative_to(PROJECT).parts
    )


def build(url: str, select: list[str], *, full_refresh: bool) -> list[NodeResult]:
    """Run `dbt build` for the selected nodes on the database at `url`; return what became of each.

    With `full_refresh` incremental models are built anew, too. Unit tests are left out: they test the models' text,
    not tonight's data. Two builds at once on one database collide, so callers take turns. Raises DbtFailed where
    dbt could not run at all; a failing test or model is a result, not an error.
    """
    anew = ["--full-refresh"] if full_refresh else []
    arguments = ["build", *anew, "--exclude-resource-type", "unit_test", "--select", *select]
    return [_result(node) for node in results_of(url, arguments)]


def results_of(url: str, arguments: list[str]) -> list[Any]:
    """Run a command of dbt on the database at `url` and return its results, a node each.

    Raises DbtFailed where dbt could not run at all.
    """
    outcome = _invoke(url, arguments, _manifest(url))
    results = getattr(outcome.result, "results", None)
    if results is None:
        raise DbtFailed(f"dbt {' '.join(arguments)} did not run: {outcome.exception}")
    return list(results)


def model_names() -> list[str]:
    """Return the names of all models, which are those of their relations."""
    return sorted(str(node["name"]) for node in _models())


def models_tagged(tag: str) -> set[str]:
    """Return the unique ids of the models that bear a tag."""
    return {str(node["unique_id"]) for node in _models() if tag in node["tags"]}


def _models() -> list[dict[str, Any]]:
    return [node for node in _manifest_file()["nodes"].values() if node["resource_type"] == "model"]


def sources() -> list[dict[str, Any]]:
    """Return the manifest's entries of all sources, by their unique ids."""
    found = _manifest_file()["sources"]
    return [found[unique_id] for unique_id in sorted(found)]


def _manifest_file() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(manifest_path().read_text(encoding="utf-8"))
    return found


def _result(result: RunResult) -> NodeResult:
    response: Mapping[str, Any] = result.adapter_response or {}
    rows = response.get("rows_affected")
    return NodeResult(
        unique_id=result.node.unique_id,
        status=str(result.status),
        message=(result.message or "").strip(),
        seconds=result.execution_time,
        rows=rows if isinstance(rows, int) and rows >= 0 else None,
        failures=result.failures,
        incremental=result.node.config.get("materialized") == "incremental",
    )


def _manifest(url: str) -> Manifest:
    """Return the project's manifest for the database that `url` names, parsed once in this process."""
    return _parsed(dbt_environment(url)["QBANK_DBT_DBNAME"], _fingerprint())


@cache
def _parsed(database: str, fingerprint: str) -> Manifest:  # noqa: ARG001 - a changed project is another manifest
    """Parse the project; a manifest names the database, but no server."""
    from dbt.contracts.graph.manifest import Manifest  # noqa: PLC0415 - as in _invoke

    outcome = _invoke(_PARSE_URL.set(database=database).render_as_string(), ["parse"])
    if not isinstance(outcome.result, Manifest):
        raise DbtFailed(f"dbt could not parse {PROJECT.name}: {outcome.exception}")
    return outcome.result


def _invoke(url: str, arguments: list[str], manifest: Manifest | None = None) -> dbtRunnerResult:
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 - seconds, which loading the definitions shall not take

    home = settings.load().home / "dbt"
    common = [
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
        *("--target-path", str(home / "target"), "--log-path", str(home / "logs")),
        *("--quiet", "--log-level-file", "none"),
    ]
    with _environment(dbt_environment(url)):
        return dbtRunner(manifest=manifest).invoke([*arguments, *common])


@contextmanager
def _environment(variables: Mapping[str, str]) -> Iterator[None]:
    """Set variables for dbt, whose profile reads the environment, and put back what was there."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _fingerprint() -> str:
    return _hash_of(_files())


def _files() -> list[Path]:
    return sorted(path for path in PROJECT.rglob("*") if path.suffix in {".sql", ".yml", ".md"})


def _hash_of(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.relative_to(PROJECT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()
