"""Sections and sessions of an assessment platform over HTTP."""

from __future__ import annotations

import asyncio
import datetime as dt
import time
import uuid
from typing import Any

import httpx
import numpy as np
import pytest
from sqlalchemy import text

from irt.models import ItemParameters, probability
from irt.selection import Answers, Classification, Limits, Rules, SelectionBank, Session, StoppingRule, decide
from irt.simulation import Delivery, deliver, draw_bank
from tests.api_min.cat.platform import (
    BASE,
    begin,
    configured,
    encoded,
    make_section,
    play,
    result,
    statistic,
    submit,
    usage_of,
    variables,
)

pytestmark = pytest.mark.anyio


def bank_of(items: int, seed: int = 3) -> ItemParameters:
    drawn = draw_bank(np.random.default_rng(seed), items)
    return ItemParameters([f"item-{i}" for i in range(items)], drawn.a, drawn.b, drawn.c)


def usage(bank: ItemParameters) -> str:
    return usage_of(
        {
            str(item): {"a": repr(float(a)), "b": repr(float(b)), "c": repr(float(c))}
            for item, a, b, c in zip(bank.items, bank.a, bank.b, bank.c, strict=True)
        }
    )


def is_cat_problem(response: httpx.Response, status: int, name: str, minor: str) -> str:
    """Check that a response is a problem with the binding's status information, and return its detail."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["type"] == f"urn:qbank:problem:{name}"
    assert problem["status"] == status
    assert (problem["imsx_codeMajor"], problem["imsx_severity"]) == ("failure", "error")
    assert problem["imsx_description"] == problem["detail"]
    assert problem["imsx_codeMinor"] == {
        "imsx_codeMinorField": [{"imsx_codeMinorFieldName": "qbank", "imsx_codeMinorFieldValue": minor}]
    }
    detail: str = problem["detail"]
    return detail


@pytest.mark.parametrize(
    ("selection", "stopping"),
    [
        ({}, {"length": 12}),
        ({"method": "MAP", "criterion": "MEPV"}, {"length": 8}),
        ({"method": "WLE", "criterion": "KL"}, {"se": 0.45, "max_length": 25}),
        ({"method": "ML"}, {"length": 10, "min_length": 2}),
        ({"criterion": "MPWI"}, {"classification": {"cut": 0.2}, "min_length": 3, "max_length": 30}),
    ],
)
async def test_a_session_meets_the_items_that_simulated_delivery_gives(
    api, server, selection: dict[str, Any], stopping: dict[str, Any]
) -> None:
    bank, able, seed = bank_of(60), 0.7, 5
    section = await make_section(api, usage(bank), selection=selection, stopping=stopping)
    luck = np.random.default_rng([seed, 0, 1]).random(60)  # of the first simulee of `deliver`
    right = luck < probability(able, bank.a, bank.b, bank.c)
    items, last = await play(api, section, lambda item: bool(right[bank.items.index(item)]))

    rule = dict(stopping)
    if "classification" in rule:
        rule["classification"] = Classification(**rule["classification"])
    rules, choosing = Rules(**selection), SelectionBank(bank.a, bank.b, bank.c)
    simulated = deliver(
        choosing,
        bank,
        Delivery(rules, StoppingRule(**rule)),
        np.array([able]),
        seed,
        time.monotonic,
    )
    met = {str(bank.items[i]) for i in np.flatnonzero(simulated.exposure.rates)}
    assert set(items) == met
    assert len(items) == int(simulated.length[0])
    told = variables(last)
    assert float(told["THETA"]) == float(simulated.estimate[0])
    assert float(told["THETA_SE"]) == float(simulated.se[0])
    assert told["N_ITEMS"] == str(len(items))
    assert [told["END_REASON"]] == list(simulated.ended)

    # And in that order: each is what `decide` chooses after the answers to those before.
    places = [bank.items.index(item) for item in items]
    for n, place in enumerate(places):
        before = places[:n]
        answers = Answers.of(right[before], bank.a[before], bank.b[before], bank.c[before])
        allowed = np.ones(60, dtype=np.bool_)
        allowed[before] = False
        sitting = Session(rules.ability(answers), np.array(before, dtype=np.int64))
        decision = decide(choosing, rules, sitting, Limits(allowed), np.random.default_rng(n), time.monotonic)
        assert decision.item == place
    logged = server.execute(text("select item, stage from cat_items order by position")).all()
    assert [tuple(row) for row in logged] == [(item, n + 1) for n, item in enumerate(items)]


async def test_items_of_ours_are_chosen_by_their_live_parameters(api, lay_exam, server) -> None:
    questions = lay_exam([{"a": 1.0, "b": b, "options": ""} for b in (-2.0, -1.0, 0.1, 1.0, 2.0)])
    server.execute(
        text("update questions set external_ref = 'demo/' || id where id <> :q"), {"q": questions[2]}
    )
    section = await make_section(api, exam_code="demo", stopping={"length": 3})
    told = (await api.get(f"{BASE}/sections/{section}")).json()
    named = [f"demo/{q}" for q in questions]
    named[2] = str(questions[2])
    assert told["items"] == {"itemIdentifiers": named}
    begun = await begin(api, section)
    assert begun["nextItems"] == {"itemIdentifiers": [named[2]], "stageLength": 1}

    # Those who begin after a calibration go by it; who has begun before does not.
    server.execute(
        text("update item_calibration set a = 2, b = 0 where question_id = :q"), {"q": questions[3]}
    )
    server.execute(text("update cat_banks set checked_at = now() - interval '2 minutes'"))
    assert (await begin(api, section))["nextItems"]["itemIdentifiers"] == [named[3]]
    response = await submit(api, section, begun["sessionIdentifier"], [result(named[2], 0)])
    assert response.json()["nextItems"]["itemIdentifiers"] == [named[1]]
    assert server.execute(text("select count(*) from cat_banks")).scalar_one() == 2

    # What was withdrawn is not given to those who begin afterwards.
    server.execute(text("update questions set is_deleted = true where id = :q"), {"q": questions[3]})
    server.execute(text("update cat_banks set checked_at = now() - interval '2 minutes'"))
    assert (await begin(api, section))["nextItems"]["itemIdentifiers"] == [named[2]]
    server.execute(text("update questions set is_deleted = true"))
    server.execute(text("update cat_banks set checked_at = now() - interval '2 minutes'"))
    none = await api.post(f"{BASE}/sections/{section}/sessions", json={})
    assert "5 items" in is_cat_problem(none, 400, "nothing-to-serve", "invaliddata")


async def test_a_section_of_ours_names_what_cannot_be_used(api, lay_exam, server) -> None:
    good, flat, bare, elsewhere = lay_exam(
        [{"a": 1.0, "b": 0.0}, {"a": -0.5, "b": 0.0}, {}, {"a": 1.0, "b": 1.0, "home": "other"}]
    )

    async def refused(**configuration: Any) -> str:
        body = {"sectionConfiguration": configured(stopping={"length": 1}, **configuration)}
        response = await api.post(f"{BASE}/sections", json=body)
        return is_cat_problem(response, 400, "invalid-data", "invaliddata")

    for question in (flat, bare, elsewhere):
        detail = await refused(exam_code="demo", items=[str(good), str(question)])
        assert f"'{question}'" in detail
        assert f"'{good}'" not in detail
    assert "nowhere" in await refused(exam_code="nowhere")
    server.execute(text("update questions set external_ref = 'x' where id = :q"), {"q": good})
    assert "twice" in await refused(exam_code="demo", items=["x", str(good)])
    assert "exam demo" in await refused(exam_code="demo", tenant_id=str(uuid.uuid4()))
    section = await make_section(api, exam_code="demo", items=["x"], stopping={"length": 1})
    assert (await begin(api, section))["nextItems"]["itemIdentifiers"] == ["x"]
    assert server.execute(text("select count(*) from cat_sections")).scalar_one() == 1


async def test_a_section_is_told_as_it_was_sent_until_it_ends(api) -> None:
    sent = {
        "sectionConfiguration": configured(stopping={"length": 2}),
        "qtiUsagedata": encoded(usage(bank_of(4))),
        "qtiMetadata": {"timeDependent": False, "interactionType": ["choiceInteraction"], "toolName": "x"},
    }
    made = await api.post(f"{BASE}/sections", json=sent | {"more": 1})
    assert made.status_code == 201
    assert set(made.json()) == {"sectionIdentifier"}
    section = made.json()["sectionIdentifier"]
    told = await api.get(f"{BASE}/sections/{section}")
    assert told.status_code == 200
    assert told.json() == {
        "items": {"itemIdentifiers": ["item-0", "item-1", "item-2", "item-3"]},
        "section": sent,
    }
    session = (await begin(api, section))["sessionIdentifier"]
    ended = await api.delete(f"{BASE}/sections/{section}")
    assert (ended.status_code, ended.content) == (204, b"")
    for response in (
        await api.get(f"{BASE}/sections/{section}"),
        await api.delete(f"{BASE}/sections/{section}"),
        await api.post(f"{BASE}/sections/{section}/sessions", json={}),
        await submit(api, section, session, [result("item-0", 1)]),
        await api.delete(f"{BASE}/sections/{section}/sessions/{session}"),
    ):
        is_cat_problem(response, 404, "section-not-found", "unknownobject")


async def test_what_platforms_send_empty_or_as_base64_is_taken(api) -> None:
    body = {
        "qtiMetadata": encoded(""),
        "qtiUsagedata": encoded(usage(bank_of(3))).rstrip("="),
        "sectionConfiguration": configured(stopping={"length": 1}).rstrip("="),
    }
    made = await api.post(f"{BASE}/sections", json=body)
    assert made.status_code == 201, made.text
    prior = [{"key": "initialEstimatedAbility", "value": "0.0"}, {"key": "other", "value": "x"}]
    begun = await begin(
        api, made.json()["sectionIdentifier"], priorData=prior, demographics=encoded('{"sex": "f"}')
    )
    assert set(begun) == {"sessionIdentifier", "nextItems", "sessionState"}


async def test_prior_data_are_where_a_session_begins(api) -> None:
    parameters = {f"i{b}": {"a": 1, "b": b} for b in range(-3, 4)}
    section = await make_section(api, usage_of(parameters), stopping={"length": 2})

    async def first(**prior: object) -> list[str]:
        data = [{"key": key, "value": value} for key, value in prior.items()]
        begun = await begin(api, section, priorData=data)
        items: list[str] = begun["nextItems"]["itemIdentifiers"]
        return items

    assert await first() == ["i0"]
    assert await first(initialEstimatedAbility="2.0") == ["i2"]
    assert await first(initialEstimatedAbility=-3, initialStandardError=0.5) == ["i-3"]
    for key, value in (
        ("initialEstimatedAbility", "able"),
        ("initialEstimatedAbility", "nan"),
        ("initialEstimatedAbility", "7"),
        ("initialStandardError", "0"),
    ):
        response = await api.post(
            f"{BASE}/sections/{section}/sessions", json={"priorData": [{"key": key, "value": value}]}
        )
        assert key in is_cat_problem(response, 400, "invalid-data", "invaliddata")


async def test_a_repeated_request_changes_nothing_and_gets_the_same_items(api, server) -> None:
    section = await make_section(api, usage(bank_of(20)), stopping={"length": 3})
    begun = await begin(api, section)
    session, (first,) = begun["sessionIdentifier"], begun["nextItems"]["itemIdentifiers"]
    # Not final yet: the same item waits.
    waiting = await submit(api, section, session, [result(first, 1, status="pendingResponseProcessing")])
    assert waiting.json()["nextItems"]["itemIdentifiers"] == [first]
    assert variables(waiting.json())["N_ITEMS"] == "0"
    one = await submit(api, section, session, [result(first, 1)], begun["sessionState"])
    again = await submit(api, section, session, [result(first, 1)], begun["sessionState"])
    assert one.json()["nextItems"] == again.json()["nextItems"]
    assert one.json()["sessionState"] == again.json()["sessionState"] != begun["sessionState"]
    (second,) = one.json()["nextItems"]["itemIdentifiers"]
    assert second != first
    # All results so far, or the new ones: both are read.
    both = await submit(api, section, session, [result(first, 1), result(second, 0)])
    (third,) = both.json()["nextItems"]["itemIdentifiers"]
    over = await submit(api, section, session, [result(third, 0)])
    for last in (over, await submit(api, section, session, [result(third, 0)])):
        assert last.json()["nextItems"] == {"itemIdentifiers": [], "stageLength": 0}
        assert variables(last.json())["END_REASON"] == "length"
    rows = server.execute(text("select item, correct from cat_items order by position")).all()
    assert [tuple(row) for row in rows] == [(first, True), (second, False), (third, False)]


async def test_two_requests_at_once_choose_one_item(api, open_api, server) -> None:
    section = await make_section(api, usage(bank_of(20)), stopping={"length": 5})
    begun = await begin(api, section)
    session, (first,) = begun["sessionIdentifier"], begun["nextItems"]["itemIdentifiers"]
    clients = [api, await open_api(), await open_api()]
    told = await asyncio.gather(
        *(submit(client, section, session, [result(first, 1)]) for client in clients * 3)
    )
    assert {one.status_code for one in told} == {200}
    assert len({tuple(one.json()["nextItems"]["itemIdentifiers"]) for one in told}) == 1
    assert server.execute(text("select count(*) from cat_items")).scalar_one() == 2


async def test_results_that_contradict_or_do_not_belong_are_refused(api, server) -> None:
    section = await make_section(api, usage(bank_of(20)), stopping={"length": 5})
    begun, other = await begin(api, section), await begin(api, section)
    session, (first,) = begun["sessionIdentifier"], begun["nextItems"]["itemIdentifiers"]
    stranger = next(f"item-{i}" for i in range(20) if f"item-{i}" != first)
    mixed = await submit(api, section, session, [result(first, 1), result(stranger, 1)])
    assert stranger in is_cat_problem(mixed, 400, "invalid-data", "invaliddata")
    assert server.execute(text("select count(resulted_at) from cat_items")).scalar_one() == 0
    for state in (other["sessionState"], "x", "", "MS4w", "é"):
        wrong = await submit(api, section, session, [result(first, 1)], state)
        assert "sessionState" in is_cat_problem(wrong, 400, "invalid-data", "invaliddata")
    for score, more in (("half", {}), ("0.5", {}), ("1", {"normalMaximum": 2}), ("1", {"normalMaximum": -1})):
        wrong = await submit(api, section, session, [result(first, score, **more)])
        assert first in is_cat_problem(wrong, 400, "invalid-data", "invaliddata")
    await submit(api, section, session, [result(first, 1)])
    changed = await submit(api, section, session, [result(first, 0)])
    assert first in is_cat_problem(changed, 409, "result-stands", "invaliddata")


async def test_sessions_are_found_in_their_section_until_they_end_or_expire(api, server) -> None:
    section = await make_section(api, usage(bank_of(9)), stopping={"length": 5})
    another = await make_section(api, usage(bank_of(9)), stopping={"length": 5})
    begun, late = await begin(api, section), await begin(api, section)
    results = [result(begun["nextItems"]["itemIdentifiers"][0], 1)]
    session = begun["sessionIdentifier"]
    for there, whose in (
        (another, session),
        (section, f"session-{uuid.uuid4()}"),
        (section, section),
        (section, "%00"),
    ):
        response = await submit(api, there, whose, results)
        is_cat_problem(response, 404, "session-not-found", "unknownobject")
    for name in ("section-1", session, f"section-{uuid.uuid4()}", f"SECTION-{uuid.uuid4()}"):
        is_cat_problem(await submit(api, name, session, results), 404, "section-not-found", "unknownobject")
    ended = await api.delete(f"{BASE}/sections/{section}/sessions/{session}")
    assert (ended.status_code, ended.content) == (204, b"")
    for response in (
        await submit(api, section, session, results),
        await api.delete(f"{BASE}/sections/{section}/sessions/{session}"),
    ):
        is_cat_problem(response, 404, "session-not-found", "unknownobject")
    lifetimes = server.execute(text("select distinct expires_at - started_at from cat_sessions")).scalars()
    assert list(lifetimes) == [dt.timedelta(hours=24)]
    server.execute(text("update cat_sessions set expires_at = now()"))
    gone = await submit(api, section, late["sessionIdentifier"], results)
    assert "expired" in is_cat_problem(gone, 404, "session-not-found", "unknownobject")
    assert server.execute(text("select count(*) from cat_items")).scalar_one() == 2  # the log stays


async def test_stages_hold_several_items_and_end_with_the_session(api) -> None:
    section = await make_section(api, usage(bank_of(30)), stopping={"length": 7}, stage_length=3)
    told = await begin(api, section)
    session, lengths = told["sessionIdentifier"], []
    while items := told["nextItems"]["itemIdentifiers"]:
        lengths.append(told["nextItems"]["stageLength"])
        if len(items) > 1:  # the others of the stage wait
            half = await submit(api, section, session, [result(items[0], 1)])
            assert half.json()["nextItems"]["itemIdentifiers"] == items[1:]
        told = (await submit(api, section, session, [result(item, 1) for item in items])).json()
    assert lengths == [3, 3, 1]


async def test_an_omitted_item_counts_and_tells_nothing(api) -> None:
    section = await make_section(api, usage(bank_of(10)), stopping={"length": 2})
    begun = await begin(api, section)
    (first,) = begun["nextItems"]["itemIdentifiers"]
    told = (await submit(api, section, begun["sessionIdentifier"], [result(first, None)])).json()
    assert float(variables(told)["THETA"]) == pytest.approx(0.0, abs=1e-12)
    assert variables(told)["N_ITEMS"] == "1"
    (second,) = told["nextItems"]["itemIdentifiers"]
    assert second != first
    bare = result(second, 1)
    del bare["outcomeVariables"]
    over = (await submit(api, section, begun["sessionIdentifier"], [bare])).json()
    assert over["nextItems"]["itemIdentifiers"] == []
    assert float(variables(over)["THETA"]) == pytest.approx(0.0, abs=1e-12)


async def test_a_session_goes_on_in_another_process_and_ends_with_the_bank(api, open_api) -> None:
    section = await make_section(api, usage(bank_of(4)), stopping={"se": 0.01, "max_length": 40})
    told = await begin(api, section)
    session, met = told["sessionIdentifier"], []
    while items := told["nextItems"]["itemIdentifiers"]:
        met += items
        restarted = await open_api()
        told = (await submit(restarted, section, session, [result(items[0], 1)])).json()
    assert sorted(met) == ["item-0", "item-1", "item-2", "item-3"]
    assert variables(told)["END_REASON"] == "no item left"


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ({}, "sectionConfiguration"),
        ({"sectionConfiguration": 1}, "sectionConfiguration"),
        ({"sectionConfiguration": "***"}, "sectionConfiguration"),
        ({"sectionConfiguration": "A"}, "sectionConfiguration"),
        ({"sectionConfiguration": encoded("[]")}, "sectionConfiguration"),
        ({"sectionConfiguration": encoded(b"\xff")}, "sectionConfiguration"),
        ({"sectionConfiguration": encoded("[" * 50_000)}, "sectionConfiguration"),
        ({"sectionConfiguration": configured()}, "sectionConfiguration.stopping"),
        ({"sectionConfiguration": configured(stopping={})}, "sectionConfiguration.stopping"),
        ({"sectionConfiguration": configured(stopping={"se": 0.3})}, "sectionConfiguration.stopping"),
        ({"sectionConfiguration": configured(stopping={"length": 0})}, "sectionConfiguration.stopping"),
        (
            {
                "sectionConfiguration": configured(
                    stopping={"length": 5, "classification": {"cut": 0, "delta": 0}}
                )
            },
            "sectionConfiguration.stopping",
        ),
        ({"sectionConfiguration": configured(stopping={"length": 1}, colour=1)}, "colour"),
        ({"sectionConfiguration": configured(stopping={"length": 1}, seed=2**63)}, "seed"),
        ({"sectionConfiguration": configured(stopping={"length": 1}, items=["a b"])}, "items.0"),
        ({"sectionConfiguration": configured(stopping={"length": 1})}, "exam_code"),
        ({"sectionConfiguration": configured(stopping={"length": 4})}, "length is 4"),
    ],
)
async def test_sections_that_cannot_be_used_say_where(api, server, body: dict[str, Any], where: str) -> None:
    usage_data = {} if where == "exam_code" else {"qtiUsagedata": encoded(usage(bank_of(3)))}
    response = await api.post(f"{BASE}/sections", json=usage_data | body)
    read = isinstance(sent := body.get("sectionConfiguration"), str) and sent != "***"
    name = "invalid-data" if read else "invalid-request"
    assert where in is_cat_problem(response, 400, name, "invaliddata")
    assert server.execute(text("select count(*) from cat_sections")).scalar_one() == 0


async def test_strings_that_the_database_cannot_hold_are_refused(api) -> None:
    good = {
        "sectionConfiguration": configured(stopping={"length": 1}),
        "qtiUsagedata": encoded(usage(bank_of(3))),
    }
    for name in ("\x00", "\ud800"):
        content = httpx.Request("POST", "http://x", json=good | {"qtiMetadata": {"toolName": "N"}}).content
        content = content.replace(b'"N"', b'"\\u%04x"' % ord(name))
        response = await api.post(
            f"{BASE}/sections", content=content, headers={"content-type": "application/json"}
        )
        assert response.status_code == 400, response.text
        assert response.json()["imsx_codeMajor"] == "failure"


async def test_a_section_may_be_large_and_nothing_else(api) -> None:
    bank = bank_of(2000)
    section = await make_section(api, usage(bank), stopping={"length": 1})
    assert len((await api.get(f"{BASE}/sections/{section}")).json()["items"]["itemIdentifiers"]) == 2000
    huge = await api.post(f"{BASE}/sections", content=b" " * (16 * 1024 * 1024 + 1))
    is_cat_problem(huge, 413, "request-entity-too-large", "invaliddata")


async def test_another_tenants_section_is_not_mixed_with_ours(api, lay_exam, server) -> None:
    other = uuid.uuid4()
    lay_exam([{"a": 1.0, "b": 0.0}], tenant=other)
    section = await make_section(api, exam_code="demo", tenant_id=str(other), stopping={"length": 1})
    begun = await begin(api, section)
    await submit(
        api, section, begun["sessionIdentifier"], [result(begun["nextItems"]["itemIdentifiers"][0], 1)]
    )
    for table in ("cat_sections", "cat_banks", "cat_sessions", "cat_items"):
        assert server.execute(text(f"select distinct tenant_id from {table}")).scalars().all() == [other]


async def test_a_database_that_is_away_is_told_in_both_ways(offline) -> None:
    body = {
        "sectionConfiguration": configured(stopping={"length": 1}),
        "qtiUsagedata": encoded(usage(bank_of(3))),
    }
    response = await offline.post(f"{BASE}/sections", json=body)
    is_cat_problem(response, 503, "no-database", "internal_server_error")
    unknown = await offline.get(f"{BASE}/nowhere")
    is_cat_problem(unknown, 404, "not-found", "unknownobject")


async def test_two_values_of_a_parameter_are_refused_and_a_context_chooses(api) -> None:
    inside = (
        statistic("a", "x", 1) + statistic("b", "x", 0, "https://one") + statistic("b", "x", 2, "https://two")
    )
    document = f"<usageData>{inside}</usageData>"
    body = {"sectionConfiguration": configured(stopping={"length": 1}), "qtiUsagedata": encoded(document)}
    response = await api.post(f"{BASE}/sections", json=body)
    assert "context" in is_cat_problem(response, 400, "invalid-data", "invaliddata")


async def test_openapi_has_every_route_with_examples_and_the_bindings_statuses(offline) -> None:
    schema = (await offline.get("/openapi.json")).json()
    schemas = schema["components"]["schemas"]
    shown = {
        f"{method.upper()} {path.removeprefix(BASE)}": operation
        for path, methods in schema["paths"].items()
        if path.startswith(BASE)
        for method, operation in methods.items()
    }
    section, session = "/sections/{section_identifier}", "/sessions/{session_identifier}"
    guarded = {"400", "401", "403", "429", "503"}
    assert {name: set(operation["responses"]) for name, operation in shown.items()} == {
        "POST /sections": {"201", "413", *guarded},
        f"GET {section}": {"200", "404", *guarded},
        f"DELETE {section}": {"204", "404", *guarded},
        f"POST {section}/sessions": {"201", "404", "413", *guarded},
        f"DELETE {section}{session}": {"204", "404", *guarded},
        f"POST {section}{session}/results": {"200", "404", "409", "413", *guarded},
    }
    for name, operation in shown.items():
        assert operation["summary"], name
        assert operation["description"], name
        contents = [operation["requestBody"]["content"]] if "requestBody" in operation else []
        for status, response in operation["responses"].items():
            if status == "204":
                assert "content" not in response
                continue
            media = "application/json" if int(status) < 400 else "application/problem+json"
            assert set(response["content"]) == {media}, (name, status)
            contents.append(response["content"])
        for content in contents:
            (one,) = content.values()
            assert schemas[one["schema"]["$ref"].rpartition("/")[2]]["examples"], name


async def test_the_examples_are_requests_that_pass(offline) -> None:
    schemas = (await offline.get("/openapi.json")).json()["components"]["schemas"]
    section = f"{BASE}/sections/section-6b1f6a52-6a55-4d0e-8c52-5f6d8f1f2a01"
    session = f"{section}/sessions/session-0a5c9c1e-3f0c-4c0b-9c43-5d2f0f6f7b02"
    for path, shape in (
        (f"{BASE}/sections", "Section"),
        (f"{section}/sessions", "SessionRequest"),
        (f"{session}/results", "Results"),
    ):
        response = await offline.post(path, json=schemas[shape]["examples"][0])
        assert response.status_code == 503, (shape, response.text)  # read, and then there is no database
