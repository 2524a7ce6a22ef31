"""ClickHouse: where it is, a client of it, its tables.

It is the server that QBANK_CLICKHOUSE_URL names, else the embedded one below QBANK_HOME; where the package
chdb is not installed either, there is none and nothing is written to it. SQL stands in `queries.attempts`.
"""

from __future__ import annotations

from clickhouse_connect.driver.client import Client

from database.clickhouse import embedded, migrate
from database.clickhouse.session import UNKNOWN_DATABASE, connect, create_database
from database.errors import ClickHouseError
from database.settings import DatabaseSettings

__all__ = ["is_configured", "open_client", "open_url", "resolve_url", "running_url"]


def is_configured(settings: DatabaseSettings) -> bool:
    """Return whether there is a ClickHouse to write to: one that is named, or can be started."""
    return settings.clickhouse_url is not None or embedded.is_installed()


def resolve_url(settings: DatabaseSettings) -> str:
    """Return where ClickHouse is: the one configured, else the embedded server, started if need be.

    Raises ClickHouseError where there is neither, and EmbeddedServerError.
    """
    if not is_configured(settings):
        raise ClickHouseError(
            "there is no ClickHouse: set QBANK_CLICKHOUSE_URL to a server of your own, or install the embedded "
            "one (pip install 'qbank[embedded]')"
        )
    return settings.clickhouse_url or embedded.ensure_running(settings.home)


def running_url(settings: DatabaseSettings) -> str | None:
    """Return where ClickHouse is, starting nothing; None: none is configured and the embedded one is down."""
    return settings.clickhouse_url or embedded.status(settings.home).url


def open_client(settings: DatabaseSettings) -> Client:
    """Return a client of a database with all its tables, starting the embedded server if need be.

    Raises ClickHouseError (its Unavailable where a server does not answer) and EmbeddedServerError.
    """
    return open_url(resolve_url(settings))


def open_url(url: str) -> Client:
    """Return a client of the database at `url`, made and migrated as needed. Raises as `open_client`."""
    try:
        client = connect(url)
    except ClickHouseError as fault:
        if fault.code != UNKNOWN_DATABASE:
            raise
        create_database(url)
        client = connect(url)
    migrate.upgrade(client)
    return client
