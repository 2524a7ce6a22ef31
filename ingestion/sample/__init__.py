"""The exam that comes with qbank: 5,000 real persons, 35 multiple-choice items (J35S5000).

Where it comes from and its licence stand beside it in j35s5000/README.md, and which of its files are invented.
"""

from __future__ import annotations

from pathlib import Path

EXAM = "J35S5000"
FOLDER = Path(__file__).parent / "j35s5000"


def paths() -> tuple[Path, Path]:
    """Return the sample's items file and its (gzipped) responses file, ready for `import_exam`."""
    return FOLDER / "items.csv", FOLDER / "responses.csv.gz"


def invented() -> tuple[Path, Path]:
    """Return the learners file and the blueprint file that were made up for the sample."""
    return FOLDER / "learners.csv.gz", FOLDER / "blueprint.csv"
