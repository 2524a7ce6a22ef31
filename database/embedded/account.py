"""As whom Postgres runs: it refuses root, so root lends the work to the unprivileged user `nobody`.

No user is created, and no permission outside our own folders is changed.
"""

from __future__ import annotations

import os
import pwd
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from database.errors import EmbeddedServerError

ADVICE = (
    "run as an ordinary user, move the project out of root's home, "
    "or set QBANK_DATABASE_URL to a server of your own"
)
_UNPRIVILEGED = "nobody"


@dataclass(frozen=True)
class Account:
    """An operating-system user; `switch` tells whether we must change to it to act as it."""

    name: str
    uid: int
    gid: int
    switch: bool


def of(data: Path) -> Account:
    """Return the user for the cluster in `data`: its owner; for a new one ourselves or, for root, `nobody`.

    Raises EmbeddedServerError where the data belongs to another user, or root has nobody to lend to.
    """
    ours = os.geteuid()
    owner = data.stat().st_uid if data.exists() else None
    try:
        if ours == 0:
            entry = pwd.getpwnam(_UNPRIVILEGED) if owner is None else pwd.getpwuid(owner)
            if entry.pw_uid == 0:
                raise EmbeddedServerError(
                    f"{data} belongs to root, as whom Postgres does not run: give it back to the user who "
                    f"made it (chown -R {_UNPRIVILEGED} {data} where that was root)"
                )
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, switch=True)
    except KeyError:
        whom = f"user {_UNPRIVILEGED!r}" if owner is None else f"user with the id {owner}, who owns {data}"
        raise EmbeddedServerError(
            f"Postgres does not run as root, and there is no {whom}: {ADVICE}"
        ) from None
    if owner not in (None, ours):
        raise EmbeddedServerError(
            f"{data} belongs to the user with the id {owner}: run as that user, or as root"
        )
    return Account("", ours, os.getegid(), switch=False)


def run(
    who: Account, command: Sequence[str | Path], folder: Path, *, text: str = "", keep: int | None = None
) -> subprocess.CompletedProcess[str]:
    """Run `command` in `folder` as `who`, with `text` on its stdin and the descriptor `keep` inherited.

    It gets a session of its own, so that Ctrl-C at our terminal does not reach it, and an environment
    without PG* variables or a locale that would change what it does. Raises OSError where it cannot run.
    """
    return subprocess.run(
        [str(part) for part in command],
        cwd=folder,
        input=text,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
        env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"},
        start_new_session=True,
        pass_fds=() if keep is None else (keep,),
        user=who.uid if who.switch else None,
        group=who.gid if who.switch else None,
        extra_groups=[] if who.switch else None,
    )


def can_enter(who: Account, folder: Path) -> bool:
    """Return whether `who` may enter `folder` through all its parents, by trying it.

    Raises EmbeddedServerError where we may not act as `who` at all.
    """
    if not who.switch:
        return os.access(folder, os.X_OK)
    try:
        return run(who, ["/bin/sh", "-c", 'test -x "$1"', "sh", folder], Path("/")).returncode == 0
    except PermissionError:
        raise EmbeddedServerError(
            f"Postgres does not run as root, and this root may not act as {who.name}: {ADVICE}"
        ) from None


def give(who: Account, path: Path, mode: int) -> None:
    """Make the file or folder `path` of ours belong to `who`, with `mode`."""
    if who.switch:
        os.chown(path, who.uid, who.gid)
    path.chmod(mode)
