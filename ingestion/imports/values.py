"""How a cell of text becomes a value: answers, times, whole numbers. Expressions over String columns.

Each `..._value` yields null both for a cell that holds nothing and for one that cannot be read; `given`
tells the two apart.
"""

from __future__ import annotations

from itertools import product

import polars as pl

# What the tools that write such files put where there is no answer, in any case: spelled out, since changing
# the case of every cell would cost more than all else.
NO_ANSWER = tuple(
    sorted(
        "".join(spelling)
        for word in ("na", "n/a", "nan", "null")
        for spelling in set(product(*((letter, letter.upper()) for letter in word)))
    )
)
MAX_TIME_MS = 2**31 - 1
MAX_ATTEMPT = 1000
MAX_VERSION = 1_000_000
MAX_ID = 200
FIRST_YEAR, LAST_YEAR = 1970, 2099
MAX_OFFSET_HOURS, MINUTES = 23, 60

_WHOLE = r"^\+?([0-9]{1,18})(?:\.0*)?$"
_NUMBER = r"^\+?[0-9]{1,15}(?:\.[0-9]*)?$"
_INSTANT = (
    r"^(?P<day>\d{4}-\d\d-\d\d)"
    r"(?:[Tt ] *(?P<minute>\d\d:\d\d)(?P<second>:\d\d(?:\.\d{1,9})?)? *(?P<zone>[zZ]|UTC|[+-]\d\d(?::?\d\d)?)?)?$"
)


def given(cell: pl.Expr) -> pl.Expr:
    """Return the cell, or null where it says that there is nothing."""
    return pl.when(~cell.is_in(NO_ANSWER)).then(cell)


def answer_value(cell: pl.Expr) -> pl.Expr:
    """Return the option chosen; a digit that a tool wrote as a float (``3.0``) is the digit."""
    return given(cell).str.replace(r"^([0-9])\.0+$", "${1}")


def correct_value(cell: pl.Expr) -> pl.Expr:
    """Return 0 or 1 (Int8); ``0.0``, ``1.0``, ``false`` and ``true`` are read as well."""
    text = cell.str.to_lowercase()
    return (
        pl.when(text.is_in(("1", "1.0", "true")))
        .then(pl.lit(1, pl.Int8))
        .when(text.is_in(("0", "0.0", "false")))
        .then(pl.lit(0, pl.Int8))
    )


def whole_value(cell: pl.Expr, low: int, high: int) -> pl.Expr:
    """Return a whole number (Int32) between `low` and `high`; ``2.0`` is 2."""
    number = cell.str.extract(_WHOLE).cast(pl.Int64, strict=False)
    return pl.when(number.is_between(low, high)).then(number).cast(pl.Int32)


def time_value(cell: pl.Expr) -> pl.Expr:
    """Return a response time in whole milliseconds (Int32), rounded; 0 to 2^31 - 1."""
    number = pl.when(cell.str.contains(_NUMBER)).then(cell).cast(pl.Float64, strict=False).round()
    return pl.when(number <= MAX_TIME_MS).then(number).cast(pl.Int32)


def instant_value(cell: pl.Expr) -> pl.Expr:
    """Return an instant (Datetime in microseconds, UTC) of the years 1970 to 2099.

    ISO 8601: a date, or a date and time with or without seconds, fractions and zone; T or a blank
    between; without a zone it is UTC.
    """
    return cell.map_batches(_instants, return_dtype=pl.Datetime("us", "UTC"))


def _instants(cells: pl.Series) -> pl.Series:
    """Step by step, since an expression would take each cell apart once for every use of a part."""
    parts = cells.str.extract_groups(_INSTANT).struct.unnest()
    zoned = parts.select(
        pl.concat_str(
            "day", pl.lit("T"), pl.col("minute").fill_null("00:00"), pl.col("second").fill_null(":00")
        )
        .str.to_datetime("%Y-%m-%dT%H:%M:%S%.f", time_unit="us", strict=False)
        .alias("local"),
        pl.when(pl.col("zone").str.starts_with("-")).then(-1).otherwise(1).alias("sign"),
        # Letters give no number and count as no offset.
        pl.col("zone").str.slice(1, 2).cast(pl.Int64, strict=False).fill_null(0).alias("hours"),
        pl.col("zone")
        .str.slice(3)
        .str.strip_prefix(":")
        .cast(pl.Int64, strict=False)
        .fill_null(0)
        .alias("minutes"),
    )
    offset = pl.duration(minutes=pl.col("sign") * (pl.col("hours") * 60 + pl.col("minutes")))
    instant = (pl.col("local") - offset).dt.replace_time_zone("UTC").alias("instant")
    possible = (pl.col("hours") <= MAX_OFFSET_HOURS) & (pl.col("minutes") < MINUTES)
    found = zoned.select(pl.when(possible).then(instant))
    return found.select(
        pl.when(pl.first().dt.year().is_between(FIRST_YEAR, LAST_YEAR)).then(pl.first())
    ).to_series()
