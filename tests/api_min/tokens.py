"""An issuer of tokens for tests: keys of each kind, and tokens signed with them."""

from __future__ import annotations

import time
import uuid
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from api_min.settings import ApiSettings

SECRET = "a secret that nobody but these tests knows"
TENANT = uuid.UUID(int=1)
LEARNER = uuid.UUID(int=4711)


@cache
def rsa_key(bits: int = 2048, number: int = 0) -> rsa.RSAPrivateKey:
    """A key pair of RS256; another one for each number."""
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


@cache
def ed_key(number: int = 0) -> ed25519.Ed25519PrivateKey:
    """A key pair of EdDSA; another one for each number."""
    return ed25519.Ed25519PrivateKey.generate()


def public_pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> str:
    """The public half as QBANK_JWT_KEY takes it."""
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def private_pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> str:
    """The half that belongs to the issuer."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def claims(
    user: uuid.UUID = LEARNER, tenant: uuid.UUID = TENANT, role: str = "learner", **others: Any
) -> dict[str, Any]:
    """Claims of a token that is good for an hour; None takes one away."""
    made = {"sub": str(user), "tenant": str(tenant), "role": role, "exp": int(time.time()) + 3600, **others}
    return {name: value for name, value in made.items() if value is not None}


def token(user: uuid.UUID = LEARNER, tenant: uuid.UUID = TENANT, role: str = "learner", **others: Any) -> str:
    """A token signed with SECRET, or with another `secret`."""
    secret = others.pop("secret", None) or SECRET
    return jwt.encode(claims(user, tenant, role, **others), secret, algorithm="HS256")


def bearer(*args: Any, **others: Any) -> dict[str, str]:
    """The header of a request with such a token."""
    return {"Authorization": f"Bearer {token(*args, **others)}"}


def secured(database_url: str, **others: Any) -> ApiSettings:
    """Settings of an application that takes tokens signed with SECRET."""
    asks = {"auth": "jwt", "jwt_algorithm": "HS256", "jwt_key": SECRET, **others}
    return ApiSettings(database_url=database_url, **asks)
