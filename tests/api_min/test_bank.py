"""The bank in memory: what is in it, stand-ins, filters, and when it is loaded anew."""

from __future__ import annotations

import time
import uuid

import numpy as np
import pytest
from sqlalchemy import text

from api_min.bank import load_bank
from api_min.errors import UnknownTopic
from database.engine import engine_as
from database.tenancy import Role, enter_tenant

STRANGER = uuid.UUID(int=2)


@pytest.fixture
def bank_of(pipeline_engine):
    """Load a bank as the API does: within the tenant, or within `acting` for whichever is asked."""

    def load(tenant, exam, acting=None):
        with pipeline_engine.begin() as connection:
            enter_tenant(connection, acting or tenant)
            return load_bank(connection, tenant, exam)

    return load


def test_calibrated_items_have_their_parameters_and_others_a_stand_in(lay_exam, bank_of, tenant):
    questions = lay_exam(
        [
            {"a": 0.8, "b": -1.0, "c": 0.1, "label": "hard"},
            {"a": 2.0, "b": 0.5},
            {"a": 1.0, "b": 1.0},
            {"label": "easy"},
            {"label": "medium"},
            {"label": "hard"},
            {},
        ]
    )
    bank = bank_of(tenant, "demo")
    assert bank.question_id.tolist() == questions
    assert bank.a.tolist() == [0.8, 2.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    assert bank.b.tolist() == [-1.0, 0.5, 1.0, -1.0, 0.0, 1.0, 0.0]
    assert bank.c.tolist() == [0.1, 0.0, 0.0, 0.2, 0.2, 0.2, 0.2]
    assert bank.se_b.tolist() == [0.0] * 3 + [1.0] * 4
    assert (bank.median_a, bank.scale, bank.run_id) == (1.0, "demo", uuid.UUID(int=99))
    with pytest.raises(ValueError, match="read-only"):
        bank.b[0] = 0.0


def test_without_calibrations_a_is_one(lay_exam, bank_of, tenant):
    lay_exam([{}, {"label": "hard"}])
    lay_exam([{"a": -1.0, "b": 0.0}, {}], exam="miskeyed")
    assert bank_of(tenant, "miskeyed").median_a == 1.0
    bank = bank_of(tenant, "demo")
    assert (bank.a.tolist(), bank.scale, bank.run_id) == ([1.0, 1.0], None, None)


def test_items_on_another_scale_stand_in(lay_exam, bank_of, tenant):
    lay_exam([{"a": 1.0, "b": 0.0}, {"a": 2.0, "b": 3.0, "home": "other"}])
    bank = bank_of(tenant, "demo")
    assert bank.calibrated.tolist() == [True, False]
    assert bank.b.tolist() == [0.0, 0.0]


def test_an_exam_made_of_another_ones_items_takes_their_scale(lay_exam, bank_of, tenant):
    lay_exam([{"a": 1.0, "b": 2.0, "home": "other"}, {}], exam="practice")
    bank = bank_of(tenant, "practice")
    assert (bank.scale, bank.b.tolist()) == ("other", [2.0, 0.0])


def test_what_may_not_be_served_is_not_in_it(lay_exam, bank_of, tenant, server):
    kept, deleted, retired, unserving = lay_exam([{"a": 1.0, "b": 1.0} for _ in range(4)])
    lay_exam([{"options": ""}, {}], exam="demo")
    lay_exam([{}], exam="another")
    server.execute(text("update questions set is_deleted = true where id = :q"), {"q": deleted})
    server.execute(
        text("update question_versions set state = 'retired' where question_id = :q"), {"q": retired}
    )
    server.execute(
        text("update item_calibration set serving = false where question_id = :q"), {"q": unserving}
    )
    bank = bank_of(tenant, "demo")
    assert len(bank) == 3
    assert bank.question_id[:2].tolist() == [kept, unserving]
    assert bank.calibrated.tolist() == [True, False, False]
    assert len(bank_of(tenant, None)) == 4


def test_another_tenants_items_are_in_no_bank(lay_exam, bank_of, tenant, pipeline_engine):
    lay_exam([{"a": 1.0, "b": 0.0}])
    theirs = lay_exam([{"a": 1.0, "b": 0.0}], exam="theirs", tenant=STRANGER, run=uuid.UUID(int=98))
    assert bank_of(STRANGER, "theirs").question_id.tolist() == theirs
    assert len(bank_of(tenant, "theirs")) == 0
    assert len(bank_of(STRANGER, "theirs", acting=tenant)) == 0  # row-level security, whoever is asked for
    assert theirs[0] not in bank_of(tenant, None).question_id
    with pipeline_engine.begin() as connection:  # the pipeline sees all tenants: the query names its own
        assert theirs[0] not in load_bank(connection, tenant, None).question_id


def test_what_another_tenant_lends_is_served_with_its_parameters(lay_exam, bank_of, tenant, server):
    (lent,) = lay_exam(
        [{"a": 1.3, "b": 0.7, "topic": "medicine"}], exam="theirs", tenant=STRANGER, run=uuid.UUID(int=98)
    )
    server.execute(
        text(
            "insert into question_publications (question_id, live_version, exam_code, tenant_id)"
            " values (:q, 1, 'theirs', :t)"
        ),
        {"q": lent, "t": tenant},
    )
    bank = bank_of(tenant, "theirs")
    assert (bank.question_id.tolist(), bank.a.tolist(), bank.b.tolist()) == ([lent], [1.3], [0.7])
    assert bank.where(["Medicine"]).tolist() == [True]


def test_filters(lay_exam, bank_of, tenant):
    lay_exam(
        [
            {"topic": "m.c", "label": "easy"},
            {"topic": "m.c.e", "label": "hard"},
            {"topic": "m", "label": "easy"},
            {},
        ]
    )
    bank = bank_of(tenant, "demo")
    assert bank.where().tolist() == [True] * 4
    assert bank.where(["m.c"]).tolist() == [True, True, False, False]
    assert bank.where(["m"], ["easy"]).tolist() == [True, False, True, False]
    assert bank.where([], ["easy", "hard"]).tolist() == [True, True, True, False]
    with pytest.raises(UnknownTopic, match="'x'"):
        bank.where(["m", "x"])


def test_twenty_thousand_items(database_url, lay_exam, server, tenant):
    (first,) = lay_exam([{"a": 1.0, "b": 0.0}])
    for statement in (
        "insert into questions (home_exam_code, created_by)"
        " select 'demo', gen_random_uuid() from generate_series(2, 20000)",
        "insert into question_versions (question_id, version, stem_md, created_by)"
        " select id, 1, 'Stem', created_by from questions where id > :first",
        "insert into question_options (question_version_id, option_label, is_correct)"
        " select v.id, o, o = 'A' from question_versions v, unnest(array['A', 'B']) o where question_id > :first",
        "update question_versions set state = 'published' where question_id > :first",
        "insert into question_publications (question_id, live_version, exam_code)"
        " select id, 1, 'demo' from questions where id > :first",
        "insert into item_calibration (question_id, version, model, a, b, c, serving)"
        " select id, 1, '2PL', 0.5 + (id % 100) / 50.0, (id % 61) / 10.0 - 3, 0, true"
        " from questions where id > :first and id % 10 > 0",
        "analyze",
    ):
        server.execute(text(statement), {"first": first} if ":first" in statement else {})
    engine = engine_as(database_url, Role.API)
    with engine.begin() as connection:
        enter_tenant(connection, tenant)
        started = time.perf_counter()
        bank = load_bank(connection, tenant, "demo")
        seconds = time.perf_counter() - started
    engine.dispose()
    print(f"20,000 items loaded in {seconds:.2f} s")
    assert len(bank) == 20_000
    assert bank.calibrated.sum() == (bank.se_b == 0).sum() == pytest.approx(18_000, abs=1)
    assert np.all(np.diff(bank.question_id) > 0)
    # Row-level security that is evaluated row by row, not hashed, takes minutes at this size.
    assert seconds < 30
