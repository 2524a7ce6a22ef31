"""What the environment says about databases: where they lie, and for which tenant we work.

Nothing is read at import: `load` reads the QBANK_* variables when it is called.
"""

from __future__ import annotations

import re
from pathlib import Path
from urllib.parse import SplitResult, urlsplit
from uuid import UUID

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from database.errors import SettingsError

DEFAULT_TENANT = UUID("00000000-0000-0000-0000-000000000001")
_DRIVER = "postgresql+psycopg"
_SCHEMES = ("postgresql", "postgres", _DRIVER)
_CLICKHOUSE_PORTS = {"http": 8123, "https": 8443}
_REDIS_SCHEMES = ("redis", "rediss", "unix")
_CLICKHOUSE_DATABASE = "qbank"
_CLICKHOUSE_NAME = re.compile(r"[A-Za-z0-9_-]+")
_ADVICE = {
    "home": "set QBANK_HOME to a folder, or unset it for .qbank in the working directory",
    "database_url": "set QBANK_DATABASE_URL to postgresql://USER:PASSWORD@HOST:PORT/DATABASE"
    " (a password's special characters percent-encoded), or unset it for the embedded server",
    "clickhouse_url": "set QBANK_CLICKHOUSE_URL to http://USER:PASSWORD@HOST:PORT/DATABASE, or https"
    " (a password's special characters percent-encoded), or unset it for the embedded server",
    "redis_url": "set QBANK_REDIS_URL to redis://USER:PASSWORD@HOST:PORT/NUMBER, rediss or unix://PATH (a password's"
    " special characters percent-encoded), or unset it to do without a cache",
    "forget_key": "set QBANK_FORGET_KEY to at least 32 characters, hexadecimal digits or any text, or unset it"
    " for a key of its own below QBANK_HOME",
    "tenant_id": f"set QBANK_TENANT_ID to a UUID, or unset it for {DEFAULT_TENANT}",
}


class DatabaseSettings(BaseSettings):
    """The database room's settings; made by `load`.

    `home` is absolute. `database_url` is an SQLAlchemy URL for psycopg 3, `clickhouse_url` one for HTTP with
    port and database, or None where the embedded server is meant. `forget_key` is the secret that the hashes
    of forgotten learners are made with. `redis_url` is a cache's, None: there is none. None of the four is in
    the repr, since they are or hold secrets.
    """

    model_config = SettingsConfigDict(
        env_prefix="QBANK_",
        env_ignore_empty=True,
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
    )

    home: Path = Path(".qbank")
    database_url: str | None = Field(default=None, repr=False)
    clickhouse_url: str | None = Field(default=None, repr=False)
    redis_url: str | None = Field(default=None, repr=False)
    forget_key: str | None = Field(default=None, min_length=32, repr=False)
    tenant_id: UUID = DEFAULT_TENANT

    @field_validator("home")
    @classmethod
    def _absolute_folder(cls, home: Path) -> Path:
        try:
            absolute = home.expanduser().absolute()
            if absolute.exists() and not absolute.is_dir():
                raise ValueError(f"{absolute} is a file, not a folder")
        except (OSError, RuntimeError) as fault:  # RuntimeError: a ~user whom nobody knows
            raise ValueError(f"{home} cannot be used as a folder ({fault})") from None
        return absolute

    @field_validator("database_url")
    @classmethod
    def _psycopg_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        scheme, separator, _ = value.partition("://")
        if not separator:
            raise ValueError("it is not a URL")
        if scheme not in _SCHEMES:
            raise ValueError(f"the scheme is none of {', '.join(_SCHEMES)}")
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):  # their text repeats the URL, password included
            raise ValueError("it cannot be parsed as a URL") from None
        if not url.database:
            raise ValueError("it names no database")
        return url.set(drivername=_DRIVER).render_as_string(hide_password=False)

    @field_validator("clickhouse_url")
    @classmethod
    def _http_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            port = parts.port
        except ValueError:  # its text repeats part of the URL
            raise ValueError("it cannot be parsed as a URL") from None
        if parts.scheme not in _CLICKHOUSE_PORTS:
            raise ValueError(f"the scheme is none of {', '.join(_CLICKHOUSE_PORTS)}")
        if not parts.hostname:
            raise ValueError("it names no host")
        if parts.query or parts.fragment:
            raise ValueError("it holds more than a database behind the host")
        return _whole(parts, port)

    @field_validator("redis_url")
    @classmethod
    def _redis_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        try:
            parts = urlsplit(value)
            _ = parts.port  # read to be checked
        except ValueError:  # its text repeats part of the URL
            raise ValueError("it cannot be parsed as a URL") from None
        if parts.scheme not in _REDIS_SCHEMES:
            raise ValueError(f"the scheme is none of {', '.join(_REDIS_SCHEMES)}")
        if not (parts.path if parts.scheme == "unix" else parts.hostname):
            raise ValueError("it names no server")
        if parts.scheme != "unix" and not re.fullmatch(r"(/\d*)?", parts.path):
            raise ValueError("its database is not a number")
        if parts.query or parts.fragment:  # the client takes options from there, time limits too
            raise ValueError("it holds more than a database behind the host")
        return value


def _whole(parts: SplitResult, port: int | None) -> str:
    """Return a ClickHouse URL with the defaults filled in: the port of its scheme, the database qbank."""
    database = parts.path.removeprefix("/") or _CLICKHOUSE_DATABASE
    if not _CLICKHOUSE_NAME.fullmatch(database):
        raise ValueError("its database's name is not of letters, digits, _ and - alone")
    login, separator, _ = parts.netloc.rpartition("@")
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else parts.hostname
    port = port or _CLICKHOUSE_PORTS[parts.scheme]
    return f"{parts.scheme}://{login}{separator}{host}:{port}/{database}"


def load() -> DatabaseSettings:
    """Read the QBANK_* variables of this room; an empty variable counts as unset.

    Raises SettingsError that names every unusable variable, its fault, and what to set.
    """
    try:
        return DatabaseSettings()
    except ValidationError as invalid:
        faults = "; ".join(_describe(str(error["loc"][0]), error["msg"]) for error in invalid.errors())
    raise SettingsError(faults)


def _describe(field: str, message: str) -> str:
    fault = message.removeprefix("Value error, ")
    return f"QBANK_{field.upper()} is not usable: {fault}; {_ADVICE[field]}"
