"""Random uuids by the million, as text that Postgres and an event both take."""

from __future__ import annotations

import numpy as np
import polars as pl

_HEX = np.frombuffer(b"".join(b"%02x" % byte for byte in range(256)), np.uint8).reshape(256, 2)
# Where the 32 digits stand in the text of a uuid; what is left are hyphens.
_DIGITS = np.array([at for at in range(36) if at not in (8, 13, 18, 23)])


def uuids(random: np.random.Generator, n: int) -> pl.Series:
    """Return `n` uuids of version 4 as text."""
    raw = np.frombuffer(random.bytes(16 * n), np.uint8).reshape(n, 16).copy()
    raw[:, 6] = raw[:, 6] & 0x0F | 0x40
    raw[:, 8] = raw[:, 8] & 0x3F | 0x80
    written = np.full((n, 36), ord("-"), np.uint8)
    written[:, _DIGITS] = _HEX[raw].reshape(n, 32)
    return pl.Series(written.reshape(-1).view("S36"), dtype=pl.Binary).cast(pl.String)
