"""What the environment says about tokens: whether they are asked for, and what is accepted."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from api_min.auth import keys
from api_min.auth.keys import Algorithm
from api_min.errors import SettingsError

ALGORITHMS: Final[tuple[Algorithm, ...]] = ("RS256", "EdDSA", "HS256")
ADVICE: Final = {
    "jwt_algorithm": "set QBANK_JWT_ALGORITHM to the one algorithm that tokens are signed with: RS256, EdDSA or HS256",
    "jwt_key": "set QBANK_JWT_KEY to the issuer's public key in PEM (RS256, EdDSA), or to the secret of HS256"
    f" with {keys.FEWEST_SECRET_BYTES} bytes or more (openssl rand -base64 48), and QBANK_JWT_ALGORITHM to match",
    "jwks_url": "set QBANK_JWKS_URL to the http or https address of the issuer's key set, and QBANK_JWT_ALGORITHM to"
    " RS256 or EdDSA",
    "jwt_issuer": "set QBANK_JWT_ISSUER to the `iss` of the tokens, or unset it",
    "jwt_audience": "set QBANK_JWT_AUDIENCE to this service's name in the `aud` of the tokens, or unset it",
    "jwt_leeway": "set QBANK_JWT_LEEWAY to between 0 and 300 seconds",
    "auth": "set QBANK_AUTH to jwt or off",
}


class AuthSettings(BaseSettings):
    """Whether tokens are asked for (`auth`; unset: off), and which are accepted; secrets stay out of the repr.

    With jwt and neither key nor key set, tokens are checked with the development key below QBANK_HOME.
    """

    model_config = SettingsConfigDict(
        env_prefix="QBANK_",
        env_ignore_empty=True,
        frozen=True,
        hide_input_in_errors=True,
        validate_default=True,
    )

    jwt_algorithm: Algorithm | None = None
    jwt_key: str | None = Field(default=None, repr=False)
    jwks_url: str | None = Field(default=None, repr=False)
    jwt_issuer: str | None = None
    jwt_audience: str | None = None
    jwt_leeway: int = Field(default=30, ge=0, le=300)
    auth: Literal["off", "jwt"] | None = None

    @property
    def asks_for_tokens(self) -> bool:
        """Whether requests need a token."""
        return self.auth == "jwt"

    @property
    def development(self) -> bool:
        """Whether tokens are checked with the key below QBANK_HOME, since no other is configured."""
        return self.asks_for_tokens and self.jwt_key is None and self.jwks_url is None

    @field_validator("jwt_algorithm", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        known = {name.lower(): name for name in ALGORITHMS}
        return known.get(value.lower(), value) if isinstance(value, str) else value

    @field_validator("jwt_key")
    @classmethod
    def _fits(cls, text: str | None, info: ValidationInfo) -> str | None:
        if text is not None and "jwt_algorithm" in info.data:
            algorithm = info.data["jwt_algorithm"]
            if algorithm is None:
                raise ValueError("QBANK_JWT_ALGORITHM does not say what it is a key of")
            keys.read(text, algorithm)
        return text

    @field_validator("jwks_url")
    @classmethod
    def _address(cls, url: str | None, info: ValidationInfo) -> str | None:
        if url is None:
            return None
        try:
            parts = urlsplit(url)
            whole = bool(parts.hostname) and (parts.port or 1) > 0
        except ValueError:  # its text repeats part of the address
            whole = False
        if not whole or parts.scheme not in ("http", "https"):
            raise ValueError("it is no http or https address")
        if info.data.get("jwt_key") is not None:
            raise ValueError("QBANK_JWT_KEY is set too, and tokens are checked with the one or the other")
        if "jwt_algorithm" in info.data and info.data["jwt_algorithm"] not in ("RS256", "EdDSA"):
            raise ValueError("its keys are public ones, and QBANK_JWT_ALGORITHM names no algorithm of such")
        return url

    @field_validator("auth", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("auth")
    @classmethod
    def _meant(cls, auth: str | None, info: ValidationInfo) -> str | None:
        named = [f"QBANK_{one.upper()}" for one in ("jwt_key", "jwks_url") if info.data.get(one) is not None]
        if auth is None and named:
            raise ValueError(f"{named[0]} is set, but not whether tokens are asked for")
        if auth == "jwt" and not named and info.data.get("jwt_algorithm") not in (None, "HS256"):
            raise ValueError(
                "with neither QBANK_JWT_KEY nor QBANK_JWKS_URL tokens are the development key's, of HS256"
            )
        return auth


def load() -> AuthSettings:
    """Read the variables of this module. Raises SettingsError that names every unusable one and what to set."""
    try:
        return AuthSettings()
    except ValidationError as invalid:
        raise SettingsError(told(invalid, ADVICE)) from None


def told(invalid: ValidationError, advice: Mapping[str, str]) -> str:
    """Return what is wrong with each variable and what to set, without repeating what was set."""
    return "; ".join(_fault(error, advice) for error in invalid.errors())


def _fault(error: Any, advice: Mapping[str, str]) -> str:
    field, message = str(error["loc"][0]), str(error["msg"]).removeprefix("Value error, ")
    return f"QBANK_{field.upper()} is not usable: {message}; {advice[field]}"


def is_loopback(host: str) -> bool:
    """Whether nobody but this machine reaches an address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
