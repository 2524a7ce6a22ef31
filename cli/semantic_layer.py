"""`qbank semantic-layer` and `qbank metric`: dbt's metrics as files of other tools, and as figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from cli.console import out
from cli.database import pipeline_engine
from cli.errors import OutputError, RunFailed

if TYPE_CHECKING:
    from reports.semantic import Layer, Metric


def semantic_layer(
    folder: Annotated[
        Path, typer.Option("--out", help="Folder of the files; in the repository dbt_qbank/semantic.")
    ],
    database: Annotated[str, typer.Option(help="Name of the database in Metabase.")] = "qbank",
) -> None:
    """Write the metrics of the dbt project as LookML and as Metabase files; needs no database."""
    from reports.semantic import SCHEMA, looker, metabase

    layer = _defined()
    for tool, files in {
        "looker": looker.files(layer, SCHEMA),
        "metabase": metabase.files(layer, SCHEMA, database),
    }.items():
        try:
            removed = _write(folder / tool, files)
        except OSError as error:
            raise OutputError(f"{folder / tool} cannot be written: {error.strerror or error}") from error
        out.print(f"{folder / tool}: {len(files)} files written, {removed} removed", soft_wrap=True)


def _defined() -> Layer:
    from orchestration.dbt import DbtFailed
    from orchestration.semantic_layer import semantic_layer as defined

    try:
        return defined()
    except DbtFailed as fault:
        raise RunFailed(str(fault)) from fault


def _write(folder: Path, files: dict[str, str]) -> int:
    """Write the files; of those that an earlier run made, remove what the definitions no longer give."""
    from reports.semantic import HEADER

    removed = 0
    for path in folder.rglob("*"):
        ours = path.is_file() and path.read_text(encoding="utf-8", errors="replace").startswith(HEADER)
        if ours and path.relative_to(folder).as_posix() not in files:
            path.unlink()
            removed += 1
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return removed


def metric(
    name: Annotated[str | None, typer.Argument(help="The metric. None: list them all.")] = None,
    by: Annotated[list[str] | None, typer.Option(help="Dimension to group by; may be repeated.")] = None,
    sql: Annotated[bool, typer.Option("--sql", help="Print the query instead of running it.")] = False,
) -> None:
    """Show a metric of the marts, of the tenant QBANK_TENANT_ID."""
    from reports.semantic import SCHEMA
    from reports.semantic.sql import metric as rendered

    layer = _defined()
    if name is None:
        out.print(_listed(layer))
        return
    query = rendered(layer, name, by or [], SCHEMA)
    if sql:
        out.print(escape(query), soft_wrap=True)
        return
    out.print(_shown(layer.metric(name), _rows(query)))


def _rows(query: str) -> list[dict[str, Any]]:
    from sqlalchemy import text
    from sqlalchemy.exc import ProgrammingError

    from database import settings
    from database.tenancy import enter_tenant

    with pipeline_engine() as engine, engine.begin() as connection:
        enter_tenant(connection, settings.load().tenant_id)
        try:
            return [dict(row) for row in connection.execute(text(query)).mappings()]
        except ProgrammingError as error:
            raise RunFailed(
                f"the mart cannot be read: {str(error.orig).splitlines()[0]}. Build the marts with `qbank run`"
            ) from error


def _listed(layer: Layer) -> Table:
    table = Table(title="Metrics")
    for column in ("metric", "what it is", "by"):
        table.add_column(column)
    for one in layer.metrics.values():
        dimensions = ", ".join(dimension.name for dimension in layer.models[one.model].dimensions)
        table.add_row(one.name, escape(one.description), dimensions)
    return table


def _shown(metric: Metric, rows: list[dict[str, Any]]) -> Table:
    table = Table(title=escape(f"{metric.label}: {metric.description}"))
    for column in rows[0] if rows else [metric.name]:
        table.add_column(column, justify="right" if column == metric.name else "left")
    for row in rows:
        *groups, value = row.values()
        table.add_row(
            *(escape("" if one is None else str(one)) for one in groups), _figure(value, metric.format)
        )
    return table


def _figure(value: Any, shown: str) -> str:
    if value is None:
        return ""
    return {"percent": f"{value:.1%}", "whole": f"{value:,.0f}", "decimal": f"{value:.3f}"}[shown]
