"""Where a home's cluster lies: in the home itself, or elsewhere where Postgres' user cannot enter that.

Root's projects often lie where no other user may enter. Their cluster is then made below /var/lib/qbank,
and <home>/postgres/elsewhere points to it. A moved home takes its cluster along; the copy of a home does
not get to share the original's.
"""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass
from pathlib import Path

from database.embedded import account
from database.errors import EmbeddedServerError

ELSEWHERE = Path("/var/lib/qbank")


@dataclass(frozen=True)
class Cluster:
    """The paths of one cluster: `door` is always <home>/postgres, `root` holds the data."""

    door: Path
    root: Path

    @property
    def lock(self) -> Path:
        """Held while someone makes, starts, stops or deletes the cluster."""
        return self.door / "lock"

    @property
    def alive(self) -> Path:
        """Held as long as initdb, the server or one of its children lives."""
        return self.root / "alive"

    @property
    def data(self) -> Path:
        """The complete data directory."""
        return self.root / "data"

    @property
    def unfinished(self) -> Path:
        """A data directory in the making; whatever is found there is rubbish."""
        return self.root / "data.unfinished"

    @property
    def log(self) -> Path:
        """What the server wrote."""
        return self.root / "log"

    @property
    def port(self) -> Path:
        """The port to prefer at the next start."""
        return self.root / "port"


def find(home: Path) -> Cluster:
    """Return the cluster of `home`, made or not. Raises EmbeddedServerError where its pointer is not ours."""
    door = home.resolve() / "postgres"
    root = _pointed_to(door)
    if root is None:
        return Cluster(door, door)
    if root.parent != ELSEWHERE:
        raise EmbeddedServerError(
            f"{_pointer(door)} names a folder that is not ours ({root}): delete that file"
        )
    owner = _owner(root)
    copied = owner not in (None, door) and _pointed_to(Path(str(owner))) == root
    return Cluster(door, door) if copied else Cluster(door, root)


def prepare(home: Path) -> None:
    """Make `home` and its door, open to enter for all: whoever Postgres runs as must get through."""
    for folder in (home, home / "postgres"):
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)


def settle(home: Path) -> Cluster:
    """Return the cluster of `home`, choosing its place if it has none yet. The caller holds the lock.

    Raises EmbeddedServerError where Postgres' user can enter neither `home` nor a folder elsewhere.
    """
    cluster = find(home)
    if cluster.root != cluster.door:
        (cluster.root / "home").write_text(f"{cluster.door}\n")
        return cluster
    who = account.of(cluster.data)
    if cluster.data.exists() or account.can_enter(who, cluster.door):
        return cluster
    try:
        elsewhere = Cluster(cluster.door, _new_folder(cluster.door))
    except OSError as fault:
        raise EmbeddedServerError(
            f"Postgres would run as {who.name}, who cannot enter {cluster.door}, and no folder can be made "
            f"below {ELSEWHERE} ({fault}): {account.ADVICE}"
        ) from fault
    if not account.can_enter(who, elsewhere.root):
        elsewhere.root.rmdir()
        raise EmbeddedServerError(
            f"Postgres would run as {who.name}, who can enter neither {cluster.door} "
            f"nor {ELSEWHERE}: {account.ADVICE}"
        )
    (elsewhere.root / "home").write_text(f"{cluster.door}\n")
    _pointer(cluster.door).write_text(f"{elsewhere.root}\n")
    return elsewhere


def folders_of(cluster: Cluster) -> list[Path]:
    """Return the folders to delete with the cluster: the data first, the door with the lock last."""
    return [cluster.door] if cluster.root == cluster.door else [cluster.root, cluster.door]


def _new_folder(door: Path) -> Path:
    name = hashlib.sha256(str(door).encode()).hexdigest()[:12]
    if not ELSEWHERE.exists():
        ELSEWHERE.mkdir(parents=True, exist_ok=True)
        ELSEWHERE.chmod(0o755)
    # What has this name already may serve a home that was moved away: it is left alone.
    taken = (ELSEWHERE / (name if n == 1 else f"{name}-{n}") for n in itertools.count(1))
    folder = next(path for path in taken if not path.exists())
    folder.mkdir()
    folder.chmod(0o755)
    return folder


def _pointer(door: Path) -> Path:
    return door / "elsewhere"


def _pointed_to(door: Path) -> Path | None:
    return _read_path(_pointer(door))


def _owner(root: Path) -> Path | None:
    return _read_path(root / "home")


def _read_path(file: Path) -> Path | None:
    try:
        return Path(file.read_text().removesuffix("\n"))
    except FileNotFoundError:
        return None
