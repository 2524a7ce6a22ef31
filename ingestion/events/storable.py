"""Whether every store can hold a JSON value, unknown fields included.

JSON decoders let through what jsonb refuses: NUL characters, numbers beyond its range, very deep nesting.
One such message would abort the transaction of a whole batch, so each is looked for beforehand. The usual
message pays for four searches of its bytes and a look at each number that has a point or an exponent; only
where one of them gives cause for doubt is the value walked, or the text parsed once more.
"""

from __future__ import annotations

import json
import re
import sys
from typing import Any

MAX_DEPTH = 32
MAX_DIGITS = 1000
MAX_EXPONENT = 9_999  # only a zero can have a larger one within float64, and numeric refuses some of those
_LARGEST = int(sys.float_info.max)
_ESCAPED_NUL = b"\\u0000"
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # the backslash itself not escaped
# A literal this long, or with an exponent of three digits or more, is looked at; others are within float64.
_SHORT, _SMALL, _LARGE = 4, 1e-300, 1e300  # within them no literal is near the ends of float64
_LONG = 200
_LONG_RUN = re.compile(rb"[0-9]{%d}" % _LONG)
_STEP = 20
_SAMPLED_RUN = re.compile(rb"[0-9]{%d}" % (_LONG // _STEP))
_LARGE_EXPONENT = re.compile(rb"[eE][+-]?[0-9]{3,}[\s,\]}]")
_ZERO = re.compile(r"-?[0.]+(?:[eE].*)?\Z")


def is_too_deep(raw: bytes, value: Any) -> bool:
    """Say whether `value`, decoded from `raw`, is nested deeper than MAX_DEPTH."""
    if raw.find(b"{", 1) < 0 and raw.find(b"[") < 0:  # nothing within the event itself
        return False
    return raw.count(b"{") + raw.count(b"[") > MAX_DEPTH and _deeper_than(value, MAX_DEPTH)


def has_nul(raw: bytes) -> bool:
    """Say whether a text or a key of `raw`, a valid JSON text, has the character U+0000.

    One that a later value of the same key replaces counts too: jsonb reads it before it drops it.
    """
    return raw.find(b"\\") >= 0 and _ESCAPED_NUL in raw and _NUL.search(raw) is not None


class DoubtfulNumberError(Exception):
    """A number that `number_fault` must look at."""


def plain_real(literal: str) -> float:
    """Return a number that has a point or an exponent; DoubtfulNumberError if it may be out of range."""
    value = float(literal)
    if len(literal) > _SHORT and not (_SMALL < abs(value) < _LARGE and len(literal) <= MAX_DIGITS):
        raise DoubtfulNumberError
    return value


def has_long_number(raw: bytes) -> bool:
    """Say whether `raw` has so many digits in a row that they may be a number out of range."""
    # Of every 20th byte a run of 200 digits covers ten in a row: most messages need no search for it.
    return bool(_SAMPLED_RUN.search(raw[::_STEP]) and _LONG_RUN.search(raw))


def number_fault(raw: bytes) -> str | None:
    """Return what is wrong with a number literal of `raw`, a valid JSON text at most MAX_DEPTH deep."""
    if not has_long_number(raw) and not _LARGE_EXPONENT.search(raw):
        return None
    try:
        json.loads(raw, parse_int=_check_whole, parse_float=_check_real)
    except _NumberFault as fault:
        return str(fault)
    return None


class _NumberFault(Exception):
    pass


def _check_whole(literal: str) -> None:
    _check_length(literal)
    if abs(int(literal)) > _LARGEST:
        raise _NumberFault(f"{_short(literal)} is beyond float64")


def _check_real(literal: str) -> None:
    _check_length(literal)
    value = float(literal)
    if abs(value) == float("inf"):
        raise _NumberFault(f"{_short(literal)} is beyond float64")
    if value == 0 and not _ZERO.match(literal):
        raise _NumberFault(f"{_short(literal)} is too small for float64")
    if abs(int(literal.lower().partition("e")[2] or "0")) > MAX_EXPONENT:
        raise _NumberFault(f"{_short(literal)} has an exponent beyond {MAX_EXPONENT:,}")


def _check_length(literal: str) -> None:
    if len(literal) > MAX_DIGITS:
        raise _NumberFault(f"{_short(literal)} has more than {MAX_DIGITS} digits")


def _short(literal: str) -> str:
    return literal if len(literal) <= 40 else f"{literal[:20]}... ({len(literal)} characters)"


def _children(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _deeper_than(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [inner for outer in level for inner in _children(outer)]
    return any(isinstance(inner, dict | list) for inner in level)
