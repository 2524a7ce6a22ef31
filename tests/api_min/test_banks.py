"""Which bank is current, which are pinned, and how it is heard that something moved."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import event, text

from api_min.banks import CHANNEL, Banks
from api_min.transactions import Transactions
from database.listening import listen
from database.queries import bank_snapshots

pytestmark = pytest.mark.anyio
PATIENCE = 20.0


@pytest.fixture
def load(engine, tenant):
    async def loaded(banks, exam="demo"):
        async with Transactions(engine).within(tenant) as connection:
            return await banks.current(connection, tenant, exam)

    return loaded


async def test_a_bank_is_loaded_anew_when_its_stamp_moves_or_its_age_tells(lay_exam, load, server):
    lay_exam([{"a": 1.0, "b": 0.0}])
    now = [0.0]
    banks = Banks(max_age=10.0, clock=lambda: now[0])
    first = await load(banks)
    assert await load(banks) is first
    lay_exam([{}])
    second = await load(banks)
    assert (len(first.bank), len(second.bank)) == (1, 2)
    server.execute(text("update item_calibration set b = 2"))
    assert await load(banks) is second  # nothing was published
    server.execute(text("update calibration_runs set published_at = now()"))
    third = await load(banks)
    assert third.bank.b[0] == 2.0
    server.execute(text("update calibration_runs set status = 'superseded'"))
    fourth = await load(banks)
    assert fourth is not third
    now[0] = 10.5
    fifth = await load(banks)
    assert fifth is not fourth
    assert fifth.hash == fourth.hash
    assert await load(banks) is fifth


async def test_no_more_banks_are_kept_than_there_is_room_for(lay_exam, load):
    for exam in ("one", "two", "three"):
        lay_exam([{}], exam=exam)
    banks = Banks(capacity=2)
    one, two = await load(banks, "one"), await load(banks, "two")
    assert len((await load(banks, "not there")).bank) == 0
    assert await load(banks, "one") is one
    await load(banks, "three")
    assert await load(banks, "one") is one
    assert await load(banks, "two") is not two


@pytest.mark.parametrize(
    "moves",
    [
        "update calibration_runs set published_at = now()",
        "delete from question_publications",
        "update exams set stopping = '{\"se\": 0.3}'",
        "update question_versions set tags = '{\"pilot\": true}'",
        "update questions set is_deleted = true",
    ],
)
async def test_what_moves_is_heard_at_once_and_nothing_is_asked_while_it_does_not(
    lay_exam, load, server, engine, settings, moves
):
    lay_exam([{"a": 1.0, "b": 0.0}])
    banks = Banks()
    hears = asyncio.create_task(listen(settings.database_url, CHANNEL, banks))
    try:
        await _until(lambda: banks.listening)
        first = await load(banks)
        asked = []
        event.listen(engine.sync_engine, "before_cursor_execute", lambda *said: asked.append(said[2]))
        assert await load(banks) is first
        assert not any("question_publications" in statement for statement in asked)
        server.execute(text(moves))
        await _until(lambda: banks.sizes()[0] == 0)
        assert await load(banks) is not first
    finally:
        hears.cancel()
        await asyncio.gather(hears, return_exceptions=True)
    assert not banks.listening


async def test_a_lost_connection_is_made_again_and_what_was_missed_is_not_kept(
    lay_exam, load, server, settings
):
    lay_exam([{"a": 1.0, "b": 0.0}])
    banks = Banks()
    hears = asyncio.create_task(listen(settings.database_url, CHANNEL, banks))
    try:
        await _until(lambda: banks.listening)
        first = await load(banks)
        server.execute(
            text("select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen%'")
        )
        await _until(lambda: not banks.listening)
        await _until(lambda: banks.listening)
        assert await load(banks) is not first
    finally:
        hears.cancel()
        await asyncio.gather(hears, return_exceptions=True)


async def test_a_pinned_bank_is_read_from_its_snapshot_and_let_go_when_its_quizzes_are_over(
    lay_exam, load, engine, tenant, server
):
    lay_exam([{"a": 1.0, "b": 0.0}, {"label": "hard"}])
    kept = await load(Banks())
    now = [0.0]
    banks = Banks(clock=lambda: now[0])
    async with Transactions(engine).within(tenant) as connection:
        with pytest.raises(LookupError, match=kept.hash):
            await banks.pinned(connection, tenant, kept.hash, 100.0)
        await connection.run_sync(bank_snapshots.keep, tenant, kept.snapshot)
    server.execute(text("update item_calibration set b = 2"))
    async with Transactions(engine).within(tenant) as connection:
        bank = await banks.pinned(connection, tenant, kept.hash, 100.0)
        assert bank.b.tolist() == kept.bank.b.tolist() == [0.0, 1.0]
        assert await banks.pinned(connection, tenant, kept.hash, 50.0) is bank
        now[0] = 99.0
        assert banks.sizes() == (0, 1)
        now[0] = 101.0
        assert banks.sizes() == (0, 0)
        assert await banks.pinned(connection, tenant, kept.hash, 50.0) is not bank


async def _until(holds):
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not holds():
        assert asyncio.get_running_loop().time() < deadline, "waited in vain"
        await asyncio.sleep(0.02)
