"""Where a home's embedded ClickHouse lies: one folder, which nobody but its user may enter."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from database.errors import EmbeddedServerError

USER = "qbank"
DATABASE = "qbank"


class Listening(NamedTuple):
    """Which process owns the data, and on which loopback port it answers (None: not yet)."""

    pid: int
    port: int | None


@dataclass(frozen=True)
class Place:
    """The paths of one embedded server; `root` is <home>/clickhouse."""

    root: Path

    @property
    def lock(self) -> Path:
        """Held while someone starts, stops or deletes the server."""
        return self.root / "lock"

    @property
    def alive(self) -> Path:
        """Held by the owner process as long as it lives."""
        return self.root / "alive"

    @property
    def data(self) -> Path:
        """Everything that chDB keeps."""
        return self.root / "data"

    @property
    def scratch(self) -> Path:
        """Rows on their way in; whatever is found there at a start is rubbish."""
        return self.root / "scratch"

    @property
    def log(self) -> Path:
        """What the owner wrote."""
        return self.root / "log"

    @property
    def listening(self) -> Path:
        """The owner's process id, and its port from when it answers."""
        return self.root / "listening"

    @property
    def password(self) -> Path:
        """What the owner asks of whoever speaks to it."""
        return self.root / "password"


def find(home: Path) -> Place:
    """Return the place of `home`'s server, made or not."""
    return Place(home.resolve() / "clickhouse")


def prepare(home: Path) -> Place:
    """Make the folder; `home` itself is made open to enter, since Postgres may run as another user.

    Raises EmbeddedServerError where the folder belongs to another user, and OSError.
    """
    if not home.exists():
        home.mkdir(parents=True, exist_ok=True)
        home.chmod(0o755)
    place = find(home)
    place.root.mkdir(mode=0o700, exist_ok=True)
    owner = place.root.stat().st_uid
    if owner != os.geteuid():
        raise EmbeddedServerError(
            f"{place.root} belongs to the user with the id {owner}: run as that user, or set QBANK_HOME to "
            "a folder of your own"
        )
    place.root.chmod(0o700)
    return place


def settle(place: Place) -> None:
    """Make what a start needs, and forget the owner before. The caller holds both locks."""
    place.listening.unlink(missing_ok=True)
    place.data.mkdir(mode=0o700, exist_ok=True)
    place.scratch.mkdir(mode=0o700, exist_ok=True)
    for left in place.scratch.iterdir():
        left.unlink()
    if not place.password.exists():
        _write(place.password, secrets.token_urlsafe(24))


def tell(place: Place, pid: int, port: int | None) -> None:
    """Write down which process is the owner, and its port."""
    _write(place.listening, f"{pid} {port or ''}\n")


def told(place: Place) -> Listening | None:
    """Return what the owner wrote down; None: nothing yet."""
    try:
        pid, _, port = place.listening.read_text().strip().partition(" ")
    except FileNotFoundError:
        return None
    return Listening(int(pid), int(port) if port else None)


def secret(place: Place) -> str:
    """Return the password of the server."""
    return place.password.read_text()


def _write(path: Path, text: str) -> None:
    fresh = path.with_name(f"{path.name}.new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    fresh.replace(path)
