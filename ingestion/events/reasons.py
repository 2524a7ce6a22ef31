"""The reasons by which dead letters are counted."""

from __future__ import annotations

import enum


class Reason(enum.StrEnum):
    """Why a message is not a valid event, or (the last three) why a valid one was not stored or published."""

    ENCODING = "encoding"
    MALFORMED = "malformed"
    NOT_AN_OBJECT = "not_an_object"
    TOO_DEEP = "too_deep"
    NUL_CHARACTER = "nul_character"
    NUMBER_OUT_OF_RANGE = "number_out_of_range"
    UNKNOWN_VERSION = "unknown_version"
    UNKNOWN_TYPE = "unknown_type"
    MISSING_FIELD = "missing_field"
    INVALID_FIELD = "invalid_field"
    EVENT_ID_TAKEN = "event_id_taken"
    REFUSED_BY_STORE = "refused_by_store"
    TOO_LARGE = "too_large"
