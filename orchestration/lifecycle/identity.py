"""What a run is made of, and so what its id is; and whether there is anything new since the run that is live."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from typing import Any

import polars as pl

import irt
from database.queries import calibrations
from orchestration.groups import figures
from orchestration.lifecycle.night import MODELS, Known, Made
from orchestration.lifecycle.plan import USUAL_SLOPE
from orchestration.snapshot import sha256, usable

_NAMESPACE = uuid.UUID("6f0d1e0a-6f1c-5b55-9d0e-7c5b1d1f5a10")


def asked(known: Known) -> dict[str, Any]:
    """Return what a run is asked to be, before anything is known of the answers; as JSON has it."""
    slope = irt.Priors(slope=USUAL_SLOPE)
    settings = {
        "models": list(MODELS),
        "priors": {model: str(_both(slope, irt.Priors.default(model))) for model in MODELS},
        "quadrature": str(irt.Quadrature()),
        "policy": known.policy.settings(),
        "edits": known.lineage.settings(),
    }
    plain: dict[str, Any] = json.loads(json.dumps(settings))
    return plain


def nothing_new(
    live: calibrations.Run | None, attempts: pl.DataFrame, settings: Mapping[str, Any], code: str
) -> str | None:
    """Return why a fit would find nothing new, or None: no answer, edit, rule or code is other than the live run's."""
    if live is None or (live.snapshot_hash, live.code_version) != (sha256(attempts), code):
        return None
    if live.as_of != _as_of(attempts) or any(live.settings.get(name) != settings[name] for name in settings):
        return None
    return f"nothing was fitted: the live run {live.id} has the same {live.n_responses:,} responses, rules and code"


def run_of(
    exam: str, tenant: uuid.UUID, attempts: pl.DataFrame, known: Known, made: Made, code: str
) -> calibrations.Run:
    """Name the run by what it is made of: the same data, code, settings and anchors give the same run."""
    fitted = usable(attempts)
    settings = asked(known) | {"groups": made.groups.settings, "anchors": _held(made)}
    snapshot, as_of = sha256(attempts), _as_of(attempts)
    return calibrations.Run(
        id=uuid.uuid5(_NAMESPACE, f"{exam}|{snapshot}|{code}|{as_of}|{made.scale_version}|{settings}"),
        tenant_id=tenant,
        exam_code=exam,
        snapshot_hash=snapshot,
        code_version=code,
        settings=settings,
        fits={model: _figures(fit, made) for model, fit in made.fits.items()},
        n_persons=fitted["person_id"].n_unique(),
        n_items=fitted["item"].n_unique(),
        n_responses=fitted.height,
        scale_version=made.scale_version,
        serving_model=made.serving_model,
        lifecycle=made.lifecycle.plain(),
        dispositions=dict(attempts["disposition"].value_counts(sort=True).iter_rows()),
        first_response_at=_instant(fitted["ts"].min()),
        last_response_at=_instant(fitted["ts"].max()),
        as_of=as_of,
    )


def _both(one: irt.Priors, other: irt.Priors) -> irt.Priors:
    return irt.Priors(slope=one.slope, b=one.b, c=other.c)


def _held(made: Made) -> list[list[Any]]:
    """What holds the scale: the anchors with their parameters."""
    said = [each for each in made.lifecycle.anchors if each.verdict == "held"]
    return [[each.question_id, each.version, each.a_frozen, each.b_frozen] for each in said]


def _figures(fit: irt.Calibration, made: Made) -> dict[str, Any]:
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
        "groups": figures(fit.latent, made.groups) if fitted else [],
    }


def _as_of(attempts: pl.DataFrame) -> dt.date | None:
    day = attempts["as_of"].max() if attempts.height else None
    return day if isinstance(day, dt.date) else None


def _instant(text: Any) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(str(text))
