"""Errors of the database room.

    DatabaseError
    ├── SettingsError           an environment variable holds what cannot be used
    └── EmbeddedServerError     the embedded Postgres cannot be made, started, reached or stopped

Each message says what was wrong, where, and what to do; it is fit to be shown to a user as it is.
"""

from __future__ import annotations


class DatabaseError(Exception):
    """Base of all errors that this package raises itself."""


class SettingsError(DatabaseError):
    """A QBANK_* variable of the database room is not usable; never contains a password."""


class EmbeddedServerError(DatabaseError):
    """The embedded Postgres did not do what was asked; the message shows the end of its log."""
