"""Where the command writes: results to standard output, progress and errors to standard error."""

from __future__ import annotations

from rich.console import Console

WIDTH_WITHOUT_TERMINAL = 120

out = Console(highlight=False)
errors = Console(stderr=True, highlight=False)
for console in (out, errors):
    if not console.is_terminal:
        console.width = WIDTH_WITHOUT_TERMINAL
