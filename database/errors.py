"""Errors of the database room.

    DatabaseError
    ├── SettingsError           an environment variable holds what cannot be used
    ├── EmbeddedServerError     an embedded server cannot be made, started, reached or stopped
    ├── MartsError              marts cannot be built or published as asked
    │   └── MartsInUseError     readers hold what is live; ask again later
    ├── ReviewError             a run or a flag is not there, or cannot be decided so
    ├── AnalystError            a login cannot be made an analyst
    ├── ForgetKeyError          the key of the forgotten learners' hashes is missing, unusable, or another one
    ├── RedisUnavailableError   Redis does not answer at once, or refuses
    └── ClickHouseError         ClickHouse refused what was asked of it, or is not configured
        └── ClickHouseUnavailableError    it does not answer

Each message says what was wrong, where, and what to do; it is fit to be shown to a user as it is.
"""

from __future__ import annotations


class DatabaseError(Exception):
    """Base of all errors that this package raises itself."""


class SettingsError(DatabaseError):
    """A QBANK_* variable of the database room is not usable; never contains a password."""


class EmbeddedServerError(DatabaseError):
    """An embedded server did not do what was asked; the message shows the end of its log."""


class MartsError(DatabaseError):
    """Marts cannot be built or published as asked; what is live stays live."""


class MartsInUseError(MartsError):
    """Transactions that read the live marts have not ended in time; ask again later."""


class ReviewError(DatabaseError):
    """A calibration run or an item flag is not there, or its standing does not allow what was decided."""


class AnalystError(DatabaseError):
    """A login cannot be made an analyst: it is not there, or it would see more than an analyst may."""


class ForgetKeyError(DatabaseError):
    """The key of the forgotten learners' hashes is missing, unusable, or another one; never contains a key."""


class RedisUnavailableError(DatabaseError):
    """Redis does not answer at once, or refuses; what was asked may have been done or not."""


class ClickHouseError(DatabaseError):
    """ClickHouse refused what was asked of it, or is not configured; never contains a password.

    `code` is ClickHouse's own number of the error; 0: it has none.
    """

    def __init__(self, message: str, code: int = 0) -> None:
        self.code = code
        super().__init__(message)


class ClickHouseUnavailableError(ClickHouseError):
    """ClickHouse does not answer, or not now: what was asked may have been done or not; ask again later."""
