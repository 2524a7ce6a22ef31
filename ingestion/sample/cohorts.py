"""Invented institutions and cohorts for the sample's persons, whose data name none.

`python -m ingestion.sample.cohorts` writes the learners file again, to the byte.
"""

from __future__ import annotations

import gzip
import hashlib

from ingestion import sample

PERSONS = 5_000
# Cohorts and their sizes. One has fewer persons than a cell may have that is shown to anybody.
INSTITUTIONS = {
    "Invented North University": {"Invented year 1": 900, "Invented year 2": 800, "Invented year 3": 700},
    "Invented South College": {
        "Invented day class": 640,
        "Invented evening class": 560,
        "Invented seminar": 7,
    },
    "Invented East Hospital": {"Invented residents A": 480, "Invented residents B": 420},
    "Invented West Academy": {"Invented intake": 493},
}


def rows() -> list[tuple[int, str, str]]:
    """Return person, institution and cohort, by person.

    Persons are dealt out in the order of a hash of their number, so that cohorts differ by chance alone.
    """
    places = [
        (institution, cohort)
        for institution, cohorts in INSTITUTIONS.items()
        for cohort, size in cohorts.items()
        for _ in range(size)
    ]
    dealt = sorted(range(1, PERSONS + 1), key=_hash)
    return sorted((person, *place) for person, place in zip(dealt, places, strict=True))


def text() -> str:
    """Return the learners file as text."""
    lines = [f"{person},{institution},{cohort},yes\n" for person, institution, cohort in rows()]
    return "".join(["person,institution,cohort,invented\n", *lines])


def _hash(person: int) -> bytes:
    return hashlib.sha256(f"invented cohort of person {person}".encode()).digest()


if __name__ == "__main__":
    learners, _ = sample.invented()
    learners.write_bytes(gzip.compress(text().encode(), mtime=0))
