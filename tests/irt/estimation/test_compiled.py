from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np

import irt
from irt.estimation.compiled import compiled

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
