"""The fit: 2PL and 3PL of a whole exam, written where nobody serves from."""

import uuid
from importlib.metadata import version

import polars as pl
from dagster import AssetExecutionContext, MetadataValue, Output, asset

import irt
from database.queries import calibrations
from orchestration.defs.calibration.pictures import item_curves
from orchestration.groups import Grouping, figures, grouping
from orchestration.partitions import home_exams
from orchestration.resources import Database
from orchestration.snapshot import items, persons, responses, sha256, usable

MODELS = ("2PL", "3PL")
# An item with fewer says nothing that a bank should keep.
FEWEST = 10
_NAMESPACE = uuid.UUID("6f0d1e0a-6f1c-5b55-9d0e-7c5b1d1f5a10")


@asset(
    partitions_def=home_exams,
    group_name="calibration",
    kinds={"python", "postgres"},
    owners=["team:psychometrics"],
    description="2PL and 3PL parameters (D = 1.7 metric) with standard errors, before their checks: marginal maximum "
    "likelihood by EM over the usable responses of the whole exam, tutor and exam mode as groups where both are large.",
)
def item_calibration_candidate(
    context: AssetExecutionContext, database: Database, response_matrix: pl.DataFrame
) -> Output[str]:
    """Fit both models and store the run with its candidate rows; the value is the run's id."""
    exam = context.partition_key
    attempts = usable(response_matrix)
    answers = responses(attempts) if attempts.height else None
    groups = grouping(persons(attempts))
    fits = {}
    if answers is not None:
        fits = {model: _fit(answers, model, groups) for model in MODELS}
    with database.begin() as connection:
        run = _run(exam, calibrations.exam_tenant(connection, exam), response_matrix, groups, fits)
        rows = [row for fit in fits.values() for row in _rows(fit, items(attempts))]
        calibrations.write_candidate(connection, run, rows)
    return Output(
        str(run.id),
        metadata={
            "dagster/row_count": len(rows),
            "dagster/table_name": "public.item_calibration_candidate",
            "run": str(run.id),
            "snapshot (SHA-256)": run.snapshot_hash,
            "persons": run.n_persons,
            "items": run.n_items,
            "responses": run.n_responses,
            **{f"log-likelihood {model}": fit.log_likelihood for model, fit in fits.items() if fit.passes},
            "groups": groups.reason,
            "fits": MetadataValue.json(dict(run.fits)),
            "set aside": MetadataValue.json(
                {row["item"]: row["reason"] for fit in fits.values() for row in _set_aside(fit)}
            ),
            **(item_curves(fits, answers, MODELS[0], groups.labels) if answers else {}),
        },
    )


def _fit(answers: irt.Responses, model: str, groups: Grouping) -> irt.Calibration:
    return irt.calibrate(
        answers, model, minimum_responses=FEWEST, groups=groups.labels, reference=groups.reference
    )


def _run(
    exam: str,
    tenant: uuid.UUID | None,
    response_matrix: pl.DataFrame,
    groups: Grouping,
    fits: dict[str, irt.Calibration],
) -> calibrations.Run:
    """Name the run by what it is made of: the same data, code and settings give the same run."""
    if tenant is None:
        raise ValueError(
            f"exam {exam} is not in the database: import it with `qbank import --exam {exam} ...`"
        )
    attempts = usable(response_matrix)
    settings = {
        "models": list(MODELS),
        "priors": {model: str(irt.Priors.default(model)) for model in MODELS},
        "quadrature": str(irt.Quadrature()),
        "groups": groups.settings,
    }
    snapshot, code = sha256(response_matrix), version("qbank")
    return calibrations.Run(
        id=uuid.uuid5(_NAMESPACE, f"{exam}|{snapshot}|{code}|{settings}"),
        tenant_id=tenant,
        exam_code=exam,
        snapshot_hash=snapshot,
        code_version=code,
        settings=settings,
        fits={model: _figures(fit) for model, fit in fits.items()},
        n_persons=attempts["person_id"].n_unique(),
        n_items=attempts["item"].n_unique(),
        n_responses=attempts.height,
        serving_model=MODELS[0] if any(fit.passes for fit in fits.values()) else None,
    )


def _figures(fit: irt.Calibration) -> dict[str, object]:
    fitted = fit.passes > 0
    return {
        "log_likelihood": fit.log_likelihood if fitted else None,
        "n_parameters": fit.n_parameters,
        "aic": fit.aic if fitted else None,
        "bic": fit.bic if fitted else None,
        "converged": fit.converged,
        "reason": fit.reason_stopped,
        "passes": fit.passes,
        "items_fitted": sum(status != "set aside" for status in fit.status),
        "groups": figures(fit.latent) if fitted else [],
    }


def _rows(fit: irt.Calibration, named: pl.DataFrame) -> list[dict[str, object]]:
    """Return the fit's rows as the table has them; persons, items and reasons by the item's own key."""
    rows = fit.table().join(named, on="item", how="left", maintain_order="left")
    return (
        rows.rename({"n": "n_respondents"})
        .with_columns(pl.col("reason").replace("", None))
        .drop("item")
        .to_dicts()
    )


def _set_aside(fit: irt.Calibration) -> list[dict[str, str]]:
    return fit.table().filter(pl.col("status") == "set aside").select("item", "reason").to_dicts()
