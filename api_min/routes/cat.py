"""The CAT API of 1EdTech: sections, their sessions, and the results that lead to the next items."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import APIRouter

from api_min.auth.access import allowed
from api_min.auth.caller import Role
from api_min.cat import imsx, results, sections, sessions, state
from api_min.cat.problem import CatProblem
from api_min.cat.shapes import (
    AssessmentResult,
    Context,
    ItemSet,
    NextItems,
    OutcomeVariable,
    Results,
    ResultsTaken,
    Section,
    SectionMade,
    SectionTold,
    SessionBegun,
    SessionIdentifier,
    SessionRequest,
    TestResult,
    Value,
)
from api_min.errors import (
    InvalidData,
    NothingToServe,
    Problem,
    ResultStands,
    SectionNotFound,
    SessionNotFound,
)
from api_min.problems import documented
from api_min.service import ServiceOfApp

router = APIRouter(
    prefix=f"{imsx.PREFIX}/sections",
    tags=["computer adaptive testing"],
    dependencies=[allowed(Role.SERVICE)],
)


def _documented(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """Return the `responses` of a route: as of any other, with the binding's statuses and members."""
    found: dict[int | str, dict[str, Any]] = {}
    for status, response in documented(InvalidData, *problems).items():
        said = found.setdefault(imsx.status_of(int(status)), {"model": CatProblem, "description": ""})
        said["description"] = "; ".join(filter(None, (said["description"], response["description"])))
    return found | {422: {"model": CatProblem}}  # left out of what is shown; without it FastAPI adds its own


@router.post("", status_code=201, summary="Make a section", responses=_documented())
async def create_section(asked: Section, service: ServiceOfApp) -> SectionMade:
    """Make a section of items that bring their parameters along, or of calibrated items of ours."""
    definition = asked.model_dump(mode="json", by_alias=True, exclude_none=True)
    wish = await asyncio.to_thread(sections.read, definition)
    async with service.transactions.within(wish.configuration.tenant_id) as connection:
        made = await sections.make(connection, wish)
    return SectionMade(section_identifier=state.identifier("section", made))


@router.get(
    "/{section_identifier}",
    summary="A section, with its items",
    response_model_exclude_none=True,
    responses=_documented(SectionNotFound),
)
async def get_section(section_identifier: str, service: ServiceOfApp) -> SectionTold:
    """Return the items that a section chooses from, and the section as it was sent."""
    section_id = state.section_of(section_identifier)
    async with service.transactions.of_cat_section(section_id) as connection:
        told = await sections.told(connection, section_id)
    return SectionTold(
        items=ItemSet(item_identifiers=list(told.items)), section=Section.model_validate(told.definition)
    )


@router.delete(
    "/{section_identifier}", status_code=204, summary="End a section", responses=_documented(SectionNotFound)
)
async def end_section(section_identifier: str, service: ServiceOfApp) -> None:
    """End a section and its sessions; the decisions made in them are kept."""
    section_id = state.section_of(section_identifier)
    async with service.transactions.of_cat_section(section_id) as connection:
        await sections.end(connection, section_id)


@router.post(
    "/{section_identifier}/sessions",
    status_code=201,
    summary="Begin a session",
    responses=_documented(SectionNotFound, NothingToServe),
)
async def create_session(
    section_identifier: str, asked: SessionRequest, service: ServiceOfApp
) -> SessionBegun:
    """Begin a session of one examinee and choose its first items."""
    section_id = state.section_of(section_identifier)
    prior = {one.key: one.value for one in asked.prior_data or ()}
    async with service.transactions.of_cat_section(section_id) as connection:
        told = await sessions.begin(connection, service.cat_banks, section_id, prior)
    return SessionBegun(
        session_identifier=state.identifier("session", told.session.id),
        next_items=_next(told),
        session_state=told.state,
    )


@router.delete(
    "/{section_identifier}/sessions/{session_identifier}",
    status_code=204,
    summary="End a session",
    responses=_documented(SectionNotFound, SessionNotFound),
)
async def end_session(section_identifier: str, session_identifier: str, service: ServiceOfApp) -> None:
    """End a session; the decisions made in it are kept."""
    section_id, session_id = state.section_of(section_identifier), state.session_of(session_identifier)
    async with service.transactions.of_cat_section(section_id) as connection:
        await sessions.end(connection, section_id, session_id)


@router.post(
    "/{section_identifier}/sessions/{session_identifier}/results",
    summary="Hand in results and get the next items",
    response_model_exclude_none=True,
    responses=_documented(SectionNotFound, SessionNotFound, ResultStands),
)
async def submit_results(
    section_identifier: str, session_identifier: str, given: Results, service: ServiceOfApp
) -> ResultsTaken:
    """Write the results of items; once all that were given have one, choose the next ones.

    A request that comes again gets the same items. No items: the section is over for this examinee.
    """
    section_id, session_id = state.section_of(section_identifier), state.session_of(session_identifier)
    outcomes = results.read(given.assessment_result.item_result or ())
    async with service.transactions.of_cat_section(section_id) as connection:
        told = await sessions.take(
            connection, service.cat_banks, section_id, session_id, outcomes, given.session_state
        )
    return ResultsTaken(
        next_items=_next(told),
        assessment_result=_result(section_identifier, session_identifier, told),
        session_state=told.state,
    )


def _next(told: sessions.Told) -> NextItems:
    return NextItems(item_identifiers=list(told.items), stage_length=len(told.items))


def _result(section_identifier: str, session_identifier: str, told: sessions.Told) -> AssessmentResult:
    named = SessionIdentifier(sourceID="urn:qbank:cat", identifier=session_identifier)
    return AssessmentResult(
        context=Context(session_identifiers=[named]),
        test_result=TestResult(
            identifier=section_identifier,
            datestamp=told.session.now,
            outcome_variables=[
                OutcomeVariable(
                    identifier=name, cardinality="single", base_type=kind, value=[Value(value=value)]
                )
                for name, kind, value in told.variables()
            ],
        ),
    )
