"""The semantic layer as files of the tools that people use: from dbt's semantic models, and from nothing else.

`read(manifest)` gives the layer as plain values; `looker.files` and `metabase.files` give text by path, and
`sql.metric` a query. All of them say the same of a metric, for all they know is here.
"""

from __future__ import annotations

from reports.semantic.errors import SemanticLayerError
from reports.semantic.layer import HEADER, Layer, Metric, SemanticModel
from reports.semantic.manifest import read

# The schema that readers outside see, whichever one dbt builds into.
SCHEMA = "analytics"

__all__ = ["HEADER", "SCHEMA", "Layer", "Metric", "SemanticLayerError", "SemanticModel", "read"]
