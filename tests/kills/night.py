"""A night that is killed: the exam, what of it is live, and a run that ends with SIGKILL."""

from __future__ import annotations

import hashlib
import itertools
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import polars as pl
from dagster import DagsterInstance, DagsterRunStatus, RunsFilter
from sqlalchemy import Connection, Engine, text

from database.engine import engine_as
from database.tenancy import Role
from tests.orchestration.exams import write_exam

EXAM = "KILLED"
PERSONS, BATCH = 400, 40
QBANK = [sys.executable, "-m", "cli.main"]
# All that publishing replaces, which must change together; ids and timestamps of rows aside.
_LIVE = {
    "item_calibration": "question_id, version, model, a, b, c, se_a, se_b, se_c, status, serving, run_id",
    "item_stats_ctt": "question_id, version, p_value, r_point_biserial, n_responses, run_id",
    "item_option_stats": "question_id, version, option_label, n, run_id",
    "person_ability": "user_id, theta, se, n_responses, run_id",
    "person_ability_windows": "user_id, window_start, mode, theta, se, n_responses, run_id",
}
# Items without a slope have no row that could serve.
_NOT_ONE_SERVING = """
select count(*) from (
    select question_id, version from item_calibration where a is not null
    group by 1, 2 having count(*) filter (where serving) <> 1
) as items
"""
# True while a transaction has written to what is served and is not over.
_PUBLISHING = """
select exists (
    select from pg_locks
    where relation = 'item_calibration'::regclass and mode = 'RowExclusiveLock' and granted
)
"""
PUBLISHING = "the first rows of item_calibration, not committed"
#: One kill in so many waits for that transaction, which no random time would hit.
AIMED = 3


@dataclass(frozen=True)
class Live:
    """What is served: the run that is published, the runs that rows are of, and a digest of all rows."""

    published: tuple[str, ...]
    runs: frozenset[str]
    digest: str
    two_serving: int
    rows: int

    def faults(self) -> list[str]:
        """Return what is not whole."""
        said = []
        if len(self.published) > 1:
            said.append(f"{len(self.published)} runs are published")
        if self.runs != set(self.published):
            said.append(f"rows of runs {sorted(self.runs)} are live, published is {self.published}")
        if self.two_serving:
            said.append(f"{self.two_serving} items have not exactly one serving row")
        return said


@dataclass
class Outcome:
    """What kills did. `points`: asset or check that was done last before each kill."""

    points: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    completed: int = 0
    wrong: list[str] = field(default_factory=list)


def live(connection: Connection) -> Live:
    """Read all that is live of the exam in one snapshot."""
    connection.execute(text("set transaction isolation level repeatable read"))
    digest, runs, rows = hashlib.sha256(), set(), 0
    for table, columns in _LIVE.items():
        for row in connection.execute(text(f"select {columns} from {table} order by {columns}")):
            digest.update(repr(tuple(row)).encode())
            runs.add(str(row.run_id))
            rows += 1
    published = connection.scalars(
        text("select id::text from calibration_runs where status = 'published' and exam_code = :exam"),
        {"exam": EXAM},
    )
    count = connection.scalar(text(_NOT_ONE_SERVING))
    return Live(tuple(published), frozenset(runs), digest.hexdigest(), int(count or 0), rows)


class Night:
    """An exam to which a batch of persons is added before each run, in a home of its own."""

    def __init__(self, url: str, home: Path) -> None:
        self.home = home
        self.engine: Engine = engine_as(url, Role.PIPELINE)
        self.environment = {
            **os.environ, "QBANK_HOME": str(home), "QBANK_DATABASE_URL": url, "PYTHONUNBUFFERED": "1",
        }  # fmt: skip
        self.environment.pop("DAGSTER_HOME", None)
        self.items, self.responses = write_exam(home / "files", PERSONS + 100 * BATCH, items=12, easy=False)
        self._answers = pl.read_csv(self.responses)
        self._persons = PERSONS

    def grow(self) -> None:
        """Import the next persons: the next run has something to fit."""
        batch = self.home / "files" / "batch.csv"
        self._answers.head(self._persons).write_csv(batch)
        self._persons += BATCH
        self._command("import", "--exam", EXAM, "--items", str(self.items), "--responses", str(batch))

    def complete(self) -> int:
        """Run to the end; return how many lines of progress it printed. Raises RuntimeError where it failed."""
        return len(self._command("run", "--exam", EXAM).splitlines())

    def look(self) -> Live:
        """Return what is live."""
        with self.engine.connect() as connection:
            return live(connection)

    def kill_after(self, lines: int, delay: float) -> str | None:
        """Start a run and kill it, with all that it started, `delay` seconds after it has printed so many lines.

        Returns what it had done last, or None where it had ended before.
        """
        process = self._start(subprocess.PIPE)
        assert process.stderr is not None
        with process.stderr as said:
            read = list(itertools.islice(said, lines))
            try:
                process.wait(delay)
            except subprocess.TimeoutExpired:
                _kill(process)
                return _last(read)
            read += list(said)
        return _ended(process, read)

    def kill_while_publishing(self) -> str | None:
        """Start a run and kill it as soon as it has written to what is served, before it could commit all of it."""
        with tempfile.TemporaryFile("w+") as said:
            process = self._start(said)
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                while process.poll() is None:
                    if connection.scalar(text(_PUBLISHING)):
                        _kill(process)
                        return PUBLISHING
                    time.sleep(0.001)
            said.seek(0)
            return _ended(process, said.readlines())

    def left_open(self) -> int:
        """Return how many runs Dagster still takes for started."""
        with DagsterInstance.from_config(str(self.home / "dagster")) as recorded:
            return len(recorded.get_runs(RunsFilter(statuses=[DagsterRunStatus.STARTED])))

    def close(self) -> None:
        """Let go of the database."""
        self.engine.dispose()

    def _start(self, stderr: int | IO[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*QBANK, "run", "--exam", EXAM], env=self.environment, stderr=stderr, text=True,
            stdout=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip

    def _command(self, *arguments: str) -> str:
        done = subprocess.run(
            [*QBANK, *arguments], env=self.environment, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise RuntimeError(f"qbank {' '.join(arguments)} failed:\n{done.stdout}\n{done.stderr}")
        return done.stderr


def _kill(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _ended(process: subprocess.Popen[str], said: list[str]) -> None:
    if process.returncode != 0:
        raise RuntimeError("the run failed by itself:\n" + "".join(said[-40:]))


def _last(said: list[str]) -> str:
    done = [line.split()[1] for line in said if line.split()[:1] in (["ok"], ["warned"], ["failed"])]
    return done[-1] if done else "before the first asset"


def kill_nights(night: Night, *, kills: int, seed: int, say: Callable[[str], None]) -> Outcome:
    """Kill so many runs, at random times of a run's length and in the midst of publishing.

    What is live is looked at after each; the last is completed.
    """
    rng, outcome = random.Random(seed), Outcome()
    night.grow()
    night.complete()
    night.grow()
    lines = night.complete()
    before = night.look()
    outcome.wrong += before.faults()
    night.grow()
    while outcome.points.total() < kills:
        if outcome.points.total() % AIMED == 1:
            point = night.kill_while_publishing()
        else:
            point = night.kill_after(rng.randint(1, lines), rng.uniform(0.0, 1.0))
        now = night.look()
        new = now.published != before.published
        outcome.wrong += [f"after {point}: {fault}" for fault in now.faults()]
        if not new and now != before:
            outcome.wrong.append(f"after {point}: what is live is neither as it was nor of another run")
        if point is not None:
            outcome.points[point] += 1
            outcome.left["new" if new else "old"] += 1
            say(f"killed after {point}: {'the new' if new else 'the old'} run is live, {now.rows} rows")
        else:
            outcome.completed += 1
        if new or point is None:
            # Published: the next run is to have something new again.
            night.complete()
            before = night.look()
            night.grow()
    night.complete()
    after = night.look()
    outcome.completed += 1
    outcome.wrong += after.faults()
    if night.left_open():
        outcome.wrong.append(f"{night.left_open()} runs that were killed are still taken for started")
    if after.published == before.published:
        outcome.wrong.append("the run after the last kill did not publish what came in")
    return outcome
