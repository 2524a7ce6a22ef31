"""The parameters of a calibration over HTTP."""

from __future__ import annotations

import time
import uuid

import pytest
from sqlalchemy import text

pytestmark = pytest.mark.anyio

RUN, OLD, CANDIDATE = uuid.UUID(int=99), uuid.UUID(int=98), uuid.UUID(int=97)
ITEMS = [{"a": 0.1 + 0.2, "b": -1 / 3, "c": 0.0}, {"a": 1.6, "b": 0.2, "c": 0.15}, {}]
_HISTORY = """
    insert into item_calibration_history
        (question_id, version, model, item_model, tenant_id, a, b, c, se_a, se_b, n_respondents, run_id, serving)
    select question_id, version, model, {item_model}, tenant_id, a, b + :shift, c, 0.07, 0.05, 1804, :run, true
    from item_calibration
"""
_RUN = """
    insert into calibration_runs (id, tenant_id, exam_code, status, snapshot_hash, code_version, n_persons,
        n_items, n_responses, published_at)
    select :id, tenant_id, exam_code, :status, snapshot_hash, code_version, n_persons, n_items, n_responses,
        case when :live then now() end
    from calibration_runs where id = :like
"""


@pytest.fixture
def calibrated(lay_exam, server):
    """An exam with a live run, one that was live before it, and a candidate; returns its questions."""
    questions = lay_exam(ITEMS)
    server.execute(text("update calibration_runs set published_at = now()"))
    for run, status, live in ((OLD, "superseded", True), (CANDIDATE, "waiting", False)):
        server.execute(text(_RUN), {"id": run, "status": status, "live": live, "like": RUN})
    server.execute(text(_HISTORY.format(item_model="'3PL, c = 0.2'")), {"run": RUN, "shift": 0})
    server.execute(text(_HISTORY.format(item_model="null")), {"run": OLD, "shift": 1})
    server.execute(
        text(
            "insert into item_calibration_history (question_id, version, model, tenant_id, a, b, c, run_id)"
            " select question_id, version, '3PL', tenant_id, 9, 9, 0.1, run_id from item_calibration"
        )
    )
    return questions


async def _calibration(api, headers=None, **asked):
    return await api.get("/v1/calibrations/demo", params=asked, headers=headers or {})


async def test_the_live_parameters_to_the_last_digit(api, calibrated, server):
    response = await _calibration(api)
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.headers["etag"] == f'"{RUN}"'
    assert response.headers["cache-control"] == "private, no-cache"
    found = response.json()
    assert set(found) == {"run_id", "fitted_at", "metric", "items"}
    assert (found["run_id"], found["metric"]) == (str(RUN), "D=1.7")
    common = {"version": 1, "model": "3PL, c = 0.2", "se_a": 0.07, "se_b": 0.05, "se_c": None}
    assert found["items"] == [
        {
            "question_id": question,
            "a": item["a"],
            "b": item["b"],
            "c": item["c"],
            "n_respondents": 1804,
            **common,
        }
        for question, item in zip(calibrated[:2], ITEMS[:2], strict=True)
    ]


async def test_a_run_that_was_live_before(api, calibrated):
    response = await _calibration(api, run=OLD)
    assert (response.json()["run_id"], response.headers["etag"]) == (str(OLD), f'"{OLD}"')
    assert [(one["model"], one["b"]) for one in response.json()["items"]] == [
        ("2PL", ITEMS[0]["b"] + 1),
        ("2PL", ITEMS[1]["b"] + 1),
    ]
    assert (await _calibration(api, run=RUN)).json() == (await _calibration(api)).json()


@pytest.mark.parametrize("tags", [f'"{RUN}"', f'W/"{RUN}"', f'"x" , "{RUN}"', "*"])
async def test_who_has_it_already_gets_no_body(api, calibrated, tags):
    response = await _calibration(api, {"If-None-Match": tags})
    assert (response.status_code, response.content) == (304, b"")
    assert response.headers["etag"] == f'"{RUN}"'


@pytest.mark.parametrize("tags", [f'"{OLD}"', str(RUN), "", '"', f'"{RUN}x"'])
async def test_any_other_tag_gets_it(api, calibrated, tags):
    assert (await _calibration(api, {"If-None-Match": tags})).status_code == 200


async def test_a_new_run_has_another_tag(api, calibrated, server):
    tag = (await _calibration(api)).headers["etag"]
    server.execute(text("update calibration_runs set status = 'superseded' where id = :id"), {"id": RUN})
    server.execute(text("update calibration_runs set status = 'published' where id = :id"), {"id": OLD})
    response = await _calibration(api, {"If-None-Match": tag})
    assert (response.status_code, response.json()["run_id"]) == (200, str(OLD))


async def test_what_never_was_live_is_not_told(api, calibrated, is_problem):
    is_problem(await _calibration(api, run=CANDIDATE), 404, "calibration-not-found")
    is_problem(await _calibration(api, run=uuid.uuid4()), 404, "calibration-not-found")
    problem = is_problem(await api.get("/v1/calibrations/nowhere"), 404, "calibration-not-found")
    assert "qbank calibrations list" in problem["detail"]
    is_problem(await api.get("/v1/calibrations/no%20spaces"), 422, "invalid-request")
    is_problem(await _calibration(api, run="last"), 422, "invalid-request")


async def test_another_tenant_has_no_calibration_of_it(api, calibrated, is_problem, tenant):
    is_problem(await _calibration(api, tenant_id=uuid.UUID(int=2)), 404, "calibration-not-found")
    is_problem(await _calibration(api, tenant_id=uuid.UUID(int=2), run=RUN), 404, "calibration-not-found")
    assert (await _calibration(api, tenant_id=tenant)).status_code == 200


async def test_twenty_thousand_items_come_in_one_response(api, calibrated, server):
    server.execute(
        text(
            "with made as (insert into questions (tenant_id, home_exam_code, created_by)"
            " select tenant_id, 'demo', created_by from questions, generate_series(1, 20000)"
            " where id = :like returning id, tenant_id, created_by),"
            " versions as (insert into question_versions (question_id, version, tenant_id, created_by, stem_md)"
            " select id, 1, tenant_id, created_by, 'x' from made returning question_id)"
            " select count(*) from versions"
        ),
        {"like": calibrated[0]},
    )
    server.execute(
        text(
            "insert into item_calibration_history (question_id, version, model, tenant_id, a, b, c, se_a, se_b,"
            " n_respondents, run_id, serving) select question_id, 1, '2PL', tenant_id, 0.3 + random(),"
            " random() * 4 - 2, 0, random(), random(), 1000, :run, true from question_versions where stem_md = 'x'"
        ),
        {"run": RUN},
    )
    began = time.perf_counter()
    response = await _calibration(api)
    took = time.perf_counter() - began
    assert len(response.json()["items"]) == 20_002
    began = time.perf_counter()
    assert (await _calibration(api, {"If-None-Match": response.headers["etag"]})).status_code == 304
    unchanged = time.perf_counter() - began
    assert took < 5
    assert unchanged < took
