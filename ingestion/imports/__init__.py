"""A user's own files: items, responses, learners, blueprint; see docs/data_contracts.md, "Import files".

`import_exam` brings them into the database; `read_responses` is the one reader of response files and needs
no database.
"""

from __future__ import annotations

from ingestion.imports.load import ImportRequest, Progress, import_exam
from ingestion.imports.reader import ResponseFile, first_rows, read_responses
from ingestion.imports.summary import ImportSummary, keep, last_import

__all__ = [
    "ImportRequest",
    "ImportSummary",
    "Progress",
    "ResponseFile",
    "first_rows",
    "import_exam",
    "keep",
    "last_import",
    "read_responses",
]
