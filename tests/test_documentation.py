"""Every command, option, variable and asset is documented; what the documents show works."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from pydantic_settings import BaseSettings

from api_min.settings import ApiSettings
from cli.main import app
from database.settings import DatabaseSettings
from ingestion.settings import IngestionSettings
from orchestration.alerts import AlertSettings

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
SNAPSHOT = (ROOT / "tests" / "orchestration" / "snapshots" / "definitions.txt").read_text(encoding="utf-8")
SETTINGS: tuple[type[BaseSettings], ...] = (DatabaseSettings, IngestionSettings, ApiSettings, AlertSettings)
VARIABLE = re.compile(r"\b(?:QBANK_[A-Z_]+[A-Z]|DAGSTER_HOME)\b")
# Derived from QBANK_DATABASE_URL for dbt's profile, never set by hand.
DERIVED = re.compile(r"QBANK_DBT_\w+")
SOURCES = [
    path
    for pattern in ("*/**/*.py", "Makefile", "docker-compose.yml", "Dockerfile")
    for path in ROOT.glob(pattern)
    if not {".venv", ".qbank", "tests"} & set(path.relative_to(ROOT).parts)
]


def commands(group: Any, prefix: str) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command


ALL_COMMANDS = dict(commands(typer.main.get_group(app), "qbank"))


@pytest.mark.parametrize("name", ALL_COMMANDS)
def test_every_command_and_option_is_documented(name: str) -> None:
    assert f"`{name}`" in COMMANDS
    assert ALL_COMMANDS[name].help, name
    for parameter in ALL_COMMANDS[name].params:
        for option in parameter.opts:
            if option.startswith("--") and option != "--help":
                assert re.search(rf"{option}\b", COMMANDS), f"{name} {option}"


def test_no_command_is_documented_that_is_not_there() -> None:
    shown = set(re.findall(r"^\| `(qbank [a-z -]+)`", COMMANDS, flags=re.MULTILINE))
    assert shown == set(ALL_COMMANDS)


def variables() -> set[str]:
    used = {name for path in SOURCES for name in VARIABLE.findall(path.read_text(encoding="utf-8"))}
    used |= {f"QBANK_{field.upper()}" for settings in SETTINGS for field in settings.model_fields}
    return {name for name in used if not DERIVED.fullmatch(name)}


def test_every_variable_stands_in_env_example_and_in_the_commands_page() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert variables() - set(VARIABLE.findall(example)) == set()
    assert variables() - set(VARIABLE.findall(COMMANDS)) == set()


def test_no_variable_is_documented_that_nothing_reads() -> None:
    used = variables() | {"QBANK_TEST_DATABASE_URL"}
    assert set(VARIABLE.findall(COMMANDS)) - used == set()
    assert set(VARIABLE.findall((ROOT / ".env.example").read_text(encoding="utf-8"))) - used == set()


@pytest.mark.parametrize("asset", re.findall(r"^asset (\w+) .* made", SNAPSHOT, flags=re.MULTILINE))
def test_every_asset_is_in_the_architecture_page(asset: str) -> None:
    assert f"`{asset}`" in ARCHITECTURE or (asset.startswith("stg_") and "`stg_*`" in ARCHITECTURE)


@pytest.mark.parametrize(
    "target", sorted(set(re.findall(r"(?:`|^)make ([a-z]+)", README, flags=re.MULTILINE)))
)
def test_make_targets_of_the_readme_exist(target: str) -> None:
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)


@pytest.mark.parametrize(
    "page", [*sorted(p.relative_to(ROOT).as_posix() for p in ROOT.glob("docs/**/*.md")), "README.md"]
)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?://|#)([^)#]+)", text)
    broken = [link for link in links if not ((ROOT / page).parent / link).exists()]
    assert broken == []


def test_the_library_example_of_the_readme_runs() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, flags=re.DOTALL)
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", example], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert len(example.strip().splitlines()) <= 11
    assert "theta" in done.stdout
    assert "-2466.653" in done.stdout
    assert "2PL" in done.stdout
