"""A bank as bytes, and back to the bit: so that a choice can be made again from what it was made from.

The content is a line of JSON, then the arrays one after the other, little-endian. Its SHA-256 is the bank's hash: equal
banks have equal hashes, whichever process or day they were loaded in.
"""

from __future__ import annotations

import hashlib
import json
import uuid
import zlib
from dataclasses import asdict
from typing import Any, Final

import numpy as np

from api_min.bank import Bank, freeze
from database.queries.bank import TopicRow
from database.queries.bank_snapshots import Snapshot
from delivery.topics import TopicTree

#: Name and type of each array, in the order in which they are written.
_ARRAYS: Final = (
    ("question_id", "<i8"), ("version", "<i8"), ("a", "<f8"), ("b", "<f8"), ("c", "<f8"), ("se_b", "<f8"),
    ("error_b", "<f8"), ("calibrated", "|b1"), ("pilot", "|b1"), ("topic_id", "<i8"), ("difficulty", "|i1"),
    ("bloom", "|i1"),
)  # fmt: skip
_LEVEL: Final = 6


def snapshot(bank: Bank) -> Snapshot:
    """Return the bank's content with its hash."""
    raw = _encoded(bank)
    return Snapshot(
        hash=hashlib.sha256(raw).hexdigest(),
        exam_code=bank.exam_code,
        calibration_run_id=bank.run_id,
        n_items=len(bank),
        content=zlib.compress(raw, _LEVEL),
    )


def restored(content: bytes, digest: str) -> Bank:
    """Return the bank of a snapshot's content.

    Raises:
        ValueError: the content is not that of the hash.
    """
    raw = zlib.decompress(content)
    if hashlib.sha256(raw).hexdigest() != digest:
        raise ValueError(f"the content kept for bank {digest} is not that bank's: it was changed or damaged")
    line, _, rest = raw.partition(b"\n")
    told = json.loads(line)
    arrays: dict[str, Any] = {}
    at = 0
    for name, kind in _ARRAYS:
        arrays[name] = np.frombuffer(rest, dtype=kind, count=told["items"], offset=at).copy()
        at += arrays[name].nbytes
    run = told["run_id"]
    return freeze(
        Bank(
            **arrays,
            enemies={name: tuple(places) for name, places in told["enemies"].items()},
            sets={name: tuple(places) for name, places in told["sets"].items()},
            topics=TopicTree(TopicRow(**row) for row in told["topics"]),
            exam_code=told["exam_code"],
            scale=told["scale"],
            run_id=None if run is None else uuid.UUID(run),
            median_a=told["median_a"],
        )
    )


def _encoded(bank: Bank) -> bytes:
    told = {
        "items": len(bank),
        "enemies": bank.enemies,
        "sets": bank.sets,
        "topics": [asdict(row) for row in bank.topics.rows],
        "exam_code": bank.exam_code,
        "scale": bank.scale,
        "run_id": None if bank.run_id is None else str(bank.run_id),
        "median_a": bank.median_a,
    }
    line = json.dumps(told, separators=(",", ":"), sort_keys=True).encode() + b"\n"
    return line + b"".join(np.asarray(getattr(bank, name), dtype=kind).tobytes() for name, kind in _ARRAYS)
