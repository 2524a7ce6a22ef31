"""What the environment says about the API: where it listens, who serves, and what is logged and counted.

Nothing is read at import: `load` reads the QBANK_* variables when it is called.
"""

from __future__ import annotations

import ipaddress
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from api_min.errors import SettingsError
from database import settings as database_settings
from database.engine import resolve_url

_ADVICE = {
    "api_host": "set QBANK_API_HOST (or --host) to 127.0.0.1, ::1 or localhost",
    "api_port": "set QBANK_API_PORT (or --port) to a port between 1 and 65535",
    "log_level": "set QBANK_LOG_LEVEL to debug, info, warning, error or critical",
    "log_format": "set QBANK_LOG_FORMAT to text or json",
    "api_workers": "set QBANK_API_WORKERS (or --workers) to a number from 1 to 64",
    "api_metrics_port": "set QBANK_API_METRICS_PORT (or --metrics-port) to a port between 1 and 65535, or unset it",
    "metrics_host": "set QBANK_METRICS_HOST to an address of this machine",
    "database_url": "set QBANK_DATABASE_URL to postgresql://USER:PASSWORD@HOST:PORT/DATABASE",
}


class ApiSettings(BaseSettings):
    """The API's settings; made by `load`. `database_url` may hold a password and stays out of the repr."""

    model_config = SettingsConfigDict(
        env_prefix="QBANK_",
        env_ignore_empty=True,
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
    )

    database_url: str = Field(repr=False)
    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8000, ge=1, le=65535)
    log_level: Literal["debug", "info", "warning", "error", "critical"] = "info"
    log_format: Literal["text", "json"] = "text"
    api_workers: int = Field(default=1, ge=1, le=64)
    api_metrics_port: int | None = Field(default=None, ge=1, le=65535)
    metrics_host: str = "127.0.0.1"

    @field_validator("api_host")
    @classmethod
    def _loopback(cls, host: str) -> str:
        if host == "localhost":
            return host
        try:
            loopback = ipaddress.ip_address(host).is_loopback
        except ValueError:
            loopback = False
        if not loopback:
            raise ValueError(
                f"{host} is not a loopback address, and this release of the API has no authentication:"
                " whoever reached it could read and write every tenant's quizzes"
            )
        return host

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _any_case(cls, word: object) -> object:
        return word.lower() if isinstance(word, str) else word


def load(
    *,
    host: str | None = None,
    port: int | None = None,
    workers: int | None = None,
    metrics_port: int | None = None,
    database_url: str | None = None,
) -> ApiSettings:
    """Read the QBANK_* variables of this room; an argument goes before its variable.

    Without a `database_url` the database room says where the database is, and starts the embedded server
    where none is configured. Raises SettingsError that names every unusable variable, its fault and what to
    set, and database.errors.DatabaseError.
    """
    given: dict[str, Any] = {"api_host": host, "api_port": port, "api_workers": workers}
    given["api_metrics_port"] = metrics_port
    given = {name: value for name, value in given.items() if value is not None}
    given["database_url"] = database_url or resolve_url(database_settings.load())
    try:
        return ApiSettings(**given)
    except ValidationError as invalid:
        faults = "; ".join(_describe(str(error["loc"][0]), error["msg"]) for error in invalid.errors())
    raise SettingsError(faults)


def _describe(field: str, message: str) -> str:
    fault = message.removeprefix("Value error, ")
    return f"QBANK_{field.upper()} is not usable: {fault}; {_ADVICE[field]}"
