"""Requests and responses of the CAT API, named as its REST binding names them.

What nothing here uses is not read: responses of examinees, their comments, template variables. Fields beyond the
binding are ignored.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from api_min.cat.configuration import Identifier

_SECTION: Final = "section-6b1f6a52-6a55-4d0e-8c52-5f6d8f1f2a01"
_SESSION: Final = "session-0a5c9c1e-3f0c-4c0b-9c43-5d2f0f6f7b02"
_STATE: Final = "MS4wYTVjOWMxZTNmMGM0YzBiOWM0MzVkMmYwZjZmN2IwMi4x"
_CONFIGURATION: Final = "eyJleGFtX2NvZGUiOiAiSjM1IiwgInN0b3BwaW5nIjogeyJsZW5ndGgiOiAyMH19"


def _one_or_more(value: object) -> object:
    return [value] if isinstance(value, dict) else value


def _as_text(value: object) -> object:
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


Encoded = Annotated[str, Field(pattern=r"^[A-Za-z0-9+/=_\s-]*$")]
Name = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[^\x00]+$")]
Text = Annotated[str, Field(max_length=4096, pattern=r"^[^\x00]*$")]
Number = Annotated[float, Field(allow_inf_nan=False)]
Cardinality = Literal["multiple", "ordered", "record", "single"]
BaseType = Literal[
    "boolean", "directedPair", "duration", "file", "float", "identifier", "integer", "pair", "point", "string",
    "uri",
]  # fmt: skip


class _Shape(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


def _example(**example: Any) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


class PciContext(_Shape):
    """Of a portable custom interaction."""

    custom_type_identifier: Text | None = None
    interaction_kind: Text | None = None


class QtiMetadata(_Shape):
    """QTI metadata of a section; kept and told, not used: it says nothing of what an item measures."""

    item_template: bool | None = None
    time_dependent: bool | None = None
    composite: bool | None = None
    interaction_type: Annotated[list[Text], Field(max_length=100)] | None = None
    portable_custom_interaction_context: PciContext | None = None
    feedback_type: Literal["adaptive", "nonadaptive", "none"] | None = None
    solution_available: bool | None = None
    scoring_mode: Annotated[list[Text], Field(max_length=100)] | None = None
    tool_name: Text | None = None
    tool_version: Text | None = None
    tool_vendor: Text | None = None


class Section(_Shape):
    """A section to choose items for."""

    model_config = _example(sectionConfiguration=_CONFIGURATION)

    qti_metadata: QtiMetadata | Encoded | None = Field(
        default=None, description="QTI metadata; also as Base64, as some platforms send it."
    )
    qti_usagedata: Encoded | None = Field(
        default=None, description="Base64 of QTI usage data (XML), with the parameters of the items."
    )
    section_configuration: Encoded = Field(description="Base64 of this engine's configuration (JSON).")


class SectionMade(_Shape):
    """A section that was made."""

    model_config = _example(sectionIdentifier=_SECTION)

    section_identifier: str


class ItemSet(_Shape):
    """Items."""

    item_identifiers: list[str]


class SectionTold(_Shape):
    """A section: its items, and how it was made."""

    model_config = _example(
        items={"itemIdentifiers": ["J35/Item01", "J35/Item02"]},
        section={"sectionConfiguration": _CONFIGURATION},
    )

    items: ItemSet
    section: Section


class KeyValuePair(_Shape):
    """Something known beforehand."""

    glossary_uri: Text | None = Field(default=None, alias="glossaryURI")
    key: Name
    value: Annotated[Text, BeforeValidator(_as_text)]


class SessionRequest(_Shape):
    """A session to begin; who sits it and what they need is not read beyond its encoding, and not kept."""

    model_config = _example(priorData=[{"key": "initialEstimatedAbility", "value": "0.5"}])

    personal_needs_and_preferences: Encoded | None = None
    demographics: Encoded | None = None
    prior_data: Annotated[list[KeyValuePair], Field(max_length=100)] | None = None


class NextItems(_Shape):
    """Items to give now, in order; none: the section is over."""

    item_identifiers: list[str]
    stage_length: int = Field(description="Items to give before asking again.")


class SessionBegun(_Shape):
    """A session, and its first items."""

    model_config = _example(
        sessionIdentifier=_SESSION,
        nextItems={"itemIdentifiers": ["J35/Item17"], "stageLength": 1},
        sessionState=_STATE,
    )

    session_identifier: str
    next_items: NextItems
    session_state: str


class Value(_Shape):
    """One value of a variable."""

    field_identifier: Name | None = None
    base_type: BaseType | None = None
    value: Annotated[str, Field(max_length=65_536), BeforeValidator(_as_text)]


Values = Annotated[list[Value], Field(max_length=1000), BeforeValidator(_one_or_more)]


class OutcomeVariable(_Shape):
    """A variable that scoring has set."""

    identifier: Name
    cardinality: Cardinality
    base_type: BaseType | None = None
    normal_maximum: Number | None = None
    value: Values | None = None


class ItemResult(_Shape):
    """What came of an item."""

    identifier: Identifier
    sequence_index: Annotated[int, Field(ge=0)] | None = None
    datestamp: dt.datetime
    session_status: Literal["final", "initial", "pendingResponseProcessing", "pendingSubmission"]
    outcome_variables: Annotated[list[OutcomeVariable], Field(max_length=1000)] | None = None


class TestResult(_Shape):
    """What is known of the session."""

    __test__ = False  # pytest takes the name for a test

    identifier: Name
    datestamp: dt.datetime
    outcome_variables: list[OutcomeVariable] | None = None


class SessionIdentifier(_Shape):
    """A name of the session in a system."""

    source_id: Text = Field(alias="sourceID")
    identifier: Name


class Context(_Shape):
    """Names of the session."""

    session_identifiers: list[SessionIdentifier]


class Reported(_Shape):
    """Results as the platform reports them."""

    item_result: Annotated[list[ItemResult], Field(max_length=5000), BeforeValidator(_one_or_more)] | None = (
        None
    )


class Results(_Shape):
    """Results of items that were given: the new ones, or all so far."""

    model_config = _example(
        assessmentResult={
            "itemResult": [
                {
                    "identifier": "J35/Item17",
                    "datestamp": "2026-01-15T10:01:40Z",
                    "sessionStatus": "final",
                    "outcomeVariables": [
                        {
                            "identifier": "SCORE",
                            "cardinality": "single",
                            "baseType": "float",
                            "value": [{"value": "1"}],
                        }
                    ],
                }
            ]
        },
        sessionState=_STATE,
    )

    assessment_result: Reported
    session_state: Annotated[str, Field(max_length=4096)] | None = None


class AssessmentResult(_Shape):
    """What the session tells so far."""

    context: Context
    test_result: TestResult


class ResultsTaken(_Shape):
    """The next items, and what the session tells so far."""

    model_config = _example(
        nextItems={"itemIdentifiers": ["J35/Item04"], "stageLength": 1},
        assessmentResult={
            "context": {"sessionIdentifiers": [{"sourceID": "urn:qbank:cat", "identifier": _SESSION}]},
            "testResult": {
                "identifier": _SECTION,
                "datestamp": "2026-01-15T10:01:41Z",
                "outcomeVariables": [
                    {
                        "identifier": "THETA",
                        "cardinality": "single",
                        "baseType": "float",
                        "value": [{"value": "0.41"}],
                    }
                ],
            },
        },
        sessionState=_STATE,
    )

    next_items: NextItems
    assessment_result: AssessmentResult
    session_state: str
