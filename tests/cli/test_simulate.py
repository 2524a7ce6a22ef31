"""`qbank simulate-cat` as a person runs it: what the bank allows, configurations side by side, and clumsy requests."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, insert

from cli.simulation.configuration import Configuration, beside
from database.queries import calibrations, content, exams
from database.queries.content import Quota
from database.queries.publications import publish
from database.tables import QuestionVersion
from ingestion import sample
from tests.cli.conftest import Ended, Qbank, run_command
from tests.database.bank import AUTHOR, add_exam, add_item
from tests.database.queries.test_publications import TENANT, publication, row, run

ITEMS = 80
KEY, RESPONSES = sample.paths()
Simulate = Callable[..., Ended]
FEW = ("--simulees", 40, "--length", 10)


@pytest.fixture
def items(tmp_path: Path) -> Path:
    rng = np.random.default_rng(8)
    path = tmp_path / "bank.csv"
    lines = [f"I{k},{math.exp(rng.normal(-0.1, 0.3)):.4f},{rng.normal():.4f},0.1" for k in range(ITEMS)]
    path.write_text("\n".join(["item,a,b,c", *lines, "UPSIDE,-0.4,0,0", "ASIDE,,,"]) + "\n")
    return path


@pytest.fixture
def simulate(home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Simulate:
    def given(*arguments: object) -> Ended:
        return run_command(["qbank", "simulate-cat", *map(str, arguments)], monkeypatch, capsys)

    return given


def configurations(ended: Ended) -> dict[str, dict[str, Any]]:
    assert ended.code == 0, ended.err
    return {each["name"]: each for each in json.loads(ended.out)["configurations"]}


def test_configurations_stand_side_by_side_and_the_folder_is_whole(
    simulate: Simulate, items: Path, tmp_path: Path
) -> None:
    to = tmp_path / "out"
    held = "exposure=eligibility,r_max=0.3"
    ended = simulate("--items", items, *FEW, "--beside", held, "--beside", "criterion=MPWI", "--out", to)
    assert ended.code == 0, ended.err
    assert "80 items of bank.csv, 1 left out" in ended.said
    for name in ("rmse", "overlap", "items used", "decision p99", "above r_max"):
        assert name in ended.out
    found = json.loads((to / "figures.json").read_text())
    free, controlled, weighted = (each["figures"] for each in found["configurations"])
    assert controlled["exposure_largest"] < free["exposure_largest"] - 0.3
    assert controlled["overlap"] < free["overlap"]
    assert weighted["length"] == free["length"] == 10
    assert free["above_r_max"] is None
    assert sum(band["n"] for band in found["configurations"][0]["by_theta"]) == 40
    assert (to / "sessions.png").read_bytes().startswith(b"\x89PNG")
    page = (to / "report.html").read_text()
    assert held in page
    assert "data:image/png;base64," in page


def test_several_processes_bring_the_same_figures(simulate: Simulate, items: Path) -> None:
    asked = (
        "--items",
        items,
        *FEW,
        "--beside",
        "exposure=eligibility",
        "--beside",
        "exposure=sympson-hetter",
    )
    alone, together = (configurations(simulate(*asked, "--json", "--workers", workers)) for workers in (1, 2))
    assert list(alone) == ["as given", "exposure=eligibility", "exposure=sympson-hetter"]
    for name in alone:
        timeless = [
            {key: value for key, value in one[name]["figures"].items() if not key.startswith("decision")}
            for one in (alone, together)
        ]
        assert timeless[0] == timeless[1]
    again = configurations(simulate(*asked, "--json", "--seed", 2))
    assert again["as given"]["figures"]["rmse"] != alone["as given"]["figures"]["rmse"]


def test_sessions_end_by_precision_by_side_or_by_both(simulate: Simulate, items: Path) -> None:
    sprt, both = "cut=0.2,se=none", "length=12,require=all"
    found = configurations(
        simulate(
            "--items", items, "--simulees", 40, "--se", 0.45, "--beside", sprt, "--beside", both, "--json"
        )
    )
    precise, sided, all_ = (found[name]["figures"] for name in ("as given", sprt, both))
    assert precise["ended"]["se"] >= 36  # some in the tails are beyond what the bank tells
    assert precise["se"] < 0.46
    assert set(sided["ended"]) <= {"classified", "max_length"}
    assert sided["right_side"] > 0.7
    assert precise["right_side"] is None
    assert all_["shortest"] >= 12


def test_slopes_may_come_in_the_logistic_metric(simulate: Simulate, items: Path, tmp_path: Path) -> None:
    header, *lines = items.read_text().splitlines()
    rows = [line.split(",") for line in lines[:ITEMS]]
    steep = tmp_path / "logistic.csv"
    steep.write_text("\n".join([header, *(f"{i},{float(a) * 1.7},{b},{c}" for i, a, b, c in rows)]) + "\n")
    normal = configurations(simulate("--items", items, *FEW, "--json"))["as given"]["figures"]
    logistic = configurations(simulate("--items", steep, *FEW, "--json", "--metric", "logistic"))["as given"]
    assert logistic["figures"]["rmse"] == pytest.approx(normal["rmse"], rel=1e-6)


def test_what_the_sample_exam_cannot_give_is_said_with_the_bound(
    simulate: Simulate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fitted = tmp_path / "fit"
    asked = ["qbank", "calibrate", str(RESPONSES), "--key", str(KEY), "--model", "2PL", "--no-se"]
    assert run_command([*asked, "--out", str(fitted)], monkeypatch, capsys).code == 0
    ended = simulate(
        "--items",
        fitted / "items.csv",
        "--simulees",
        20,
        "--se",
        0.3,
        "--beside",
        "exposure=eligibility",
        "--json",
    )
    (precision,) = configurations(ended)["as given"]["feasibility"]
    assert not precision["feasible"]
    assert "0.3 is out of reach" in precision["sentence"]
    least = float(precision["sentence"].split("standard error of ")[1].split()[0])
    assert least > 0.45
    assert "infeasible as given, precision" in ended.err
    figures = configurations(ended)["as given"]["figures"]
    assert figures["se"] > 0.3
    assert set(figures["ended"]) == {"max_length"}


def live_exam(engine: Engine, *, hard: int) -> None:
    """Exam E of 60 items of which so many are hard, live, with a blueprint of a quarter hard ones."""
    rng = np.random.default_rng(2)
    with engine.begin() as connection:
        add_exam(connection, "E", TENANT)
        topic = content.ensure_topics(connection, TENANT, ["med.heart"])["med.heart"]
        known = []
        for k in range(60):
            known.append(add_item(connection, "E", f"I{k}", TENANT))
            said = {"topic_id": topic, "difficulty_label": "hard" if k < hard else "easy"}
            version = {"question_id": known[k], "version": 2, "tenant_id": TENANT, "created_by": AUTHOR}
            connection.execute(
                insert(QuestionVersion).values(
                    **version, **said, stem_md="Stem", edit_kind="cosmetic", based_on_version=1
                )
            )
        rows = [row(item, b=float(rng.normal())) | {"version": 2} for item in known]
        calibrations.write_candidate(connection, run(1), rows)
        publish(connection, run(1), publication())
        content.replace_quotas(connection, TENANT, "E", [Quota(None, None, 40), Quota("med", "hard", 10)])


def test_an_exam_is_played_by_its_blueprint(qbank: Qbank, pipeline_engine: Engine) -> None:
    live_exam(pipeline_engine, hard=20)
    ended = qbank(
        "simulate-cat", "--exam", "E", "--simulees", 8, "--length", 8, "--blueprint", "exam",
        "--beside", "blueprint=greedy", "--beside", "blueprint=none", "--json",
    )  # fmt: skip
    found = configurations(ended)
    assert found["as given"]["figures"]["blueprint_missed"] == 0
    assert found["blueprint=greedy"]["figures"]["blueprint_missed"] == 0
    assert found["blueprint=none"]["figures"]["blueprint_missed"] is None
    assert [each["demand"] for each in found["as given"]["feasibility"]] == ["precision", "blueprint"]


def test_quotas_of_delivery_go_before_the_blueprint_of_the_exam(
    qbank: Qbank, pipeline_engine: Engine
) -> None:
    live_exam(pipeline_engine, hard=20)
    for hard in (6, 30):  # the bank has 20
        quotas = {"quotas": [{"difficulty": "hard", "least": hard}]}
        with pipeline_engine.begin() as connection:
            exams.set_delivery(connection, "E", exams.Delivery({}, {}, quotas))
        ended = qbank(
            "simulate-cat", "--exam", "E", "--simulees", 4, "--length", 40, "--blueprint", "greedy", "--json",
        )  # fmt: skip
        told = configurations(ended)["as given"]
        (said,) = [each for each in told["feasibility"] if each["demand"] == "blueprint"]
        assert said["feasible"] is (hard == 6)
        assert (told["figures"]["blueprint_missed"] == 0) is (hard == 6)


def test_a_blueprint_that_the_bank_cannot_meet_is_named(qbank: Qbank, pipeline_engine: Engine) -> None:
    live_exam(pipeline_engine, hard=1)
    ended = qbank("simulate-cat", "--exam", "E", "--simulees", 4, "--length", 8, "--blueprint", "greedy")
    assert ended.code == 0, ended.err
    assert "infeasible as given, blueprint" in ended.said
    assert "difficulty hard" in ended.said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "one of them"),
        (("--exposure", "often"), "exposure must be one of none, randomesque"),
        (("--criterion", "BEST"), "criterion must be one of MFI"),
        (("--method", "GUESS"), "method must be one of EAP"),
        (("--metric", "probit"), "--metric must be one of normal, logistic"),
        (("--length", "81"), "length 81: sessions have from 1 to all 80 items"),
        (("--blueprint", "exam"), "bank.csv has no blueprint"),
        (("--beside", "speed=3"), "NAME one of criterion"),
        (("--beside", "length=ten"), "length must be a number, not 'ten'"),
        (("--beside", "r_max=0.1", "--beside", "r_max=0.1"), "is given twice"),
        (("--exposure", "sympson-hetter", "--r-max", "0.05", "--length", "20"), "cannot all keep to a rate of 0.05"),
        (("--sd", "-1"), "sd"),
        (tuple(word for k in range(8) for word in ("--beside", f"r_max=0.{k + 1}")), "7 at most"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_said(
    simulate: Simulate, items: Path, arguments: tuple[str, ...], said: str
) -> None:
    given = ("--items", items) if arguments else ()
    refused = simulate(*given, "--simulees", 5, *arguments)
    assert refused.code == 1
    assert said in refused.said
    assert "Traceback" not in refused.err


def test_an_exam_without_parameters_or_that_is_not_there_is_said(
    qbank: Qbank, pipeline_engine: Engine
) -> None:
    with pipeline_engine.begin() as connection:
        add_exam(connection, "E", TENANT)
    assert "nothing of exam E is calibrated yet" in qbank("simulate-cat", "--exam", "E").said
    assert "there is no exam 'F'" in qbank("simulate-cat", "--exam", "F").said


def test_what_was_left_open_is_settled_by_the_bank() -> None:
    plain = Configuration().settled(20)
    assert (plain.length, plain.max_length, plain.longest) == (20, None, 20)
    assert Configuration(max_length=12).settled(500).length == 12
    precise = Configuration(se=0.3).settled(500)
    assert (precise.length, precise.max_length) == (None, 100)
    assert Configuration(se=0.3, length=20, require="all").settled(50).max_length == 50
    assert Configuration(se=0.3, length=20).settled(50).longest == 20
    assert Configuration(exposure="randomesque").settled(50).among == 5
    told = beside(Configuration(se=0.3), ["se=none,length=10", "max-length=40"])
    assert told["se=none,length=10"] == Configuration(length=10)
    assert told["max-length=40"].max_length == 40
