"""How every report becomes one HTML page that needs nothing beside itself: no network, no other file."""

from __future__ import annotations

import base64
import datetime as dt
import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"
NONE = "–"


@dataclass(frozen=True)
class Plot:
    """A picture for a report: PNG bytes, and in `alt` what it shows, for who cannot see it."""

    title: str
    alt: str
    png: bytes


def render_page(template: str, **values: Any) -> str:
    """Render `template` (a file of reports/templates); all values are escaped."""
    return _environment().get_template(template).render(**values)


@functools.cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=number,
        whole=whole,
        share=share,
        moment=moment,
        data_uri=data_uri,
        cell=cell,
        breakable=breakable,
        first_few=first_few,
    )
    return environment


def number(value: float | None, digits: int = 2) -> str:
    """Return `value` with `digits` decimals and a true minus sign; a dash for None and NaN."""
    if value is None or math.isnan(value):
        return NONE
    return f"{value:,.{digits}f}".replace("-", "−")


def whole(value: int | None) -> str:
    """Return `value` with thousands separated; a dash for None."""
    return NONE if value is None else f"{value:,}"


def share(n: int, total: int) -> str:
    """Return `n` of `total` in percent; what is not nothing never reads as nothing."""
    if total <= 0:
        return NONE
    percent = 100 * n / total
    return "< 0.01 %" if 0 < percent < 0.01 else f"{percent:.2f} %"


def moment(value: dt.datetime) -> str:
    """Return a time as date, minute and zone; in UTC, whatever zone it comes in."""
    return value.astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M UTC")


def data_uri(png: bytes) -> str:
    """Return a PNG as an address that holds the picture itself."""
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def cell(value: object) -> str:
    """Return a value of a sample row, short enough for a table."""
    if value is None:
        return NONE
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def breakable(identifier: str) -> Markup:
    """Return an identifier, escaped, that a narrow column may break after its underscores."""
    return Markup("_<wbr>").join(identifier.split("_"))


def first_few(names: Sequence[str], shown: int = 8) -> str:
    """Return names as words: the first few, and how many more there are."""
    rest = len(names) - shown
    return ", ".join(names[:shown]) + (f" and {rest:,} more" if rest > 0 else "")


def counted(n: int, one: str, many: str | None = None) -> str:
    """Return `n` with its noun: ``1 item``, ``35 items``."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"
