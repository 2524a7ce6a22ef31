"""The command as a person runs it, in this process: what it printed, and how it ended."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli import console
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
        monkeypatch.setattr(sys, "argv", ["qbank", *map(str, arguments)])
        for each, stream in ((console.out, sys.stdout), (console.errors, sys.stderr)):
            monkeypatch.setattr(each, "file", stream)
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as ended:
            code = int(ended.code or 0)
        printed = capsys.readouterr()
        return Ended(code, printed.out, printed.err)

    return run


@pytest.fixture
def attempts(clickhouse_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Let the command find a database of this test in ClickHouse; its URL."""
    monkeypatch.setenv("QBANK_CLICKHOUSE_URL", clickhouse_url)
    return clickhouse_url
