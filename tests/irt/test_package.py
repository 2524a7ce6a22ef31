from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import irt

ROOM = Path(irt.__file__).parent
ALLOWED = {
    "irt",
    "numpy",
    "scipy",
    "numba",
    "llvmlite",
    "threadpoolctl",
    "girth",
    "distributed",
    "polars",
    "matplotlib",
}
#: What would make a result depend on anything but its arguments.
FORBIDDEN = {"os", "time", "datetime", "random", "pathlib", "socket", "logging"}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module.split(".")[0])
    return names


def test_the_room_imports_numerics_and_nothing_else() -> None:
    for path in ROOM.rglob("*.py"):
        foreign = imported(path) - ALLOWED - set(sys.stdlib_module_names)
        assert not foreign, f"{path.name} imports {foreign}"
        if path.name != "compiled.py":  # it looks at the kernels' own files, to know whether they changed
            assert not imported(path) & FORBIDDEN, path.name


def test_plots_load_when_first_used() -> None:
    code = (
        "import sys, irt; assert 'matplotlib' not in sys.modules; irt.plots.png; "
        "assert 'matplotlib' in sys.modules; assert not hasattr(irt, 'plot')"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOM.parent)


def test_every_public_name_is_there_and_documented() -> None:
    for name in irt.__all__:
        assert getattr(irt, name).__doc__
