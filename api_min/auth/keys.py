"""The keys that tokens are checked with: fit for the one algorithm that is accepted, and long enough."""

from __future__ import annotations

from typing import Any, Final, Literal, Protocol, TypeAlias

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

Algorithm: TypeAlias = Literal["RS256", "EdDSA", "HS256"]
Key: TypeAlias = RSAPublicKey | Ed25519PublicKey | bytes

FEWEST_SECRET_BYTES: Final = 32  # of HMAC-SHA-256's own output (RFC 7518, 3.2)
_FEWEST_RSA_BITS: Final = 2048  # RFC 7518, 3.3


class Keys(Protocol):
    """Where keys come from."""

    async def find(self, kid: str | None) -> Key:
        """Return the key of that id. Raises Unauthenticated where there is none, KeysUnavailable."""
        ...

    async def aclose(self) -> None:
        """End what is under way."""
        ...


class OneKey:
    """A configured key, whatever id a token gives."""

    def __init__(self, key: Key) -> None:
        self._key = key

    async def find(self, kid: str | None) -> Key:  # noqa: ARG002
        """Return the key."""
        return self._key

    async def aclose(self) -> None:
        """Do nothing: nothing is under way."""


def read(text: str, algorithm: Algorithm) -> Key:
    """Return a key from its text: the secret itself, or a public key in PEM. Raises ValueError that says why not."""
    text = text.strip().replace("\\n", "\n")  # files of variables hold one line
    if algorithm == "HS256":
        if text.startswith("-----BEGIN"):
            raise ValueError(
                "a PEM key is no secret of HS256: whoever knows the public key could sign tokens"
            )
        secret = text.encode()
        if len(secret) < FEWEST_SECRET_BYTES:
            raise ValueError(f"a secret of HS256 has {FEWEST_SECRET_BYTES} bytes at least")
        return secret
    if "PRIVATE KEY" in text:
        raise ValueError("it is a private key, which belongs to the issuer alone: set its public key")
    try:
        key = load_pem_public_key(text.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise ValueError("it is no public key in PEM") from None
    return fit(key, algorithm)


def fit(key: Any, algorithm: Algorithm) -> RSAPublicKey | Ed25519PublicKey:
    """Return a public key that is one of the algorithm. Raises ValueError."""
    if algorithm == "RS256" and isinstance(key, RSAPublicKey):
        if key.key_size < _FEWEST_RSA_BITS:
            raise ValueError(f"an RSA key has {_FEWEST_RSA_BITS} bits at least, not {key.key_size}")
        return key
    if algorithm == "EdDSA" and isinstance(key, Ed25519PublicKey):
        return key
    raise ValueError(f"it is no public key of {algorithm}")
