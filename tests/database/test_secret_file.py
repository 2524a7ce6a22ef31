"""Files that hold a secret."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from database.secret_file import write_once


def test_it_is_written_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "secret"
    write_once(path, "first")
    write_once(path, "second")
    assert path.read_text() == "first\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in path.parent.iterdir()] == ["secret"]


def test_where_it_cannot_be_written_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        write_once(tmp_path / "file" / "secret", "text")
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
