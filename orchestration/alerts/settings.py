"""Where alerts go, as the environment says: QBANK_ALERT_*, read when a run has failed."""

from __future__ import annotations

from typing import Literal
from urllib.parse import SplitResult, urlsplit

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from database.errors import SettingsError

_ADVICE = {
    "alert_webhook": "set QBANK_ALERT_WEBHOOK to https://HOST/PATH, or unset it for no webhook",
    "alert_mail_to": "set QBANK_ALERT_MAIL_TO to addresses, separated by commas, or unset it for no mail",
    "alert_mail_from": "set QBANK_ALERT_MAIL_FROM to one address",
    "alert_smtp": "set QBANK_ALERT_SMTP to smtp://[USER:PASSWORD@]HOST:PORT or smtps://...",
}
_PORTS = {"smtp": 25, "smtps": 465}


class AlertSettings(BaseSettings):
    """Channels of alerts; made by `load`. URLs may hold secrets and stay out of the repr and of messages."""

    model_config = SettingsConfigDict(
        env_prefix="QBANK_",
        env_ignore_empty=True,
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
    )

    alert_webhook: str | None = Field(default=None, repr=False)
    alert_mail_to: str | None = None
    alert_mail_from: str = "qbank@localhost"
    alert_smtp: str = Field(default="smtp://127.0.0.1:25", repr=False)

    @field_validator("alert_webhook")
    @classmethod
    def _http(cls, url: str | None) -> str | None:
        if url is not None:
            _split(url, "http", "https")
        return url

    @field_validator("alert_smtp")
    @classmethod
    def _smtp(cls, url: str) -> str:
        _split(url, "smtp", "smtps")
        return url

    @field_validator("alert_mail_to", "alert_mail_from")
    @classmethod
    def _addresses(cls, given: str | None) -> str | None:
        for address in [] if given is None else given.split(","):
            name, at, host = address.strip().rpartition("@")
            if not (name and at and host) or address.strip().split() != [address.strip()]:
                raise ValueError(f"{address.strip()!r} is not an address")
        return given

    @property
    def recipients(self) -> list[str]:
        """Addresses that get a mail; none where no mail is meant."""
        return [address.strip() for address in (self.alert_mail_to or "").split(",") if address.strip()]

    @property
    def mail_server(self) -> MailServer:
        """The server that takes the mails."""
        return MailServer(_split(self.alert_smtp, "smtp", "smtps"))


class MailServer:
    """A mail server by its parts. `login` is None where none is meant; `encryption` how the password is kept safe."""

    def __init__(self, url: SplitResult) -> None:
        self.host = str(url.hostname)
        self.port = url.port or _PORTS[url.scheme]
        self.login = None if url.username is None else (url.username, url.password or "")
        self.encryption: Literal["none", "from the start", "before the login"] = "none"
        if url.scheme == "smtps":
            self.encryption = "from the start"
        elif self.login is not None and self.host not in {"127.0.0.1", "::1", "localhost"}:
            self.encryption = "before the login"


def load() -> AlertSettings:
    """Read the variables; SettingsError names every one that is not usable, and repeats no secret."""
    try:
        return AlertSettings()
    except ValidationError as invalid:
        faults = "; ".join(_describe(str(error["loc"][0]), error["msg"]) for error in invalid.errors())
    raise SettingsError(faults)


def _describe(field: str, message: str) -> str:
    fault = message.removeprefix("Value error, ")
    return f"QBANK_{field.upper()} is not usable: {fault}; {_ADVICE[field]}"


def _split(url: str, *schemes: str) -> SplitResult:
    """Take a URL apart; ValueError, without the URL, where it is none of the schemes."""
    parts = urlsplit(url)
    if parts.scheme not in schemes or not parts.hostname:
        raise ValueError(f"it is no URL of {' or '.join(schemes)}")
    try:
        parts.port  # noqa: B018 - a property that raises
    except ValueError:
        raise ValueError("its port is no number up to 65535") from None
    return parts
