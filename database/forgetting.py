"""The keyed hash by which a forgotten learner is known, and the key it is made with.

Who reads the hashes without the key learns nothing: user ids can be guessed, HMACs of them cannot. The key is
QBANK_FORGET_KEY, else the file `forget.key` below QBANK_HOME, which the first `qbank forget` makes. A check
value stands beside each hash: with another key nobody would be known again, and that must be noticed.
"""

from __future__ import annotations

import contextlib
import hmac
import secrets
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from uuid import UUID

from database.errors import ForgetKeyError
from database.secret_file import write_once
from database.settings import DatabaseSettings

_FILE = "forget.key"
_KEY_BYTES = 32
_CHECK = b"qbank: which key is this"


@dataclass(frozen=True)
class ForgetKey:
    """Where the key is; read when first needed, since most databases have forgotten nobody."""

    home: Path | None = None
    given: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, settings: DatabaseSettings) -> ForgetKey:
        """Return the key that the settings name."""
        return cls(settings.home, settings.forget_key)

    def hash(self, tenant: UUID, user: UUID) -> bytes:
        """Return the hash of a tenant's learner; ForgetKeyError where there is no key."""
        return hmac.digest(self._key, tenant.bytes + user.bytes, "sha256")

    def check(self) -> bytes:
        """Return what tells this key from another one; ForgetKeyError where there is none."""
        return hmac.digest(self._key, _CHECK, "sha256")[:16]

    def require(self, check: bytes) -> None:
        """Raise ForgetKeyError unless this is the key of that check value."""
        if not hmac.compare_digest(check, self.check()):
            place = self._file() if self.given is None else "QBANK_FORGET_KEY"
            raise ForgetKeyError(
                f"{place} is not the key that forgotten learners were hashed with: with it none of them "
                f"would be known again. Set QBANK_FORGET_KEY to the former key, or put its file back, {_FILE} below "
                "QBANK_HOME"
            )

    def make(self) -> None:
        """Make the key's file, unless there is a key."""
        if self.given is None and not self._file().exists():
            _write(self._file(), secrets.token_hex(_KEY_BYTES))

    def _file(self) -> Path:
        if self.home is None:
            raise ForgetKeyError("there is no key of forgotten learners' hashes: set QBANK_FORGET_KEY")
        return self.home / _FILE

    @cached_property
    def _key(self) -> bytes:
        text = self.given if self.given is not None else self._read()
        with contextlib.suppress(ValueError):  # hexadecimal digits mean what they stand for, in either case
            return bytes.fromhex(text)
        return text.encode()

    def _read(self) -> str:
        path = self._file()
        try:
            text = path.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            raise ForgetKeyError(
                "learners were forgotten, and the key of their hashes is not here: set QBANK_FORGET_KEY to it, or put "
                f"its file back as {path}"
            ) from None
        except (OSError, UnicodeDecodeError) as fault:
            raise ForgetKeyError(f"{path} cannot be read ({fault}): let this user read it") from fault
        if len(text) < _KEY_BYTES:
            raise ForgetKeyError(f"{path} is no key of {_KEY_BYTES} characters or more: put it back")
        return text


def _write(path: Path, text: str) -> None:
    try:
        write_once(path, text)
    except OSError as fault:
        raise ForgetKeyError(
            f"{path} cannot be written ({fault.strerror}): let this user write there, or set QBANK_FORGET_KEY"
        ) from fault
