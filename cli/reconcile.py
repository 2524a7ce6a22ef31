"""`qbank reconcile`: whether what is told twice is told alike, by day and exam, for who has to vouch for it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from cli.console import out
from cli.database import pipeline_engine

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from database.queries.attempt_reconciliation import StoresAgreement
    from database.queries.mart_reconciliation import MartAgreement
    from database.queries.reconciliation import Answers, Span

SHOWN = 20


def reconcile(
    exam: Annotated[str | None, typer.Option(help="Only this home exam.")] = None,
    days: Annotated[
        int | None, typer.Option(min=1, help="So many days back, over QBANK_RECONCILE_DAYS.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Everything that is kept.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, with every id listed.")] = False,
) -> None:
    """Compare answers with their events, facts with raw rows, ClickHouse with Postgres; exit 1 where they differ."""
    from database.queries import calibrations, reconciliation
    from ingestion import settings

    back = None if everything else days or settings.load().reconcile_days
    span = reconciliation.settled(dt.datetime.now(dt.UTC), back)
    with pipeline_engine() as engine, engine.begin() as connection:
        answers = reconciliation.answers(connection, span, exam=exam)
        exams = [exam] if exam else calibrations.home_exams(connection)
        marts = _marts(connection, exams, span)
        # ClickHouse knows items and not home exams: it is compared as a whole.
        stores = None if exam else _stores(connection, span)
    if as_json:
        out.print_json(json.dumps(_plain(answers, marts, stores), default=str))
    else:
        _show(answers, marts, stores)
    if _faults(answers, marts, stores):
        raise typer.Exit(1)


def _marts(connection: Connection, exams: Sequence[str], span: Span) -> dict[tuple[str, str], MartAgreement]:
    from database.queries import mart_reconciliation
    from database.queries.counts import has_marts
    from database.queries.marts import LIVE

    if not has_marts(connection, LIVE):
        return {}
    found = {}
    for exam in exams:
        found[exam, "fact_responses"] = mart_reconciliation.facts(connection, LIVE, exam, span)
        found[exam, "int_first_attempts"] = mart_reconciliation.first_attempts(connection, LIVE, exam, span)
    return found


def _stores(connection: Connection, span: Span) -> StoresAgreement | None:
    """Compare with ClickHouse, where one is configured or running: none is started for it."""
    from contextlib import closing

    from database import clickhouse, settings
    from database.queries import attempt_reconciliation

    url = clickhouse.running_url(settings.load())
    if url is None:
        return None
    with closing(clickhouse.open_url(url)) as client:
        return attempt_reconciliation.stores(connection, client, span)


def _show(
    answers: Answers, marts: dict[tuple[str, str], MartAgreement], stores: StoresAgreement | None
) -> None:
    from database.queries.reconciliation import Kind

    table = Table("day", "exam", "responses", "events", *Kind, title="Answers and their events")
    for day in answers.days:
        faults = [f"{day.faults[kind]:,}" for kind in Kind]
        table.add_row(str(day.day), day.exam or "unknown", f"{day.responses:,}", f"{day.events:,}", *faults)
    out.print(table)
    table = Table(
        "day", "exam", "mart", "raw rows", "rows of the mart", "at fault", title="Raw rows and marts"
    )
    for (exam, mart), found in marts.items():
        for of_day in found.days:
            table.add_row(
                str(of_day.day), exam, mart, f"{of_day.raw:,}", f"{of_day.mart:,}", f"{of_day.faults:,}"
            )
    out.print(table)
    if stores is None:
        out.print("ClickHouse is not configured or not running, or one exam was asked for: not compared")
    else:
        out.print(
            f"Postgres and ClickHouse: {stores.postgres:,} and {stores.clickhouse:,} answers,"
            f" {stores.differing:,} of {stores.cells:,} items and days differ"
        )
    said = _examples(answers, marts, stores)
    for line in said[:SHOWN]:
        out.print(f"[bold red]![/] {escape(line)}", soft_wrap=True)
    if len(said) > SHOWN:
        out.print(f"and {len(said) - SHOWN:,} more: `qbank reconcile --json` lists them")


def _examples(
    answers: Answers, marts: dict[tuple[str, str], MartAgreement], stores: StoresAgreement | None
) -> list[str]:
    said = [str(finding) for finding in answers.findings]
    for (_, mart), found in marts.items():
        said += [f"{mart}: response {response}: {fault}" for response, fault in found.examples]
    return said + [str(each) for each in (stores.differences if stores else ())]


def _faults(
    answers: Answers, marts: dict[tuple[str, str], MartAgreement], stores: StoresAgreement | None
) -> int:
    from database.queries.reconciliation import Kind

    of_marts = sum(found.faults for found in marts.values())
    return answers.count(*Kind) + of_marts + (stores.differing if stores else 0)


def _plain(
    answers: Answers, marts: dict[tuple[str, str], MartAgreement], stores: StoresAgreement | None
) -> dict[str, Any]:
    return {
        "answers": {
            "days": [
                {
                    "day": day.day,
                    "exam": day.exam,
                    "responses": day.responses,
                    "events": day.events,
                    **{str(kind): n for kind, n in day.faults.items()},
                }
                for day in answers.days
            ],
            "faults": [vars(finding) for finding in answers.findings],
        },
        "marts": [
            {"exam": exam, "name": mart, **vars(day)}
            for (exam, mart), found in marts.items()
            for day in found.days
        ],
        "responses at fault": [
            {"mart": mart, "response_id": response, "fault": fault}
            for (_, mart), found in marts.items()
            for response, fault in found.examples
        ],
        "clickhouse": None
        if stores is None
        else {
            "postgres": stores.postgres,
            "clickhouse": stores.clickhouse,
            "cells": stores.cells,
            "differing": stores.differing,
            "differences": [
                {
                    "day": each.cell.day,
                    "question_id": each.cell.question_id,
                    "version": each.cell.version,
                    "postgres": each.postgres.n,
                    "clickhouse": each.clickhouse.n,
                    "only_postgres": each.only_postgres,
                    "only_clickhouse": each.only_clickhouse,
                }
                for each in stores.differences
            ],
        },
    }
