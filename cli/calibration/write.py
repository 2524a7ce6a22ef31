"""Files of `qbank calibrate`: each replaces the one before it only when it is whole."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli.errors import OutputError

_PAGE_OF_CURVES = re.compile(r"icc_[0-9]{2,}\.png")


def ready(folder: Path) -> None:
    """Make the folder and try it, so that no fit ends in a folder that cannot be written."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        put(folder, "trial", b"")
        (folder / "trial").unlink()
    except FileExistsError as error:
        raise OutputError(f"--out {folder}: is a file; name a folder") from error
    except OSError as error:
        raise _not_writable(folder, error) from error


def put(folder: Path, name: str, content: bytes | str) -> None:
    """Write a file beside its place, then move it there."""
    data = content.encode() if isinstance(content, str) else content
    unfinished = folder / f".{name}.unfinished"
    try:
        unfinished.write_bytes(data)
        os.replace(unfinished, folder / name)  # noqa: PTH105 - the same on every system
    except OSError as error:
        raise _not_writable(folder / name, error) from error


def put_json(folder: Path, name: str, values: Mapping[str, Any]) -> None:
    """Write values as JSON; NaN is none of it."""
    put(folder, name, json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def drop_former_curves(folder: Path, kept: set[str]) -> None:
    """Remove pages of curves that a former, larger fit left in the folder."""
    for path in folder.glob("icc_*.png"):
        if _PAGE_OF_CURVES.fullmatch(path.name) and path.name not in kept:
            path.unlink(missing_ok=True)


def _not_writable(path: Path, error: OSError) -> OutputError:
    return OutputError(
        f"{path}: cannot be written ({error.strerror or error}): name another folder with --out"
    )
