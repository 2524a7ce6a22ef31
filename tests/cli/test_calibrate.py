"""`qbank calibrate` as others script against it: names, columns, keys, exit codes, and clumsy files."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import irt
from tests.cli.conftest import Ended, run_command

ROOT = Path(__file__).parent.parent.parent
LSAT6 = ROOT / "tests" / "golden" / "lsat6.csv"
ITEM_COLUMNS = [
    "item",
    "model",
    "a",
    "b",
    "c",
    "se_a",
    "se_b",
    "se_c",
    "slope",
    "intercept",
    "se_slope",
    "se_intercept",
    "n",
    "p_value",
    "point_biserial",
]
FIT_KEYS = [
    "log_likelihood",
    "log_posterior",
    "n_parameters",
    "aic",
    "bic",
    "passes",
    "converged",
    "reason",
    "max_gradient",
    "n_repeats",
    "seconds",
    "nodes",
    "engine",
    "threads",
    "versions",
    "hash",
]
STAGES = ["read", "prepare", "compile", "fit", "se", "score", "write"]

Calibrate = Callable[..., Ended]


def alone(monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
    """An empty folder and no variable of ours."""
    for name in list(os.environ):
        if name.startswith(("QBANK_", "DAGSTER_")):
            monkeypatch.delenv(name)
    monkeypatch.chdir(folder)


@pytest.fixture
def calibrate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Calibrate:
    """Run `qbank calibrate ... --out out` in this process, in an empty folder and without any variable."""
    alone(monkeypatch, tmp_path)

    def run(*arguments: str | Path, out: str = "out") -> Ended:
        said = run_command(["qbank", "calibrate", *map(str, arguments), "--out", out], monkeypatch, capsys)
        assert "Traceback" not in said.out + said.err
        return said

    return run


def items(out: Path) -> dict[str, dict[str, Any]]:
    frame = pl.read_csv(out / "items.csv", schema_overrides={"item": pl.String}, infer_schema_length=None)
    return {row["item"]: row for row in frame.to_dicts()}


def fit(out: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((out / "fit.json").read_text(encoding="utf-8"))
    return values


def answers(persons: int = 400, items: int = 8, seed: int = 5, c: float = 0.0) -> np.ndarray[Any, Any]:
    """Answers 0/1 that follow a 2PL or 3PL, persons by items."""
    rng = np.random.default_rng(seed)
    theta, b = rng.normal(size=(persons, 1)), np.linspace(-1.5, 1.5, items)
    p = c + (1 - c) / (1 + np.exp(-1.7 * 0.9 * (theta - b)))
    return (rng.random(p.shape) < p).astype(int)


def wide(matrix: np.ndarray[Any, Any], **more: list[Any]) -> pl.DataFrame:
    columns = {f"i{at}": matrix[:, at] for at in range(matrix.shape[1])}
    return pl.DataFrame({"person": [f"p{at}" for at in range(len(matrix))], **columns, **more})


def test_lsat6_gives_the_published_likelihood_and_all_that_is_promised(
    calibrate: Calibrate, tmp_path: Path
) -> None:
    ended = calibrate(LSAT6, "--model", "2PL")
    assert ended.code == 0, ended.err
    assert ended.out.count("\n") == 1
    assert "-2466.653" in ended.out
    assert re.search(r"pass +1 +log-likelihood -\d+\.\d+ +largest change 0\.\d+", ended.err)
    out = tmp_path / "out"
    header = (out / "items.csv").read_text().splitlines()[0].split(",")
    assert header[: len(ITEM_COLUMNS)] == ITEM_COLUMNS
    assert header[-2:] == ["status", "reason"]
    rows = items(out)
    assert list(rows) == ["i01", "i02", "i03", "i04", "i05"]
    published = [0.8254, 0.7229, 0.8905, 0.6886, 0.6575]
    assert [row["slope"] for row in rows.values()] == pytest.approx(published, abs=1e-3)
    for row in rows.values():
        assert row["slope"] == pytest.approx(1.7 * row["a"])
        assert row["intercept"] == pytest.approx(-row["slope"] * row["b"])
        assert row["se_slope"] == pytest.approx(1.7 * row["se_a"])
        assert row["c"] == 0.0
        assert (row["se_c"], row["status"], row["reason"], row["model"]) == (None, "ok", None, "2PL")
    assert rows["i01"]["p_value"] == 0.924
    values = fit(out)
    assert set(FIT_KEYS) <= set(values)
    assert list(values["seconds"]) == STAGES
    assert all(seconds >= 0 for seconds in values["seconds"].values())
    assert (values["n_parameters"], values["converged"], values["n_repeats"]) == (10, True, 0)
    assert values["log_likelihood"] == values["log_posterior"] == pytest.approx(-2466.653, abs=1e-3)
    assert values["aic"] == pytest.approx(2 * 10 - 2 * values["log_likelihood"])
    assert (values["nodes"], values["range"], values["engine"]) == (61, [-6.0, 6.0], "native")
    assert re.fullmatch("[0-9a-f]{64}", values["hash"])
    persons = pl.read_csv(out / "persons.csv")
    assert persons.columns == ["person", "theta", "se", "n"]
    assert persons["person"].to_list() == list(range(1, 1001))
    assert persons["theta"].mean() == pytest.approx(0.0, abs=1e-3)


def test_how_well_each_item_fits(calibrate: Calibrate, tmp_path: Path) -> None:
    """S-X2 of LSAT7 as mirt prints it; on sparse answers the test that does not need complete ones."""
    lsat7 = LSAT6.with_name("lsat7.csv")
    assert calibrate(lsat7, "--model", "2PL").code == 0
    rows = list(items(tmp_path / "out").values())
    assert [row["s_x2"] for row in rows[:2]] == pytest.approx([4.7505, 14.4534], abs=1e-3)
    assert [row["s_x2_df"] for row in rows] == [2] * 5
    assert all(0.0 < row["fit_p"] <= 1.0 and row["fit_df"] > 0 and row["outfit"] > 0.3 for row in rows)
    rng = np.random.default_rng(3)
    matrix = (rng.random((800, 12)) < irt.models.probability(rng.normal(size=(800, 1)), 1.0, 0.0, 0.0)) * 1.0
    matrix[rng.random(matrix.shape) < 0.6] = np.nan
    sparse = tmp_path / "sparse.csv"
    wide(matrix).write_csv(sparse)
    assert calibrate(sparse, "--model", "2PL").code == 0
    rows = list(items(tmp_path / "out").values())
    assert all(row["s_x2"] is None and row["fit_p"] is not None for row in rows)


def test_pictures_and_a_page_that_needs_no_network(calibrate: Calibrate, tmp_path: Path) -> None:
    calibrate(LSAT6, "--model", "2PL")
    for name in ("icc_01.png", "information.png", "wright_map.png"):
        assert (tmp_path / "out" / name).read_bytes().startswith(b"\x89PNG")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "lsat6.csv" in page
    assert "served" not in page
    assert not re.search(r'(?:src|href)="(?!data:)', page)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "fit.json", "icc_01.png", "information.png", "items.csv", "persons.csv", "report.html", "wright_map.png",
    ]  # fmt: skip


def test_as_a_process_it_starts_nothing_and_leaves_nothing_beside_its_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone(monkeypatch, tmp_path)
    command = [sys.executable, "-m", "cli.main", "calibrate", str(LSAT6), "--model", "2PL", "--out", "a/b"]
    done = subprocess.run(
        [*command, "--range", "-5,5", "--no-se"],
        env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "-2466.65" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert fit(tmp_path / "a" / "b")["range"] == [-5.0, 5.0]


@pytest.mark.parametrize("spelling", [("--range", "-4,4"), ("--range=-4,4",), ("--range", " -4 , 4.0 ")])
def test_nodes_and_range(calibrate: Calibrate, tmp_path: Path, spelling: tuple[str, ...]) -> None:
    assert calibrate(LSAT6, "--model", "2pl", "--nodes", "21", *spelling).code == 0
    values = fit(tmp_path / "out")
    assert (values["nodes"], values["range"]) == (21, [-4.0, 4.0])


def test_without_standard_errors_they_are_empty(calibrate: Calibrate, tmp_path: Path) -> None:
    assert calibrate(LSAT6, "--model", "2PL", "--no-se").code == 0
    for row in items(tmp_path / "out").values():
        assert {row[name] for name in ("se_a", "se_b", "se_c", "se_slope", "se_intercept")} == {None}
    assert fit(tmp_path / "out")["seconds"]["se"] == 0.0


def test_priors_are_those_given_and_the_rest_the_default(calibrate: Calibrate, tmp_path: Path) -> None:
    wide(answers(c=0.2)).write_csv("r.csv")
    calibrate("r.csv", "--model", "3PL")
    assert fit(tmp_path / "out")["priors"] == {"a": None, "b": None, "c": "beta:5,17"}
    calibrate("r.csv", "--model", "3PL", "--no-priors")
    values = fit(tmp_path / "out")
    assert values["priors"] == {"a": None, "b": None, "c": None}
    assert values["log_posterior"] == values["log_likelihood"]
    calibrate("r.csv", "--model", "3PL", "--prior-a", "lognormal:0,0.5", "--prior-b", "Normal:-.5,2")
    values = fit(tmp_path / "out")
    assert values["priors"] == {"a": "lognormal:0,0.5", "b": "normal:-0.5,2", "c": "beta:5,17"}
    assert values["log_posterior"] < values["log_likelihood"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--prior-a", "normal:0,1"], "lognormal:MEAN,SD"),
        (["--prior-a", "lognormal"], "lognormal:MEAN,SD"),
        (["--prior-a", "lognormal:0"], "two numbers are needed, MEAN,SD"),
        (["--prior-a", "lognormal:0,0"], "SD must be above 0"),
        (["--prior-b", "normal:0,x"], "--prior-b 0,x: two numbers"),
        (["--prior-c", "beta:0.5,1"], "at least 1"),
        (["--prior-c", "beta:5,17", "--no-priors"], "exclude each other"),
        (["--range", "6"], "LOW,HIGH"),
        (["--range", "6,-6"], "go up from low to high"),
        (["--nodes", "2"], "from 3 to 1,000 nodes"),
    ],
)
def test_options_that_cannot_be_read(
    calibrate: Calibrate, tmp_path: Path, options: list[str], said: str
) -> None:
    ended = calibrate(LSAT6, "--model", "3PL", *options)
    assert ended.code == 1
    assert said in ended.said
    assert not (tmp_path / "out").exists()


def test_items_that_cannot_be_fitted_stand_in_their_place_with_a_reason(
    calibrate: Calibrate, tmp_path: Path
) -> None:
    matrix = answers()
    frame = wide(matrix).with_columns(
        pl.lit(1).alias("all right"),
        pl.lit(0).alias("all wrong"),
        pl.Series("single", [1] + [None] * (len(matrix) - 1)),
        pl.lit(None).alias("nobody"),
    )
    frame = frame.select(
        "person", "all right", "i0", "single", pl.exclude("person", "all right", "i0", "single")
    )
    missing = pl.DataFrame({"person": ["absent"]}).join(frame.clear(), on="person", how="left")
    pl.concat([missing, frame], how="vertical_relaxed").write_csv("r.csv")
    assert calibrate("r.csv", "--model", "2PL").code == 0
    rows = items(tmp_path / "out")
    assert list(rows) == [
        "all right",
        "i0",
        "single",
        *(f"i{at}" for at in range(1, 8)),
        "all wrong",
        "nobody",
    ]
    for name, n, p, reason in (
        ("all right", 400, 1.0, "are right"),
        ("all wrong", 400, 0.0, "are wrong"),
        ("single", 1, 1.0, "too few"),
        ("nobody", 0, None, "too few"),
    ):
        row = rows[name]
        assert (row["status"], row["n"], row["p_value"]) == ("set aside", n, p)
        assert reason in row["reason"]
        assert {row[each] for each in ("a", "b", "c", "se_a", "slope", "intercept")} == {None}
    assert rows["i0"]["status"] == "ok"
    persons = pl.read_csv(tmp_path / "out" / "persons.csv")
    assert persons["person"][0] == "absent"
    assert persons.row(0)[1:] == (pytest.approx(0.0, abs=1e-9), pytest.approx(1.0, abs=1e-3), 0)
    assert persons["n"][1:].to_list() == [8] * 400
    assert fit(tmp_path / "out")["n_set_aside"] == 4


def test_where_nothing_can_be_fitted_the_files_say_so(calibrate: Calibrate, tmp_path: Path) -> None:
    Path("r.csv").write_text("person,i1,i2,i3\na,1,0,1\nb,0,1,1\n")
    ended = calibrate("r.csv", "--model", "2PL")
    assert ended.code == 0
    assert "0 of 3 items fitted" in ended.out
    assert "NOT converged" in ended.out
    assert {row["status"] for row in items(tmp_path / "out").values()} == {"set aside"}
    assert fit(tmp_path / "out")["converged"] is False
    assert pl.read_csv(tmp_path / "out" / "persons.csv").rows() == [("a", 0.0, 1.0, 0), ("b", 0.0, 1.0, 0)]
    assert "set aside" in (tmp_path / "out" / "report.html").read_text()


def test_the_same_answers_in_any_form_are_one_fit(calibrate: Calibrate, tmp_path: Path) -> None:
    frame = wide(answers())
    frame.write_csv("wide.csv")
    frame.write_parquet("wide.parquet")
    long = frame.unpivot(index="person", variable_name="item", value_name="correct")
    order = long.with_columns(at=pl.col("person").str.slice(1).cast(pl.Int64)).sort("at", maintain_order=True)
    order.select(pl.lit("x").alias("site"), "item", "person", Correct="correct").write_csv("long.csv")
    twice = pl.concat([order, order.with_columns(correct=1 - pl.col("correct")).head(25)])
    twice.select("person", "item", "correct").write_parquet("twice.parquet")
    found = {}
    for name in ("wide.csv", "wide.parquet", "long.csv", "twice.parquet"):
        assert calibrate(name, "--model", "2PL", out=name + ".out").code == 0
        found[name] = (fit(tmp_path / f"{name}.out"), (tmp_path / f"{name}.out" / "items.csv").read_text())
    assert [values["n_repeats"] for values, _ in found.values()] == [0, 0, 0, 25]
    assert len({values["hash"] for values, _ in found.values()}) == 1
    assert len({table for _, table in found.values()}) == 1


def test_a_wrong_key_is_found_and_named(calibrate: Calibrate, tmp_path: Path) -> None:
    matrix = answers(persons=600)
    rng = np.random.default_rng(1)
    options = np.where(matrix == 1, "A", rng.choice(["B", "C", "D"], matrix.shape))
    wide(options).write_csv("r.csv")
    Path("key.csv").write_text(
        "item,key\n" + "".join(f"i{at},{'B' if at == 3 else 'a'}\n" for at in range(8))
    )
    assert calibrate("r.csv", "--model", "2PL", "--key", "key.csv").code == 0
    assert items(tmp_path / "out")["i3"]["a"] < 0
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "Check the key of i3 (key B, probably a) first" in page
    assert calibrate("r.csv", "--model", "2PL").code == 1


def test_3pl_without_priors_names_items_at_their_bound(calibrate: Calibrate, tmp_path: Path) -> None:
    wide(answers(persons=1500, items=10)).write_csv("r.csv")
    assert calibrate("r.csv", "--model", "3PL", "--no-priors").code == 0
    rows = items(tmp_path / "out").values()
    bound = [row for row in rows if row["status"] == "c at bound"]
    assert bound
    assert all(row["se_c"] is None and row["se_a"] > 0 for row in bound)
    assert fit(tmp_path / "out")["converged"] is True


def two_groups(folder: Path) -> np.ndarray[Any, Any]:
    """Answers of a weak and an able group, wide.csv and groups.csv; returns the b behind them."""
    rng = np.random.default_rng(8)
    b = np.linspace(-1.5, 1.5, 12)
    theta = np.concatenate([rng.normal(size=1500), rng.normal(1.0, 0.7, size=1500)])[:, None]
    matrix = (rng.random((3000, 12)) < 1 / (1 + np.exp(-1.7 * (theta - b)))).astype(int)
    wide(matrix).write_csv(folder / "wide.csv")
    groups = [f"p{at},{'able' if at >= 1500 else 'weak'}\n" for at in reversed(range(3000))]
    (folder / "groups.csv").write_text("person,group\n" + "".join(groups) + "stranger,weak\n")
    return b


def test_groups_have_a_mean_and_sd_of_their_own(calibrate: Calibrate, tmp_path: Path) -> None:
    b = two_groups(tmp_path)
    ended = calibrate("wide.csv", "--model", "2PL", "--groups", "groups.csv")
    assert ended.code == 0, ended.err
    assert "1 person not in the data" in ended.said
    weak, able = fit(tmp_path / "out")["latent"]
    assert (weak["group"], weak["n_persons"], weak["mean"], weak["sd"]) == ("weak", 1500, 0.0, 1.0)
    assert (able["group"], able["n_persons"]) == ("able", 1500)
    assert able["mean"] == pytest.approx(1.0, abs=4 * able["se_mean"])
    assert able["sd"] == pytest.approx(0.7, abs=4 * able["se_sd"])
    rows = items(tmp_path / "out").values()
    assert [row["b"] for row in rows] == pytest.approx(b.tolist(), abs=0.15)
    theta = pl.read_csv(tmp_path / "out" / "persons.csv")["theta"]
    assert theta[:1500].mean() == pytest.approx(0.0, abs=0.02)
    assert theta[1500:].mean() == pytest.approx(able["mean"], abs=0.02)
    assert "Ability by group" in (tmp_path / "out" / "report.html").read_text()
    Path("groups.csv").write_text("person,group\np0,weak\n")
    ended = calibrate("wide.csv", "--model", "2PL", "--groups", "groups.csv")
    assert ended.code == 1
    assert "2,999 of 3,000 persons have no group, the first is 'p1'" in ended.said


def test_the_items_of_a_former_fit_are_anchors_of_the_next(calibrate: Calibrate, tmp_path: Path) -> None:
    two_groups(tmp_path)
    frame = pl.read_csv("wide.csv")
    frame[:1500].select("person", *(f"i{at}" for at in range(8)), pl.lit(1).alias("i8")).write_csv(
        "former.csv"
    )
    frame[1500:].write_csv("next.csv")
    calibrate("former.csv", "--model", "2PL", out="former")
    ended = calibrate("next.csv", "--model", "2PL", "--anchors", "former/items.csv")
    assert ended.code == 0, ended.err
    former, rows = items(tmp_path / "former"), items(tmp_path / "out")
    assert former["i8"]["status"] == "set aside"
    for at in range(8):
        assert rows[f"i{at}"]["status"] == "anchor"
        assert (rows[f"i{at}"]["a"], rows[f"i{at}"]["b"]) == pytest.approx(
            (former[f"i{at}"]["a"], former[f"i{at}"]["b"])
        )
        assert rows[f"i{at}"]["se_a"] is None
    assert rows["i8"]["status"] == "ok"
    (latent,) = fit(tmp_path / "out")["latent"]
    assert latent["mean"] == pytest.approx(1.0, abs=0.2)
    theta = pl.read_csv(tmp_path / "out" / "persons.csv")["theta"]
    assert theta.mean() == pytest.approx(latent["mean"], abs=0.02)
    Path("other.csv").write_text("item,a,b\nx,1,0\n")
    ended = calibrate("next.csv", "--model", "2PL", "--anchors", "other.csv")
    assert ended.code == 1
    assert "none of 1 item is in next.csv" in ended.said


def test_one_slope_for_all_items(calibrate: Calibrate, tmp_path: Path) -> None:
    ended = calibrate(LSAT6, "--model", "1PL")
    assert "-2466.938" in ended.out
    rows = items(tmp_path / "out").values()
    assert [row["slope"] for row in rows] == pytest.approx([0.7551] * 5, abs=1e-3)
    assert {row["model"] for row in rows} == {"1PL"}
    assert fit(tmp_path / "out")["n_parameters"] == 6


def test_processes_give_the_same_files(calibrate: Calibrate, tmp_path: Path) -> None:
    wide(answers()).write_csv("r.csv")
    assert calibrate("r.csv", "--model", "2PL", out="threads").code == 0
    ended = calibrate("r.csv", "--model", "2PL", "--workers", "2", out="processes")
    assert ended.code == 0, ended.err
    for name in ("items.csv", "persons.csv"):
        assert (tmp_path / "threads" / name).read_text() == (tmp_path / "processes" / name).read_text()
    assert fit(tmp_path / "processes")["threads"] == 2


def test_girth_gives_a_second_opinion(calibrate: Calibrate, tmp_path: Path) -> None:
    wide(answers(persons=2000)).write_csv("r.csv")
    calibrate("r.csv", "--model", "2PL", out="native")
    ended = calibrate("r.csv", "--model", "2PL", "--engine", "girth", out="girth")
    assert ended.code == 0, ended.err
    native, girth = items(tmp_path / "native"), items(tmp_path / "girth")
    assert fit(tmp_path / "girth")["engine"] == "girth"
    for name, row in girth.items():
        assert row["se_a"] is None
        assert (row["a"], row["b"]) == pytest.approx((native[name]["a"], native[name]["b"]), abs=5e-3)
    ended = calibrate("r.csv", "--model", "3PL", "--engine", "girth", out="girth")
    assert ended.code == 1
    assert "take the native engine" in ended.said


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (b"person,i1,i2,i3\na,1,0,1\nb,0,2,1\n", ["line 3", "column 'i2'", "--key"]),
        (b"person,item,correct\na,i1,1\na,i2,yes\n", ["line 3", "column 'correct'", "'yes'"]),
        (b"person,i1,i1\na,1,0\n", ["line 1", "'i1'"]),
        (b"person,i1,i2\n", ["no rows"]),
        (b"", ["empty"]),
        (b"\x89\x00\xff\x01", ["r.csv", "not"]),
        (b"person,i1\nJos\xe9,1\n", ["line 2", "UTF-8"]),
        (None, ["cannot be read"]),
    ],
)
def test_bad_files_get_a_message(
    calibrate: Calibrate, tmp_path: Path, content: bytes | None, parts: list[str]
) -> None:
    if content is not None:
        Path("r.csv").write_bytes(content)
    ended = calibrate("r.csv", "--model", "2PL")
    assert ended.code == 1
    assert "qbank: " in ended.err
    for part in (*parts, "r.csv"):
        assert part in ended.said
    assert not (tmp_path / "out" / "fit.json").exists()


def test_a_folder_of_results_is_replaced_and_a_file_in_its_place_is_kept(
    calibrate: Calibrate, tmp_path: Path
) -> None:
    (tmp_path / "out").mkdir()
    for name in ("icc_01.png", "icc_02.png", "icc_mine.png", "items.csv"):
        (tmp_path / "out" / name).write_text("former")
    calibrate(LSAT6, "--model", "2PL")
    assert not (tmp_path / "out" / "icc_02.png").exists()
    assert (tmp_path / "out" / "icc_mine.png").read_text() == "former"
    assert len(items(tmp_path / "out")) == 5
    (tmp_path / "taken").write_text("mine")
    ended = calibrate(LSAT6, "--model", "2PL", out="taken")
    assert ended.code == 1
    assert "is a file" in ended.said
    assert (tmp_path / "taken").read_text() == "mine"


def test_points_of_many_answers_are_those_of_some_persons(
    calibrate: Calibrate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cli.calibration.pictures.MOST_ANSWERS", 10_000)
    two_groups(tmp_path)
    ended = calibrate("wide.csv", "--model", "2PL", "--groups", "groups.csv", "--no-se")
    assert ended.code == 0, ended.err
    assert "of one person in 4." in (tmp_path / "out" / "report.html").read_text()


def test_large_exams_are_drawn_in_part_and_the_page_says_so(calibrate: Calibrate, tmp_path: Path) -> None:
    wide(answers(persons=300, items=104)).write_csv("r.csv")
    assert calibrate("r.csv", "--model", "2PL", "--no-se").code == 0
    assert len(list((tmp_path / "out").glob("icc_*.png"))) == 5
    assert "the first 100 of 104 items" in (tmp_path / "out" / "report.html").read_text()
    assert not any(math.isnan(row["a"]) for row in items(tmp_path / "out").values())
