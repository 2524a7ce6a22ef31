"""Learners in every store there is, and a search of every store for what is left of one."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from clickhouse_connect.driver.client import Client
from psycopg import sql
from sqlalchemy import Connection, Engine, insert, text
from sqlalchemy.engine import make_url

from database.forgetting import ForgetKey
from database.tables import (
    CalibrationRun,
    EventOutbox,
    ItemCalibration,
    ItemCalibrationHistory,
    ItemStatsCtt,
    PersonAbility,
    QuizItem,
    QuizSession,
    SelectionDecision,
    UserResponse,
)
from database.tables.analytics import PersonAbilityWindow
from database.tables.base import DEFAULT_TENANT
from ingestion import imports
from ingestion.imports import ImportRequest, import_exam
from ingestion.imports.identities import user_id
from ingestion.journal import Journal

TENANT = uuid.UUID(DEFAULT_TENANT)
EXAM = "EX"
BOB, ANN = "bob.the.learner@uni.example", "ann"
BOB_ID, ANN_ID = user_id(TENANT, BOB), user_id(TENANT, ANN)
BOBS_WORDS = "what i could not remember"
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)
RUN = uuid.UUID(int=77)
_PERSONS = (ANN, BOB, "cy")
_MARTS = """
    create table {schema}.fact_thing (user_id uuid, tenant_id uuid, n int);
    insert into {schema}.fact_thing values ('{bob}', '{tenant}', 1), ('{bob}', '{tenant}', 2), ('{ann}', '{tenant}', 3);
    create table {schema}.as_text (user_id text, quiz_id text);
    insert into {schema}.as_text values ('{bob}', 'q'), ('{ann}', 'r');
    create table {schema}.of_quizzes (quiz_id uuid, n int);
    insert into {schema}.of_quizzes values ('{quiz}', 1), ('{ann}', 2);
    create table {schema}.of_items (question_id bigint, n int);
    insert into {schema}.of_items values (1, 3);
    create view {schema}.a_view as select * from {schema}.fact_thing;
"""


@dataclass
class World:
    """The stores of one test, and what stands in them."""

    engine: Engine
    login_url: str
    home: Path
    files: Path
    quizzes: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)
    questions: list[int] = field(default_factory=list)
    made: int = 0

    @property
    def key(self) -> ForgetKey:
        return ForgetKey(self.home)

    def import_files(self) -> imports.ImportSummary:
        """Import answers of three persons, one of whom also has a row that is rejected, and their cohorts."""
        self.files.mkdir(exist_ok=True)
        rows = [f"{person},i{n},{'AB'[n % 2]}" for person in _PERSONS for n in range(4)]
        contents = {
            "items.csv": "item,key\n" + "".join(f"i{n},A\n" for n in range(4)),
            "responses.csv": "\n".join(
                ["person,item,response", *rows, f"{BOB},unheard,A", "cy,unheard,B", ""]
            ),
            "learners.csv": "person,institution,cohort\n" + "".join(f"{one},Uni,2026\n" for one in _PERSONS),
        }
        for name, content in contents.items():
            (self.files / name).write_text(content)
        items, responses, learners = (self.files / name for name in contents)
        request = ImportRequest(
            EXAM, items, responses, TENANT, 1, self.home / "imports", learners=learners, forget_key=self.key
        )
        summary = import_exam(self.engine, request)
        imports.keep(summary, request.rejects_dir)
        return summary

    def deliver(self) -> None:
        """Let Ann and Bob take a quiz each, as the API writes it; one event of each is published already."""
        with self.engine.begin() as connection:
            self.questions = list(connection.scalars(text("select id from questions order by id")))
            for user in (ANN_ID, BOB_ID):
                self.quizzes[user] = _deliver(connection, user, self.questions)

    def calibrate(self) -> None:
        """Publish parameters, statistics and abilities, as a run does."""
        with self.engine.begin() as connection:
            _calibrate(connection, self.questions)

    def build_marts(self) -> None:
        with self.engine.begin() as connection:
            for schema in ("analytics", "analytics_candidate"):
                statement = _MARTS.format(
                    schema=schema, bob=BOB_ID, ann=ANN_ID, tenant=TENANT, quiz=self.quizzes[BOB_ID]
                )
                connection.connection.cursor().execute(statement)

    def event(self, event_type: str, user: uuid.UUID, **changed: Any) -> bytes:
        self.made += 1
        event: dict[str, Any] = {
            "event_id": str(uuid.UUID(int=self.made + 2**100)),
            "event_type": event_type,
            "timestamp": (NOON + dt.timedelta(minutes=7 * self.made)).isoformat(),
            "user_id": str(user),
            "tenant_id": str(TENANT),
            "quiz_id": str(self.quizzes.get(user, uuid.UUID(int=9))),
            "question_id": self.questions[self.made % 2],
            "version": 1,
        }
        if event_type == "answer_submitted":
            event |= {"selected": "A", "is_correct": self.made % 3 == 0, "time_taken_ms": 1000 * self.made}
        if event_type == "note_added":
            event |= {"text": BOBS_WORDS if user == BOB_ID else "of no matter"}
        return json.dumps(event | changed).encode()

    def messages(self) -> list[bytes]:
        """Events of Ann and Bob in turn, and messages that are no events, some of which tell of Bob."""
        good = [
            self.event(kind, user)
            for kind in ("answer_submitted", "note_added", "answer_submitted")
            for user in (ANN_ID, BOB_ID, ANN_ID, BOB_ID, uuid.UUID(int=4))
        ]
        bad = [
            b"{",
            self.event("flagged", ANN_ID, version="x"),
            self.event("flagged", BOB_ID, version="x"),
            self.event("no_such_type", BOB_ID).upper(),
            b'{"user_id": "%s"}' % BOB_ID.hex.encode(),
            json.dumps({"who": str(BOB_ID)}).encode("utf-16"),
            json.dumps({"person": BOB, "answers": "many"}).encode(),
        ]
        return good + bad

    def write_files(self) -> None:
        """Leave what a run leaves: a page with a person in it, a worker's last error."""
        page = self.home / "reports" / "data-quality-EX.html"
        page.parent.mkdir(parents=True)
        page.write_text(f"<td>{BOB_ID}</td>")
        (page.parent / "calibration-EX.html").write_text("<td>items alone</td>")
        Journal(self.home).record("postgres", 5, f"row of {BOB_ID} refused", dt.datetime.now(dt.UTC))

    def published(self) -> dict[str, list[str]]:
        """Return what calibration has published of items, row by row."""
        tables = ("calibration_runs", "item_calibration", "item_calibration_history", "item_stats_ctt")
        with self.engine.connect() as connection:
            return {
                table: list(connection.scalars(text(f"select t::text from {table} t order by 1")))
                for table in tables
            }

    def traces(self, client: Client | None, needles: Sequence[str]) -> list[str]:
        """Return every place that still holds one of `needles`: columns of tables, and files."""
        found = [*self._in_postgres(needles), *self._in_files(needles)]
        return found if client is None else [*found, *_in_clickhouse(client, needles)]

    def _in_postgres(self, needles: Sequence[str]) -> list[str]:
        """Search every table there is as the login, which no policy keeps rows from."""
        plain = make_url(self.login_url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain) as server:
            columns = server.execute(
                "select n.nspname, c.relname, a.attname, a.atttypid::regtype::text from pg_class c "
                "join pg_namespace n on n.oid = c.relnamespace join pg_attribute a on a.attrelid = c.oid "
                "where c.relkind in ('r', 'p', 'm') and a.attnum > 0 and not a.attisdropped "
                "and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'"
            ).fetchall()
            assert len({table for _, table, *_ in columns}) > 30
            return [
                f"{schema}.{table}.{column}: {needle}"
                for schema, table, column, kind in columns
                for needle in needles
                if _holds(server, schema, table, column, kind, needle)
            ]

    def _in_files(self, needles: Sequence[str]) -> list[str]:
        texts = {
            path: path.read_bytes().replace(b"\0", b"").lower()
            for path in self.home.rglob("*")
            if path.is_file()
        }
        return [
            f"{path}: {needle}"
            for path, held in texts.items()
            for needle in needles
            if needle.encode() in held
        ]


def _holds(
    server: psycopg.Connection[Any], schema: str, table: str, column: str, kind: str, needle: str
) -> bool:
    form = "encode({column}, 'escape')" if kind == "bytea" else "{column}::text"
    statement = sql.SQL(
        "select exists (select from {table} where replace(lower(" + form + r"), '\000', '') like %s)"
    ).format(table=sql.Identifier(schema, table), column=sql.Identifier(column))
    row = server.execute(statement, [f"%{needle}%"]).fetchone()
    return bool(row and row[0])


def _in_clickhouse(client: Client, needles: Sequence[str]) -> list[str]:
    tables = [row[0] for row in client.query("show tables").result_rows]
    assert len(tables) >= 4
    return [
        f"clickhouse {table}: {needle}"
        for table in tables
        for needle in needles
        if client.command(
            f"select count() from {table} where positionCaseInsensitive(toString(tuple(*)), '{needle}') > 0"
        )
    ]


def _deliver(connection: Connection, user: uuid.UUID, questions: Sequence[int]) -> uuid.UUID:
    quiz = uuid.uuid4()
    connection.execute(insert(QuizSession).values(id=quiz, user_id=user, exam_code=EXAM, num_questions=2))
    for position, question in enumerate(questions[:2], start=1):
        item = {"quiz_id": quiz, "question_id": question, "version": 1}
        connection.execute(insert(QuizItem).values(position=position, **item))
        connection.execute(
            insert(SelectionDecision).values(
                position=position, criterion="fisher", value=1.0, theta=0.0, se=1.0, candidates=[], **item
            )
        )
        connection.execute(
            insert(UserResponse).values(
                user_id=user, option_label="A", is_correct=True, time_taken_ms=900, **item
            )
        )
        payload = {
            "event_id": str(uuid.uuid4()),
            "event_type": "answer_submitted",
            "timestamp": NOON.isoformat(),
            "user_id": str(user),
            "tenant_id": str(TENANT),
            "selected": "A",
            "is_correct": True,
            "time_taken_ms": 900,
        } | {name: str(value) if name == "quiz_id" else value for name, value in item.items()}
        connection.execute(
            insert(EventOutbox).values(
                event_id=uuid.UUID(str(payload["event_id"])),
                event_type="answer_submitted",
                quiz_id=quiz,
                payload=payload,
                published_at=NOON if position == 1 else None,
            )
        )
    return quiz


def _calibrate(connection: Connection, questions: Sequence[int]) -> None:
    run = {
        "id": RUN,
        "tenant_id": TENANT,
        "exam_code": EXAM,
        "status": "published",
        "snapshot_hash": "0" * 64,
        "code_version": "test",
        "n_persons": 3,
        "n_items": 4,
        "n_responses": 12,
    }
    connection.execute(insert(CalibrationRun).values(run))
    for question in questions:
        row = {
            "question_id": question,
            "version": 1,
            "model": "2PL",
            "a": 1.1,
            "b": 0.3,
            "c": 0.0,
            "run_id": RUN,
        }
        connection.execute(insert(ItemCalibration).values(**row, serving=True))
        connection.execute(insert(ItemCalibrationHistory).values(**row, serving=True))
        connection.execute(
            insert(ItemStatsCtt).values(
                question_id=question, version=1, p_value=0.5, n_responses=3, run_id=RUN
            )
        )
    for user in (ANN_ID, BOB_ID):
        ability = {
            "user_id": user,
            "exam_code": EXAM,
            "theta": 0.2,
            "se": 0.4,
            "n_responses": 4,
            "run_id": RUN,
        }
        connection.execute(insert(PersonAbility).values(ability))
        connection.execute(
            insert(PersonAbilityWindow).values(window_start=NOON.date(), mode="exam", **ability)
        )
