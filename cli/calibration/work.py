"""The work of `qbank calibrate` in stages, each timed: read, prepare, compile, fit, se, score."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cli.calibration.cluster import executor
from cli.calibration.options import Request
from cli.errors import CommandError
from reports.page import counted

if TYPE_CHECKING:
    import polars as pl

    import irt
    from ingestion.imports.answers import Answers
    from ingestion.imports.companions import Anchor

#: Calls for each pass: its number, log-likelihood and largest change.
Tell = Callable[["irt.Pass"], None]


@dataclass
class Clock:
    """Seconds of each stage; kept here, since `irt` looks at no clock."""

    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Time what is done within; a stage may come in several parts."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self.add(name, time.perf_counter() - began)

    def add(self, name: str, seconds: float) -> None:
        """Add to a stage what was timed elsewhere."""
        self.seconds[name] = self.seconds.get(name, 0.0) + seconds


@dataclass(frozen=True)
class Prepared:
    """Answers as the engine takes them; groups by person, None without a groups file; anchors likewise."""

    answers: Answers
    responses: irt.Responses
    groups: tuple[str, ...] | None
    anchors: irt.ItemParameters | None
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """A fit with what goes with it: all persons (person, theta, se, n), classical statistics, fit of the items.

    `notes` say what was left out.
    """

    calibration: irt.Calibration
    persons: pl.DataFrame
    classical: pl.DataFrame
    item_fit: pl.DataFrame
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Read:
    """What the files hold."""

    answers: Answers
    groups: dict[str, str] | None
    anchors: tuple[Anchor, ...] | None


def read(request: Request, clock: Clock) -> Read:
    """Read all files; the small ones first, since they are soon found wanting."""
    with clock.stage("read"):
        from ingestion.imports.answers import read_answers
        from ingestion.imports.companions import read_anchors, read_groups, read_key

        key = None if request.key is None else read_key(request.key)
        groups = None if request.groups is None else read_groups(request.groups)
        anchors = None if request.anchors is None else read_anchors(request.anchors)
        return Read(read_answers(request.file, key), groups, anchors)


def warm_up(request: Request, clock: Clock) -> None:
    """Get the engine ready, so that compiling, or loading what is compiled, is timed apart."""
    with clock.stage("compile"):
        _fit_made_up(request)


def prepare(request: Request, found: Read, clock: Clock) -> Prepared:
    """Pack the answers, and match groups and anchors with them."""
    with clock.stage("prepare"):
        import irt

        answers = found.answers
        responses = irt.Responses.from_codes(
            answers.person, answers.item, answers.correct, answers.persons, answers.items
        )
        groups, unknown = _groups(request, answers.persons, found.groups)
        anchors, absent = _anchors(request, answers.items, found.anchors)
    return Prepared(answers, responses, groups, anchors, (*answers.warnings, *unknown, *absent))


def _fit_made_up(request: Request) -> None:
    """Fit a handful of made-up answers, complete and sparse: all that is compiled is met on the way."""
    import irt

    person, item = np.indices((120, 40)).reshape(2, -1)
    correct = (person * (item + 1) // 7 + item) % 3 > 0
    correct[item == 0] = True  # an item to be set aside
    for chosen in (item < 6, (person + item) % 10 == 0):
        made_up = irt.Responses.from_codes(
            person[chosen], item[chosen], correct[chosen], range(120), range(int(item[chosen].max()) + 1)
        )
        fitted = irt.calibrate(made_up, request.model, max_passes=3, standard_errors=request.standard_errors)
        if np.isfinite(fitted.a).any():
            irt.score(made_up, fitted)


def _groups(
    request: Request, persons: tuple[str, ...], group_of: dict[str, str] | None
) -> tuple[tuple[str, ...] | None, list[str]]:
    """Return the group of each person, and warnings; raises where a person has none."""
    if group_of is None:
        return None, []
    without = [person for person in persons if person not in group_of]
    if without:
        raise CommandError(
            f"{request.groups}: {len(without):,} of {len(persons):,} persons have no group, the first is "
            f"{without[0]!r}: give each person a row"
        )
    unknown = len(group_of) - len(persons)
    more = [f"{request.groups}: {counted(unknown, 'person')} not in the data"] if unknown else []
    return tuple(group_of[person] for person in persons), more


def _anchors(
    request: Request, items: tuple[str, ...], known: tuple[Anchor, ...] | None
) -> tuple[irt.ItemParameters | None, list[str]]:
    """Return the parameters of the anchors that are in the data, and warnings; raises where none is."""
    import irt

    if known is None:
        return None, []
    names = set(items)
    there = [anchor for anchor in known if anchor.item in names]
    if not there:
        raise CommandError(f"{request.anchors}: none of {counted(len(known), 'item')} is in {request.file}")
    absent = len(known) - len(there)
    columns = (np.array([getattr(anchor, name) for anchor in there]) for name in ("a", "b", "c"))
    more = [f"{request.anchors}: {counted(absent, 'item')} not in the data"] if absent else []
    return irt.ItemParameters(tuple(anchor.item for anchor in there), *columns), more


def fit(request: Request, prepared: Prepared, clock: Clock, tell: Tell) -> Outcome:
    """Calibrate, score, and describe the items."""
    import irt
    from cli.calibration.item_fit import columns

    calibration = _calibrate(request, prepared, clock, tell)
    with clock.stage("score"):
        persons = _score(prepared, calibration)
        classical = irt.classical.item_statistics(prepared.responses)
        item_fit, notes = columns(prepared.responses, calibration, prepared.groups)
    return Outcome(calibration, persons, classical, item_fit, notes)


def _calibrate(request: Request, prepared: Prepared, clock: Clock, tell: Tell) -> irt.Calibration:
    """Fit; what comes behind the converged parameters are the standard errors."""
    import irt

    reached: dict[str, float] = {}
    with ExitStack() as stack:
        with clock.stage("prepare"):
            spread = stack.enter_context(executor(request.workers))
        began = time.perf_counter()
        found = irt.calibrate(
            prepared.responses,
            request.model,
            priors=request.priors,
            quadrature=request.quadrature,
            groups=prepared.groups,
            anchors=prepared.anchors,
            standard_errors=request.standard_errors,
            engine=request.engine,
            executor=spread,
            progress=tell,
            on_stage=lambda stage: reached.update({stage: time.perf_counter()}),
        )
        ended = time.perf_counter()
    fitted = reached.get("fitted", ended) if request.standard_errors else ended
    clock.add("fit", fitted - began)
    clock.add("se", ended - fitted)
    return found


def _score(prepared: Prepared, calibration: irt.Calibration) -> pl.DataFrame:
    """EAP of all persons under the distribution of their group.

    Where no item was fitted nobody has a usable answer, and all get the prior.
    """
    import polars as pl

    import irt

    if np.isfinite(calibration.a).any():
        found = irt.score(prepared.responses, calibration, groups=prepared.groups)
        theta, se, n = found.theta, found.se, found.n
    else:
        nobody = prepared.responses.n_persons
        theta, se, n = np.zeros(nobody), np.ones(nobody), np.zeros(nobody, dtype=np.int64)
    return pl.DataFrame(
        [
            pl.Series("person", prepared.responses.persons, dtype=pl.String),
            *(pl.Series(name, column) for name, column in (("theta", theta), ("se", se), ("n", n))),
        ]
    )


def fingerprint(responses: irt.Responses) -> str:
    """Return the SHA-256 of what was fitted: labels of persons and items as JSON, then starts and cells.

    The arrays are little-endian int64 and int32, as `irt.Responses` has them, so that the order of a
    person's rows in the file does not matter, and neither do the kind of file and its spelling.
    """
    digest = hashlib.sha256()
    for labels in (responses.persons, responses.items):
        digest.update(json.dumps(labels, ensure_ascii=False).encode() + b"\n")
    digest.update(responses.starts.astype("<i8").tobytes())
    digest.update(responses.cells.astype("<i4").tobytes())
    return digest.hexdigest()
