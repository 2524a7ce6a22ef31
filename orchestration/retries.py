"""Which faults of a step pass by themselves: a connection that was lost. Data that are wrong are wrong again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from dagster import RetryRequested
from sqlalchemy.exc import DBAPIError

from database.errors import DatabaseError

MOST_RETRIES = 3
SECONDS_TO_WAIT = 5.0
# SQLSTATEs of a server that is going down, coming up or out of places; class 08 is connections.
_PASSING = {"57P01", "57P02", "57P03", "53300"}


class ConnectionLostError(RetryRequested, DatabaseError):
    """The database went away in the middle of a step: Dagster runs the step again; elsewhere it is an error."""

    def __init__(self, cause: DBAPIError) -> None:
        super().__init__(max_retries=MOST_RETRIES, seconds_to_wait=SECONDS_TO_WAIT)
        first = (str(cause.orig).strip().splitlines() or ["it gave no reason"])[0]
        self.args = (f"the connection to the database was lost: {first}. `qbank doctor` says what to do.",)


@contextmanager
def repeated_when_lost() -> Iterator[None]:
    """Ask for the step once more where its connection was lost; every other error goes through as it is.

    Steps may be repeated: what one writes is one transaction, and the same work again writes the same.
    """
    try:
        yield
    except Exception as fault:
        cause = _database_fault(fault)
        if cause is None or not is_lost(cause):
            raise
        raise ConnectionLostError(cause) from fault


def is_lost(fault: DBAPIError) -> bool:
    """Tell whether an error means that the server went away, rather than that it refused what it was asked."""
    state = getattr(fault.orig, "sqlstate", None)
    if state is None:
        # Without an answer of the server there is no state: it was not reached, or went away in between.
        return type(fault.orig).__name__ == "OperationalError"
    return state in _PASSING or str(state).startswith("08")


def _database_fault(fault: BaseException) -> DBAPIError | None:
    """Return the error of the database behind an error, where there is one."""
    cause: BaseException | None = fault
    while cause is not None and not isinstance(cause, DBAPIError):
        cause = cause.__cause__
    return cause
