"""What the binding carries in Base64."""

from __future__ import annotations

import base64
import binascii

from api_min.errors import InvalidData

_STANDARD = str.maketrans("-_", "+/", " \t\r\n")


def decode(name: str, given: str) -> bytes:
    """Return the bytes of a field. Line breaks, the URL alphabet and missing padding are taken.

    Raises:
        InvalidData: it is no Base64.
    """
    text = given.translate(_STANDARD).rstrip("=")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidData(f"{name} is not Base64 ({error}); encode it by RFC 4648") from error
