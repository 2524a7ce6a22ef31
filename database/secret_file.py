"""Files that hold a secret: readable by their owner alone, and written once."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def write_once(path: Path, text: str) -> None:
    """Write a secret wholly or not at all; one that is there already stays. Raises OSError."""
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(f"{text}\n")
            file.flush()
            os.fsync(descriptor)
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink(missing_ok=True)
