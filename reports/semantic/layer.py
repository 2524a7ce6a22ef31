"""What the semantic layer is made of, as plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from reports.semantic.errors import SemanticLayerError

# First line of every file made from the layer, by which it is known as such.
HEADER = "# Made from dbt_qbank/models/semantic by `qbank semantic-layer`: change it there.\n"

Kind = Literal["number", "string", "yesno", "date", "timestamp"]
Format = Literal["whole", "decimal", "percent"]
Aggregation = Literal[
    "count", "count_distinct", "sum", "sum_boolean", "average", "median", "percentile", "min", "max"
]


@dataclass(frozen=True)
class Entity:
    """A key: of the model itself (primary) or of another one (foreign)."""

    name: str
    column: str
    primary: bool
    kind: Kind


@dataclass(frozen=True)
class Dimension:
    """A column to group or filter by."""

    name: str
    column: str
    kind: Kind
    label: str
    description: str

    @property
    def is_time(self) -> bool:
        """Tell whether it is a date or an instant."""
        return self.kind in {"date", "timestamp"}


@dataclass(frozen=True)
class Measure:
    """An aggregation of one column; `percentile` between 0 and 1, where the aggregation is that.

    Empty cells count in none, not in a count either; `nullable` tells whether there may be any.
    """

    name: str
    aggregation: Aggregation
    column: str
    nullable: bool
    percentile: float | None = None


@dataclass(frozen=True)
class SemanticModel:
    """A mart as its readers see it. `time`: its dimension of time; None where the mart is a state."""

    name: str
    table: str
    label: str
    description: str
    entities: tuple[Entity, ...]
    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...]
    time: Dimension | None

    def dimension(self, name: str) -> Dimension:
        """Return a dimension by name."""
        for one in self.dimensions:
            if one.name == name:
                return one
        names = ", ".join(one.name for one in self.dimensions)
        raise SemanticLayerError(f"{self.label} has no dimension {name}: it has {names or 'none'}")


@dataclass(frozen=True)
class Metric:
    """A measure, or the ratio of two measures of one model, with the name that people use."""

    name: str
    label: str
    description: str
    format: Format
    model: str
    measure: Measure
    denominator: Measure | None = None


@dataclass(frozen=True)
class Layer:
    """All semantic models and metrics, each by name."""

    models: Mapping[str, SemanticModel]
    metrics: Mapping[str, Metric]

    def metric(self, name: str) -> Metric:
        """Return a metric by name."""
        if name not in self.metrics:
            raise SemanticLayerError(f"no metric {name}: there are {', '.join(self.metrics)}")
        return self.metrics[name]

    def of(self, model: str) -> list[Metric]:
        """Return the metrics of a model."""
        return [metric for metric in self.metrics.values() if metric.model == model]
