"""Points, drift and abilities as rows of their tables, by the priors of the run's groups."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

import irt
from orchestration.curve_statistics import Curves, abilities, ability_windows
from orchestration.groups import figures, grouping
from orchestration.snapshot import items, persons, responses
from tests.orchestration.attempts import FIRST, candidate_rows, simulated


def curves(attempts: pl.DataFrame, model: str = "2PL") -> tuple[Curves, irt.Calibration]:
    groups = grouping(persons(attempts))
    fit = irt.calibrate(responses(attempts), model, groups=groups.labels, reference=groups.reference)
    rows = candidate_rows({model: fit}, items(attempts))
    return Curves(attempts, model, rows, {"groups": figures(fit.latent)}), fit


STANDARD = (0.0, 1.0)


def test_scores_do_not_move_with_the_others_who_answered() -> None:
    """The same persons and curves, among ever abler others of their mode: theta stays, theta_latent is drawn along."""
    attempts = simulated(400, 400, tutor_mean=1.0)
    found, fit = curves(attempts)
    weak = [{**row, "mean": row["mean"] - 1.0} for row in figures(fit.latent)]
    rows = candidate_rows({"2PL": fit}, items(attempts))
    other = Curves(attempts, "2PL", rows, {"groups": weak})
    before, after = found.windows(STANDARD), other.windows(STANDARD)
    assert after["theta"].to_list() == before["theta"].to_list()
    assert after["se"].to_list() == before["se"].to_list()
    assert (after["theta_latent"] < before["theta_latent"] - 0.05).all()
    moved = found.windows((0.5, 0.8))
    assert (moved["theta"].mean() or 0.0) > (before["theta"].mean() or 0.0)  # type: ignore[operator]
    assert (moved["se"] < before["se"]).all()


def test_a_curve_without_answers_takes_no_part() -> None:
    attempts = simulated(300)
    found, fit = curves(attempts)
    rows = candidate_rows({"2PL": fit}, items(attempts))
    without = attempts.filter(pl.col("item") != "I3")
    known = Curves(without, "2PL", rows, {"groups": figures(fit.latent)})
    assert "I3" not in known.parameters.items
    assert {row["question_id"] for row in known.points()} == {
        row["question_id"] for row in found.points()
    } - {3}
    assert known.windows(STANDARD)["n_responses"].to_list() == [19] * 300


def test_abilities_are_those_under_the_distribution_of_the_group() -> None:
    attempts = simulated(800, 800, tutor_mean=1.0)
    found, fit = curves(attempts)
    windows = found.windows(STANDARD)
    known = irt.score(responses(attempts), fit, groups=list(persons(attempts)["mode"]))
    assert windows["theta_latent"].to_numpy() == pytest.approx(known.theta, abs=1e-3)
    assert windows["se_latent"].to_numpy() == pytest.approx(known.se, abs=1e-3)
    tutor = windows.filter(pl.col("mode") == "tutor")["theta_latent"].mean()
    assert tutor == pytest.approx(fit.latent.mean[fit.latent.groups.index("tutor")], abs=0.05)


def test_a_learners_ability_is_that_of_the_newest_window_and_of_the_mode_used_last() -> None:
    shared = {"theta": 0.0, "se": 0.3, "theta_latent": 0.1, "se_latent": 0.2, "n_responses": 10}
    march, april = dt.date(2026, 3, 2), dt.date(2026, 4, 1)
    windows = pl.DataFrame(
        [
            {
                "user_id": "ann",
                "window_start": april,
                "mode": "exam",
                "last": "2026-04-03",
                **shared,
                "theta": 1.0,
            },
            {
                "user_id": "ann",
                "window_start": april,
                "mode": "tutor",
                "last": "2026-04-09",
                **shared,
                "theta": 2.0,
            },
            {
                "user_id": "ann",
                "window_start": march,
                "mode": "exam",
                "last": "2026-03-30",
                **shared,
                "theta": 3.0,
            },
            {
                "user_id": "ben",
                "window_start": march,
                "mode": "exam",
                "last": "2026-03-30",
                **shared,
                "theta": 4.0,
            },
        ]
    )
    assert [(row["user_id"], row["theta"]) for row in abilities(windows)] == [("ann", 2.0), ("ben", 4.0)]
    assert len(ability_windows(windows)) == 4
    assert set(ability_windows(windows)[0]) == {
        "user_id",
        "window_start",
        "mode",
        "theta",
        "se",
        "theta_latent",
        "se_latent",
        "n_responses",
    }


def test_points_lie_in_numbered_bands_beside_the_curve() -> None:
    found, fit = curves(simulated(1000))
    points = pl.DataFrame(found.points())
    assert points.select("question_id", "version", "model", "band").is_unique().all()
    assert points["band"].min() >= 1  # type: ignore[operator]
    assert points["band"].max() <= 12  # type: ignore[operator]
    assert points["n"].min() >= 5.0  # type: ignore[operator]
    in_band = points.filter(band=7)  # 0 to 0.5
    assert in_band.height == 20
    assert in_band["theta"].is_between(0.0, 0.5).all()
    of = irt.models.probability(in_band["theta"].to_numpy(), fit.a, fit.b, fit.c)
    assert in_band["expected"].to_numpy() == pytest.approx(of, abs=0.02)
    assert points["residual"].is_nan().sum() == 0


def test_weeks_of_an_item_add_up_to_its_answers() -> None:
    found, _ = curves(simulated(500, weeks=3))
    weeks = pl.DataFrame(found.drift())
    assert sorted(set(weeks["week"])) == [FIRST + dt.timedelta(days=7 * n) for n in range(3)]
    assert weeks.group_by("question_id").agg(pl.col("n").sum())["n"].to_list() == [500] * 20
    assert weeks["z"].null_count() == 0
    assert weeks["drifted"].sum() == 0


def test_an_item_that_got_around_is_flagged_in_the_weeks_after() -> None:
    attempts = simulated(2000)
    leaked = (pl.col("item") == "I15") & (pl.col("week") >= FIRST + dt.timedelta(days=21))
    found, _ = curves(
        attempts.with_columns(correct=pl.when(leaked).then(1).otherwise("correct").cast(pl.Int8))
    )
    flagged = pl.DataFrame(found.drift()).filter("drifted")
    assert set(flagged["question_id"]) == {15}
    last = flagged.filter(pl.col("week") == FIRST + dt.timedelta(days=21))
    assert last["observed"].to_list() == [1.0]


def test_a_run_that_fitted_nothing_publishes_nothing() -> None:
    none = Curves(simulated(20), "2PL", [], {"groups": []})
    assert (none.points(), none.drift(), none.windows(STANDARD).height) == ([], [], 0)
    assert (abilities(none.windows(STANDARD)), ability_windows(none.windows(STANDARD))) == ([], [])
