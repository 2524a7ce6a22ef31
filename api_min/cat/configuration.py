"""The section configuration: the part of a section that the standard leaves to the engine."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api_min.errors import InvalidData
from api_min.shapes import ExamCode
from database.tables.base import DEFAULT_TENANT
from irt.errors import InvalidArgument
from irt.selection import Classification, Rules, StoppingRule

MAX_ITEMS: Final = 20_000
#: Bounds of a prior, wide enough for every scale of theta ~ N(0, 1).
MAX_MEAN, MIN_SD, MAX_SD = 6.0, 0.05, 5.0

Identifier = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x20\x7f]+$")]
Text = Annotated[str, Field(min_length=1, max_length=1000, pattern=r"^[^\x00]+$")]
Finite = Annotated[float, Field(allow_inf_nan=False)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Statistics(_Part):
    """Names of the statistics that hold parameters, where they are not called a, b and c."""

    a: Text | None = None
    b: Text | None = None
    c: Text | None = None


class SelectionRules(_Part):
    """How items are chosen: `irt.selection.Rules` has what each means."""

    method: Literal["EAP", "MAP", "WLE", "ML"] = "EAP"
    mean: Annotated[Finite, Field(ge=-MAX_MEAN, le=MAX_MEAN)] = 0.0
    sd: Annotated[Finite, Field(ge=MIN_SD, le=MAX_SD)] = 1.0
    criterion: Literal["MFI", "MPWI", "KL", "MEPV"] = "MFI"
    among: Annotated[int, Field(ge=1, le=100)] = 1
    candidates: Annotated[int, Field(ge=1, le=20)] = 5


class Cut(_Part):
    """A cut score that a session is to find the side of (SPRT)."""

    cut: Finite
    delta: Finite = 0.3
    alpha: Finite = 0.05
    beta: Finite = 0.05


class Stopping(_Part):
    """When a session ends: `irt.selection.StoppingRule` has what each means."""

    length: int | None = None
    se: Finite | None = None
    classification: Cut | None = None
    require: Literal["any", "all"] = "any"
    min_length: int = 1
    max_length: int | None = None
    seconds: Finite | None = None


class SectionConfiguration(_Part):
    """What a section says to this engine; the page on the CAT API tells of each."""

    tenant_id: uuid.UUID = uuid.UUID(DEFAULT_TENANT)
    exam_code: ExamCode | None = None
    items: Annotated[list[Identifier], Field(min_length=1, max_length=MAX_ITEMS)] | None = None
    metric: Literal["D=1.7", "logistic"] = "D=1.7"
    statistics: Statistics = Statistics()
    context: Text | None = None
    default_a: Annotated[Finite, Field(gt=0)] | None = None
    selection: SelectionRules = SelectionRules()
    stopping: Stopping
    stage_length: Annotated[int, Field(ge=1, le=20)] = 1
    session_hours: Annotated[int, Field(ge=1, le=720)] = 24
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None

    def rules(self, mean: float, sd: float) -> Rules:
        """How items are chosen for an examinee with this prior."""
        chosen = self.selection
        return Rules(
            method=chosen.method,
            mean=mean,
            sd=sd,
            criterion=chosen.criterion,
            among=chosen.among,
            candidates=chosen.candidates,
        )

    def rule(self) -> StoppingRule:
        """When sessions end. Raises irt.errors.InvalidArgument."""
        asked = self.stopping
        cut = asked.classification
        return StoppingRule(
            length=asked.length,
            se=asked.se,
            classification=None if cut is None else Classification(cut.cut, cut.delta, cut.alpha, cut.beta),
            require=asked.require,
            min_length=asked.min_length,
            max_length=asked.max_length,
            seconds=asked.seconds,
        )

    @property
    def lifetime(self) -> dt.timedelta:
        """After which a session is given up."""
        return dt.timedelta(hours=self.session_hours)


def read(document: bytes) -> SectionConfiguration:
    """Read a section configuration.

    Raises:
        InvalidData: it is not JSON of this shape, or its stopping rule contradicts itself or never ends a session.
    """
    try:
        configuration = SectionConfiguration.model_validate_json(document)
    except ValidationError as error:
        faults = "; ".join(_fault(tuple(one["loc"]), one["msg"]) for one in error.errors()[:10])
        raise InvalidData(f"{faults}; docs/cat_api.md shows a configuration") from error
    try:
        configuration.rule()
    except InvalidArgument as error:
        raise InvalidData(f"sectionConfiguration.stopping: {error}") from error
    return configuration


def _fault(location: tuple[int | str, ...], message: str) -> str:
    return f"{'.'.join(['sectionConfiguration', *map(str, location)])}: {message}"
