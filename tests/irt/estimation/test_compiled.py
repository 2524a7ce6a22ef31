from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import irt
from irt.estimation import compiled as compiled_module
from irt.estimation import kernels
from irt.estimation.compiled import KERNEL_FILES, compiled

ROOM = Path(irt.__file__).parent
KERNEL = """
import numpy as np
from irt.estimation.compiled import compiled

@compiled
def total(values):
    result = 0.0
    for value in values:
        result += value
    return result

assert total(np.arange(5.0)) == 10.0
assert total.stats.cache_path is None, total.stats.cache_path
"""


def total(values: np.ndarray) -> float:
    result = 0.0
    for value in values:
        result += value
    return result


def test_kernels_run_where_no_cache_folder_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "kernel.py").write_text(KERNEL)
    (tmp_path / "__pycache__").write_text("a file where the folder would be")
    nowhere = {"HOME": os.devnull, "XDG_CACHE_HOME": os.devnull, "PYTHONDONTWRITEBYTECODE": "1"}
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"} | nowhere
    environment["PYTHONPATH"] = str(Path(irt.__file__).parents[1])
    subprocess.run([sys.executable, "-W", "error", tmp_path / "kernel.py"], check=True, env=environment)


def test_infinities_and_nan_keep_their_meaning() -> None:
    kernel = compiled(total)
    assert kernel(np.array([1.0, -np.inf])) == -np.inf
    assert np.isnan(kernel(np.array([1.0, np.nan])))


def test_every_file_of_kernels_is_known() -> None:
    marks = ("@compiled", "import intrinsic")
    found = {
        str(path.relative_to(ROOM))
        for path in ROOM.rglob("*.py")
        if any(mark in path.read_text() for mark in marks)
    }
    assert found <= set(KERNEL_FILES)
    assert all((ROOM / name).is_file() for name in KERNEL_FILES)


def test_a_cached_kernel_is_stale_when_any_file_of_kernels_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel built with another file's former layout would read what is not there."""
    assert kernels.expect._cache._cache_file._source_stamp == compiled_module._stamp()  # type: ignore[attr-defined]
    for name in KERNEL_FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((ROOM / name).read_bytes())
    monkeypatch.setattr(compiled_module, "__file__", str(tmp_path / "estimation" / "compiled.py"))
    assert compiled_module._stamp.__wrapped__() == compiled_module._stamp()
    lanes = tmp_path / "estimation" / "lanes.py"
    lanes.write_text(lanes.read_text().replace("LANE = 4", "LANE = 8"))
    assert compiled_module._stamp.__wrapped__() != compiled_module._stamp()


def test_a_division_by_zero_is_an_infinity_as_in_numpy() -> None:
    assert compiled(quotient)(1.0, 0.0) == np.inf
    assert np.isnan(compiled(quotient)(0.0, 0.0))


def quotient(a: float, b: float) -> float:
    return a / b
