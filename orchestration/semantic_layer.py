"""The semantic layer of the dbt project as it is now."""

from __future__ import annotations

import json

from orchestration import dbt
from reports import semantic


def semantic_layer() -> semantic.Layer:
    """Return the semantic models and metrics that dbt's manifest holds, the project parsed anew if it changed."""
    return semantic.read(json.loads(dbt.manifest_path().read_text(encoding="utf-8")))
