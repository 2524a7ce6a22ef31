"""The command as a person runs it, in this process: what it printed, and how it ended."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.main import main


@dataclass(frozen=True)
class Ended:
    """Exit code, standard output and standard error of a command."""

    code: int
    out: str
    err: str

    @property
    def said(self) -> str:
        """All that it printed, lines joined."""
        return " ".join((self.out + self.err).split())


Qbank = Callable[..., Ended]


def run_command(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Ended:
    """Run a command in this process. The consoles write to the streams that stand now: they are not set here."""
    monkeypatch.setattr(sys, "argv", command)
    capsys.readouterr()
    code = 0
    try:
        main()
    except SystemExit as left:
        code = int(left.code or 0)
    printed = capsys.readouterr()
    return Ended(code, printed.out, printed.err)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of its own."""
    monkeypatch.setenv("QBANK_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("DAGSTER_HOME", raising=False)
    return tmp_path / "home"


@pytest.fixture
def qbank(
    home: Path, database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Qbank:
    """Run `qbank ...` on a migrated database of this test."""
    monkeypatch.setenv("QBANK_DATABASE_URL", database_url)

    def run(*arguments: str | Path) -> Ended:
        return run_command(["qbank", *map(str, arguments)], monkeypatch, capsys)

    return run


@pytest.fixture
def attempts(clickhouse_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the command find a database of this test in ClickHouse; its URL."""
    monkeypatch.setenv("QBANK_CLICKHOUSE_URL", clickhouse_url)
    return clickhouse_url
