"""`qbank delivery`: rules by which quizzes of an exam choose and stop; `qbank replay-quiz`: their decisions again."""

from __future__ import annotations

import json
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from cli import exposure_control
from cli.console import out
from cli.database import pipeline_engine
from cli.errors import OptionError
from cli.exposure_control import LENGTH, SIMULEES, Standing

if TYPE_CHECKING:
    from api_min.feasible import Finding
    from api_min.replay import Replayed
    from delivery.rules import DeliveryRules

SETTINGS = ("selection", "stopping", "blueprint")
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def delivery(
    exam: Annotated[str, typer.Argument(metavar="EXAM", help="Code of the exam.")],
    file: Annotated[
        str | None,
        typer.Option(
            "--set",
            metavar="FILE",
            help="JSON with any of selection, stopping and blueprint, each put in place of what is set; - reads stdin.",
        ),
    ] = None,
    length: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=120,
            help=f"Questions of a quiz, of which the bank is asked; else {LENGTH}.",
            show_default=False,
        ),
    ] = None,
    find: Annotated[
        bool,
        typer.Option(
            "--find",
            help="Find Sympson-Hetter parameters for banks that are served and have none by these rules.",
        ),
    ] = False,
    simulees: Annotated[
        int | None,
        typer.Option(
            min=100, help=f"Learners of a simulated batch; as before, else {SIMULEES}.", show_default=False
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Show by which rules quizzes of an exam choose and stop, and whether its bank can meet them; or set them."""
    rules, found = _settled(exam, None if file is None else _read(file), length or LENGTH)
    if find and rules.sympson_hetter_rate is None:
        raise OptionError(
            f"--find: exam {exam} has no control sympson-hetter, so that there is nothing to find; --set it first"
        )
    if find or file is not None:
        controls = exposure_control.refresh(exam, length, simulees)
    else:
        controls = exposure_control.known(exam, length)
    _tell(exam, rules, found, controls, as_json)


def _settled(exam: str, given: dict[str, Any] | None, length: int) -> tuple[DeliveryRules, list[Finding]]:
    """The rules of the exam, held against its bank; with those given, where the bank leaves any test under them."""
    from api_min import feasible
    from api_min.bank import load_bank
    from database import settings
    from database.queries import exams
    from database.queries.exams import Delivery
    from delivery.rules import rules_of
    from irt.errors import IrtError

    with pipeline_engine() as engine, engine.begin() as connection:
        known = exams.delivery(connection, exam)
        if known is None:
            raise OptionError(f"there is no exam {exam!r}; `qbank import --exam {exam}` makes it")
        new = (
            known
            if given is None
            else Delivery(*(given.get(name, getattr(known, name)) for name in SETTINGS))
        )
        rules = rules_of(f"exam {exam}", new.selection, new.stopping, new.blueprint)
        bank = load_bank(connection, settings.load().tenant_id, exam)
        try:
            found = feasible.findings(bank, rules, length) if len(bank) else []
        except IrtError as fault:
            raise OptionError(f"the blueprint of exam {exam} is not usable: {fault}") from fault
        refused = [one for one in found if one.refuses]
        if given is not None and refused:
            raise OptionError("nothing was set: " + "; ".join(one.sentence for one in refused))
        if given is not None:
            exams.set_delivery(connection, exam, new)
    return rules, found


def replay_quiz(
    quiz: Annotated[uuid.UUID, typer.Argument(metavar="QUIZ", help="Id of the quiz.")],
    as_json: Json = False,
) -> None:
    """Make every decision of a quiz again from the log; exit code 1 where one is not the same bit for bit."""
    from api_min.replay import replay

    try:
        with pipeline_engine() as engine, engine.connect() as connection:
            made = replay(connection, quiz)
    except (LookupError, ValueError) as fault:
        raise OptionError(str(fault)) from fault
    differ = [one for one in made if one.differs]
    if as_json:
        out.print_json(json.dumps([_plain(one) for one in made]))
    else:
        _table(made)
        out.print(
            f"quiz {quiz}: {len(made)} decisions made again, "
            + ("all the same bit for bit" if not differ else f"[red]{len(differ)} differ[/]")
        )
    if differ:
        raise typer.Exit(1)


def _read(file: str) -> dict[str, Any]:
    """Read the settings given. Raises OptionError where they are no JSON object of known names."""
    try:
        told = json.loads(sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise OptionError(f"--set {file}: it cannot be read as JSON: {fault}") from fault
    if not isinstance(told, dict) or not set(told) <= set(SETTINGS):
        raise OptionError(f"--set {file}: say an object with any of {', '.join(SETTINGS)}")
    wrong = next((name for name, value in told.items() if not isinstance(value, dict)), None)
    if wrong is not None:
        raise OptionError(f"--set {file}: {wrong} must be an object of settings")
    return told


def _tell(
    exam: str, rules: DeliveryRules, found: list[Finding], controls: list[Standing], as_json: bool
) -> None:
    if as_json:
        told = {
            "exam": exam,
            "rules": rules.model_dump(mode="json"),
            "feasible": [
                {"demand": one.demand, "feasible": one.feasible, "says": one.sentence} for one in found
            ],
            "control": [one.plain() for one in controls],
        }
        out.print_json(json.dumps(told))
        return
    usual = type(rules)()
    table = Table("rule", "value", "default")
    for name in type(rules).model_fields:
        value, default = getattr(rules, name), getattr(usual, name)
        own = value != default
        table.add_row(
            name, f"[bold]{_said(value)}[/]" if own else _said(value), _said(default) if own else ""
        )
    out.print(f"delivery of exam {escape(exam)}")
    out.print(table)
    for one in found:
        out.print(
            f"{'[green]can be met[/]' if one.feasible else '[red]cannot be met[/]'}: {escape(one.sentence)}"
        )
    for each in controls:
        mark = "[green]found[/]" if each.current else "[yellow]not found yet[/]"
        out.print(f"{mark}: {escape(each.sentence())}")


def _said(value: Any) -> str:
    if hasattr(value, "model_dump"):
        value = value.model_dump(exclude_defaults=True) or "as many questions as were asked for"
    if isinstance(value, tuple) and value and hasattr(value[0], "name"):
        value = "; ".join(f"{one.name}: {one.least} to {one.most or 'any'}" for one in value)
    return escape("none" if value in (None, ()) else str(value))


def _plain(one: Replayed) -> dict[str, Any]:
    told = one.logged
    return {
        "position": told.position, "question_id": told.question_id, "version": told.version,
        "theta": told.decision.theta, "se": told.decision.se, "value": told.decision.value,
        "criterion": told.decision.criterion, "pilot": told.decision.pilot, "differs": list(one.differs),
    }  # fmt: skip


def _table(made: list[Replayed]) -> None:
    table = Table("position", "question", "theta", "se", "criterion", "value", "again")
    for one in made:
        told = one.logged.decision
        table.add_row(
            str(one.logged.position),
            f"{one.logged.question_id} v{one.logged.version}",
            f"{told.theta:+.3f}",
            f"{told.se:.3f}",
            "on trial" if told.pilot else told.criterion,
            "" if told.pilot else f"{told.value:.4f}",
            "the same" if not one.differs else f"[red]{', '.join(one.differs)}[/]",
        )
    out.print(table)
