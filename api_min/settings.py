"""What the environment says about the API: where it listens, whom it answers, who serves, what is logged and counted.

Nothing is read at import: `load` reads the QBANK_* variables when it is called.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import NoDecode

from api_min.auth.settings import ADVICE, AuthSettings, is_loopback, told
from api_min.errors import SettingsError
from api_min.rates import DEFAULT, Rate
from database import settings as database_settings
from database.engine import resolve_url

_HOST: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:.]+")
_ADVICE: Final = {
    **ADVICE,
    "api_host": "set QBANK_API_HOST (or --host) to 127.0.0.1, ::1 or localhost; another address needs QBANK_AUTH=jwt"
    " and QBANK_JWT_KEY or QBANK_JWKS_URL",
    "api_port": "set QBANK_API_PORT (or --port) to a port between 1 and 65535",
    "log_level": "set QBANK_LOG_LEVEL to debug, info, warning, error or critical",
    "log_format": "set QBANK_LOG_FORMAT to text or json",
    "api_workers": "set QBANK_API_WORKERS (or --workers) to a number from 1 to 64",
    "api_metrics_port": "set QBANK_API_METRICS_PORT (or --metrics-port) to a port between 1 and 65535, or unset it",
    "metrics_host": "set QBANK_METRICS_HOST to an address of this machine",
    "rate_limit": f"set QBANK_RATE_LIMIT to requests a second and at once, such as {DEFAULT}, or to off",
    "cors_origins": "set QBANK_CORS_ORIGINS to origins such as https://quiz.example.org, separated by commas",
    "database_url": "set QBANK_DATABASE_URL to postgresql://USER:PASSWORD@HOST:PORT/DATABASE",
}


class ApiSettings(AuthSettings):
    """The API's settings; made by `load`. `database_url` may hold a password and stays out of the repr."""

    database_url: str = Field(repr=False)
    api_host: str = "127.0.0.1"
    api_port: int = Field(default=8000, ge=1, le=65535)
    log_level: Literal["debug", "info", "warning", "error", "critical"] = "info"
    log_format: Literal["text", "json"] = "text"
    api_workers: int = Field(default=1, ge=1, le=64)
    api_metrics_port: int | None = Field(default=None, ge=1, le=65535)
    metrics_host: str = "127.0.0.1"

    rate_limit: str | None = None
    cors_origins: Annotated[tuple[str, ...], NoDecode] = ()

    @property
    def rate(self) -> Rate | None:
        """How many requests a caller may make; None: any number. Unset: a limit where others reach the service."""
        text = self.rate_limit or ("off" if is_loopback(self.api_host) else DEFAULT)
        return None if text == "off" else Rate.read(text)

    @field_validator("api_host")
    @classmethod
    def _guarded(cls, host: str, info: ValidationInfo) -> str:
        if is_loopback(host):
            return host
        if not _HOST.fullmatch(host):
            raise ValueError(f"{host} is no address")
        if "auth" in info.data and info.data["auth"] != "jwt":
            raise ValueError(
                f"{host} is not a loopback address, and QBANK_AUTH is off: whoever reached it could read"
                " and write every tenant's quizzes"
            )
        if info.data.get("jwt_key") is None and info.data.get("jwks_url") is None:
            raise ValueError(
                f"{host} is not a loopback address, and the development key is good on such alone"
            )
        return host

    @field_validator("rate_limit")
    @classmethod
    def _readable(cls, text: str | None) -> str | None:
        if text is not None and text != "off":
            Rate.read(text)
        return text

    @field_validator("cors_origins", mode="before")
    @classmethod
    def _listed(cls, given: object) -> object:
        return tuple(filter(None, map(str.strip, given.split(",")))) if isinstance(given, str) else given

    @field_validator("cors_origins")
    @classmethod
    def _origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            parts = urlsplit(origin)
            if (
                parts.scheme not in ("http", "https")
                or origin != f"{parts.scheme}://{parts.netloc}"
                or not parts.hostname
            ):
                raise ValueError(f"{origin} is no origin")
        return origins

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
        raise SettingsError(told(invalid, _ADVICE)) from None


def in_process() -> ApiSettings:
    """Read the variables for an application that listens nowhere: who runs it asks for everybody, without a token."""
    return load().model_copy(update={"auth": "off", "rate_limit": "off"})
