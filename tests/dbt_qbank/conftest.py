"""A migrated database with a small hand-made bank, and dbt run on it in this process.

The bank: tenant A with exams HOME and AWAY, tenant B with exam OTHER; question 1 of A has two versions with
different topics, is published for HOME and AWAY, and to tenant B. Every time is a whole number of minutes
after START.
"""

from __future__ import annotations

import datetime as dt
import os
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from dbt import deprecations
from dbt.artifacts.schemas.run import RunResult
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest
from psycopg import sql
from psycopg.rows import dict_row
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from database import migrate
from database import tables as t
from database.engine import engine_as
from database.tenancy import Role
from orchestration.dbt_environment import dbt_environment
from tests.dbt_qbank import after_publish
from tests.dbt_qbank.generated import fill

PROJECT = Path(__file__).parents[2] / "dbt_qbank"
# The schema that dbt builds into.
SCHEMA = "analytics_candidate"
START = dt.datetime(2026, 3, 1, 9, 0, tzinfo=dt.UTC)


def _id(last: str) -> uuid.UUID:
    return uuid.UUID(f"00000000-0000-0000-0000-{last:0>12}")


A, B, STRANGER = _id("a"), _id("b"), _id("c")
ANN, BEN, CAS, DAN, EVE, FAY = _id("a1"), _id("a2"), _id("a3"), _id("b1"), _id("a4"), _id("a5")
ANN_ANY, ANN_AWAY, BEN_ANY, CAS_ANY, DAN_ANY = _id("d1"), _id("d2"), _id("d3"), _id("d4"), _id("d5")
EVE_ANY, FAY_LEFT = _id("d6"), _id("d7")
HEART, LUNG, OF_B = 1, 2, 3
RUN = _id("e1")


@dataclass
class Bank:
    """Ids by name, and the database that dbt reads."""

    url: str
    manifest: Manifest
    invoke: Callable[..., dict[str, str]]
    warnings: list[str] = field(default_factory=list)
    tenant_a: uuid.UUID = A
    tenant_b: uuid.UUID = B
    stranger: uuid.UUID = STRANGER
    ann: uuid.UUID = ANN
    ben: uuid.UUID = BEN
    cas: uuid.UUID = CAS
    dan: uuid.UUID = DAN
    eve: uuid.UUID = EVE
    fay: uuid.UUID = FAY
    away_quiz: uuid.UUID = ANN_AWAY
    left_quiz: uuid.UUID = FAY_LEFT
    project: Path = PROJECT
    schema: str = SCHEMA

    def connect(
        self, role: str = "qbank_pipeline", tenant: uuid.UUID | None = None
    ) -> psycopg.Connection[Any]:
        """Return a connection of its own that acts as `role` and, where given, within `tenant`."""
        plain = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        connection = psycopg.connect(plain, row_factory=dict_row, autocommit=True)
        for setting, value in (
            ("role", role),
            ("timezone", "UTC"),
            ("qbank.tenant_id", str(tenant or "")),
            ("search_path", f"{SCHEMA}, public"),
        ):
            connection.execute("select set_config(%s, %s, false)", [setting, value])
        return connection

    def rows(self, relation: str, role: str = "qbank_pipeline", tenant: uuid.UUID | None = None) -> list[Any]:
        """Return every row that `role` sees of `relation` in the schema that dbt builds."""
        with self.connect(role, tenant) as connection:
            wanted = sql.SQL("select * from {}").format(sql.Identifier(SCHEMA, relation))
            return connection.execute(wanted).fetchall()

    def relations(self) -> dict[str, str]:
        """Return every relation of the schema that dbt builds with its kind: r for a table, v for a view."""
        with self.connect() as connection:
            found = connection.execute(
                "select relname, relkind::text as kind from pg_class "
                "where relnamespace = current_schema()::text::regnamespace and relkind in ('r', 'v', 'm', 'p', 'f') "
                "and relname <> 'mart_watermarks'"
            ).fetchall()
        return {row["relname"]: row["kind"] for row in found}


@pytest.fixture(scope="session")
def bank(cluster_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """The bank with both builds done, first on the empty database and then on its rows."""
    with _database(cluster_url, f"qbank_dbt_{os.getpid()}") as made:
        yield with_dbt(made, tmp_path_factory.mktemp("dbt"))


@pytest.fixture(scope="module")
def growing_bank(cluster_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    """A generated bank, built once before the fit, that tests may change."""
    with _database(cluster_url, f"qbank_dbt_growing_{os.getpid()}") as made:
        bank = with_dbt(made, tmp_path_factory.mktemp("dbt_growing"))
        with bank.connect("none") as connection:
            fill(connection, learners=60, quizzes=240, items=8, questions=26)
        assert set(bank.invoke("build", "--select", "tag:before_fit").values()) == {"success", "pass"}
        yield bank


@contextmanager
def _database(cluster_url: str, name: str) -> Iterator[str]:
    """Create a migrated database and return its URL; it is dropped at the end."""
    url = make_url(cluster_url)
    server = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))
        made = url.set(database=name).render_as_string(hide_password=False)
        migrate.upgrade(made)
        yield made
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def with_dbt(url: str, room: Path) -> Bank:
    """Return the database at `url` with dbt parsed for it; `room` takes what dbt writes."""
    warnings: list[str] = []
    # dbt counts them for the process, and would tell of what other tests invoked.
    deprecations.reset_deprecations()

    def listen(event: Any) -> None:
        if event.info.level in ("warn", "error"):
            warnings.append(event.info.msg)

    # No log file: dbt leaves its handle open.
    folders = [
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--quiet"),
        *("--target-path", str(room / "target"), "--log-path", str(room), "--log-level-file", "none"),
    ]

    def run(runner: dbtRunner, arguments: list[str]) -> dbtRunnerResult:
        with pytest.MonkeyPatch.context() as patch:
            for variable, value in dbt_environment(url).items():
                patch.setenv(variable, value)
            return runner.invoke([*arguments, *folders])

    parsed = run(dbtRunner(callbacks=[listen]), ["parse"])
    assert isinstance(parsed.result, Manifest), parsed.exception
    runner = dbtRunner(manifest=parsed.result, callbacks=[listen])

    def invoke(*arguments: str) -> dict[str, str]:
        outcome = run(runner, list(arguments))
        assert outcome.exception is None, outcome.exception
        results: Sequence[RunResult] = getattr(outcome.result, "results")  # noqa: B009 - a union of results
        return {
            result.node.name: str(result.status)
            for result in results
            # Hooks of the run, and those who read the marts, which are not built.
            if result.node.resource_type not in ("operation", "exposure")
        }

    return Bank(url=url, manifest=parsed.result, invoke=invoke, warnings=warnings)


@dataclass
class Builds:
    """What became of every node in each build, by name, and the warnings dbt gave up to then."""

    empty: dict[str, str]
    before_fit: dict[str, str]
    after_publish: dict[str, str]
    warnings: list[str]


@pytest.fixture(scope="session")
def builds(bank: Bank) -> Builds:
    """Both selections built on the bank's rows; the first of them also before there was a row."""
    empty = bank.invoke("build", "--select", "tag:before_fit")
    empty |= bank.invoke("build", "--select", "tag:after_publish")
    _fill(bank.url)
    before = bank.invoke("build", "--select", "tag:before_fit")
    _publish(bank.url)
    after = bank.invoke("build", "--select", "tag:after_publish")
    return Builds(empty, before, after, list(bank.warnings))


def _save(url: str, *layers: Sequence[t.Base]) -> None:
    engine = engine_as(url, Role.PIPELINE)
    with Session(engine) as session, session.begin():
        for layer in layers:
            session.add_all(layer)
            session.flush()
    engine.dispose()


def _fill(url: str) -> None:
    _save(
        url,
        [
            t.Exam(code="HOME", tenant_id=A),
            t.Exam(code="AWAY", tenant_id=A),
            t.Exam(code="OTHER", tenant_id=B),
            t.Topic(id=HEART, tenant_id=A, name="Heart", path="medicine.heart"),
            t.Topic(id=LUNG, tenant_id=A, name="Lung", path="medicine.lung"),
            t.Topic(id=OF_B, tenant_id=B, name="Law", path="law"),
            t.AppUser(id=ANN, tenant_id=A, external_ref="ann"),
            t.AppUser(id=BEN, tenant_id=A, external_ref="ben"),
            t.AppUser(id=CAS, tenant_id=A, external_ref="cas", is_flagged=True),
            t.AppUser(id=DAN, tenant_id=B, external_ref="dan"),
            t.AppUser(id=EVE, tenant_id=A, external_ref="eve"),
            t.AppUser(id=FAY, tenant_id=A, external_ref="fay"),
        ],
        [t.Question(id=q, tenant_id=A, home_exam_code="HOME", created_by=A) for q in (1, 2, 3)]
        + [t.Question(id=q, tenant_id=B, home_exam_code="OTHER", created_by=B) for q in (4, 5)],
        [
            _version(1, 1, HEART),
            _version(1, 2, LUNG),
            _version(2, 1, HEART),
            _version(3, 1, None),
            _version(4, 1, OF_B, B),
            _version(5, 1, None, B),
        ],
        [
            t.QuestionPublication(question_id=1, live_version=2, exam_code="HOME", tenant_id=A),
            t.QuestionPublication(question_id=1, live_version=2, exam_code="AWAY", tenant_id=A),
            t.QuestionPublication(question_id=1, live_version=2, exam_code="HOME", tenant_id=B),
            t.QuestionPublication(question_id=2, live_version=1, exam_code="HOME", tenant_id=A),
            t.QuestionPublication(question_id=4, live_version=1, exam_code="OTHER", tenant_id=B),
            _quiz(ANN_ANY, ANN),
            _quiz(ANN_AWAY, ANN, "AWAY"),
            _quiz(BEN_ANY, BEN),
            _quiz(CAS_ANY, CAS),
            _quiz(DAN_ANY, DAN, tenant=B),
            _quiz(EVE_ANY, EVE),
            _quiz(FAY_LEFT, FAY, mode="exam", expires=180),
        ],
        [
            _response(1, ANN_ANY, ANN, (1, 1), True, 10, 5000),
            _response(2, ANN_AWAY, ANN, (1, 2), False, 20, 4000),
            _response(3, ANN_ANY, ANN, (2, 1), True, 11, 1000),
            _response(4, ANN_ANY, ANN, (3, 1), False, 12, 900, synthetic=True),
            _response(5, BEN_ANY, BEN, (1, 2), True, 30, 6000),
            _response(6, BEN_ANY, BEN, (2, 1), False, 31, 8000),
            _response(7, CAS_ANY, CAS, (2, 1), True, 40, 7000),
            _response(8, DAN_ANY, DAN, (1, 2), True, 50, 3000, tenant=B),
            _response(9, DAN_ANY, DAN, (4, 1), False, 51, None, tenant=B),
            _response(10, EVE_ANY, EVE, (1, 2), True, 60, 6000),
            _response(11, EVE_ANY, EVE, (2, 1), True, 61, 5000),
            _response(12, EVE_ANY, EVE, (3, 1), False, 62, 7000),
            _response(13, FAY_LEFT, FAY, (1, 2), False, 70, 9000),
            _response(14, DAN_ANY, DAN, (5, 1), True, 52, 7000, tenant=B),
            _served(EVE_ANY, (1, 2), 1, 59),
            _served(EVE_ANY, (2, 1), 2, 60),
            _served(EVE_ANY, (3, 1), 3, 61),
            _served(FAY_LEFT, (1, 2), 1, 69),
            _served(FAY_LEFT, (2, 1), 2, 71, skipped=72),
            _served(FAY_LEFT, (3, 1), 3, 72),
            _served(DAN_ANY, (4, 1), 2, 50, tenant=B),
            _viewed(BEN, 1, 1, 29),
            _viewed(BEN, 2, 1, 32),
            _viewed(DAN, 4, 1, 49, kind="question_served", tenant=B),
        ],
        *after_publish.groups(A, B, [ANN, BEN], DAN, HEART),
    )


def _publish(url: str) -> None:
    item = {"question_id": 1, "version": 2, "tenant_id": A}
    _save(
        url,
        [
            t.CalibrationRun(
                id=RUN, tenant_id=A, exam_code="HOME", status="published", snapshot_hash="0" * 64,
                code_version="0", n_persons=3, n_items=1, n_responses=1,
            )
        ],
        [
            t.ItemCalibration(**item, model="2PL", a=1.2, b=0.3, c=0.0, run_id=RUN, serving=True),
            t.ItemCalibration(**item, model="3PL", a=1.6, b=0.5, c=0.2, run_id=RUN),
            t.ItemStatsCtt(**item, p_value=0.5, r_point_biserial=0.4, n_responses=2, run_id=RUN),
        ],
        *after_publish.published(RUN, A, ANN),
    )  # fmt: skip


def _at(minutes: int) -> dt.datetime:
    return START + dt.timedelta(minutes=minutes)


def _version(question: int, version: int, topic: int | None, tenant: uuid.UUID = A) -> t.QuestionVersion:
    return t.QuestionVersion(
        question_id=question, version=version, tenant_id=tenant, topic_id=topic, state="published",
        stem_md="?", created_by=tenant,
    )  # fmt: skip


def _quiz(
    quiz: uuid.UUID, user: uuid.UUID, exam: str | None = None, tenant: uuid.UUID = A, *,
    mode: str = "tutor", expires: int | None = None,
) -> t.QuizSession:  # fmt: skip
    return t.QuizSession(
        id=quiz, user_id=user, tenant_id=tenant, exam_code=exam, mode=mode, num_questions=5,
        started_at=START, expires_at=None if expires is None else _at(expires),
    )  # fmt: skip


def _served(
    quiz: uuid.UUID, item: tuple[int, int], position: int, minutes: int, *,
    skipped: int | None = None, tenant: uuid.UUID = A,
) -> t.QuizItem:  # fmt: skip
    return t.QuizItem(
        quiz_id=quiz, question_id=item[0], version=item[1], position=position, tenant_id=tenant,
        served_at=_at(minutes), skipped_at=None if skipped is None else _at(skipped),
    )  # fmt: skip


def _response(
    row: int, quiz: uuid.UUID, user: uuid.UUID, item: tuple[int, int], correct: bool, minutes: int,
    took: int | None, *, synthetic: bool = False, tenant: uuid.UUID = A,
) -> t.UserResponse:  # fmt: skip
    return t.UserResponse(
        id=row, quiz_id=quiz, user_id=user, question_id=item[0], version=item[1], tenant_id=tenant,
        option_label="A", is_correct=correct, time_taken_ms=took, created_at=_at(minutes),
        origin="import" if synthetic else "delivery", synthetic_at=synthetic, synthetic_time=synthetic,
    )  # fmt: skip


def _viewed(
    user: uuid.UUID, question: int, version: int, minutes: int, *,
    kind: str = "explanation_viewed", tenant: uuid.UUID = A,
) -> t.TelemetryEvent:  # fmt: skip
    return t.TelemetryEvent(
        event_id=uuid.uuid5(user, f"{kind} {question}"), event_type=kind, occurred_at=_at(minutes),
        tenant_id=tenant, user_id=user, quiz_id=BEN_ANY, question_id=question, version=version, payload={},
    )  # fmt: skip
