"""`qbank calibrations policy`: by which rules an exam is calibrated, and who lets its runs go live."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from cli.console import out
from cli.database import pipeline_engine
from cli.errors import OptionError

MODES = ("automatic", "manual")


def policy(
    exam: Annotated[str, typer.Argument(metavar="EXAM", help="Code of the home exam.")],
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Deviate from a default; may be repeated."),
    ] = None,
    defaults: Annotated[
        list[str] | None,
        typer.Option("--unset", metavar="NAME", help="Back to the default; may be repeated."),
    ] = None,
    approval: Annotated[
        str | None, typer.Option(help="automatic: passing checks publish; manual: a psychometrician decides.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")] = False,
) -> None:
    """Show an exam's rules of calibration, or change them; the next run goes by them."""
    from database.queries import exams
    from orchestration.lifecycle.policy import PolicyError
    from orchestration.lifecycle.policy import policy as policy_of

    if approval is not None and approval not in MODES:
        raise OptionError(f"--approval must be automatic or manual, not {approval!r}")
    try:
        with pipeline_engine() as engine, engine.begin() as connection:
            known = exams.rules(connection, exam)
            new = exams.Rules(
                approval or known.approval_mode, _changed(known.model_policy, changes or [], defaults or [])
            )
            if new != known:
                policy_of(exam, new.model_policy)  # refuses before anything is written
                exams.set_rules(connection, exam, new)
            values = policy_of(exam, new.model_policy).settings()
            usual = policy_of(exam, {}).settings()
    except PolicyError as fault:
        raise OptionError(str(fault)) from fault
    if as_json:
        out.print_json(json.dumps({"exam": exam, "approval": new.approval_mode, "rules": values}))
        return
    out.print(f"exam {escape(exam)}: approval is [bold]{new.approval_mode}[/]")
    out.print(_table(values, usual))


def _changed(known: Mapping[str, Any], changes: Sequence[str], defaults: Sequence[str]) -> dict[str, Any]:
    new = dict(known)
    for name in defaults:
        if name not in new:
            raise OptionError(f"--unset {name}: the exam does not deviate from that default")
        del new[name]
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals or not name.strip():
            raise OptionError(f"--set {change}: say NAME=VALUE, for instance --set fewest_responses=200")
        new[name.strip()] = _value(name.strip(), value.strip())
    return new


def _value(name: str, text: str) -> Any:
    """Read a number, a list of words or a word."""
    if name == "dif_groups":
        return [each.strip() for each in text.split(",") if each.strip()]
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _table(values: Mapping[str, Any], usual: Mapping[str, Any]) -> Table:
    table = Table("rule", "value", "default")
    for name, value in values.items():
        own = value != usual[name]
        table.add_row(
            name, f"[bold]{_said(value)}[/]" if own else _said(value), _said(usual[name]) if own else ""
        )
    return table


def _said(value: Any) -> str:
    return escape(", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value))
