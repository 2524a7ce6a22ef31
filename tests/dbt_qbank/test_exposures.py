"""Nobody builds a mart that nobody reads, and whoever reads one is named."""

from __future__ import annotations

from typing import Any


def test_every_mart_is_read_by_somebody(bank: Any) -> None:
    marts = {
        node.unique_id
        for node in bank.manifest.nodes.values()
        if node.resource_type == "model" and node.config.get("group") == "marts"
    }
    read = {parent for exposure in bank.manifest.exposures.values() for parent in exposure.depends_on.nodes}
    assert marts - read == set()


def test_what_is_read_from_outside_is_a_mart_or_what_calibration_reads(bank: Any) -> None:
    # Staging and intermediate models may change without notice, but for those that the fit stands on.
    for exposure in bank.manifest.exposures.values():
        models = [bank.manifest.nodes[p] for p in exposure.depends_on.nodes if p.startswith("model.")]
        inner = {model.name for model in models if model.config.get("group") != "marts"}
        assert not inner or exposure.owner.name in {"psychometrics", "data engineering"}, exposure.name


def test_every_exposure_says_who_owns_it_and_what_it_is(bank: Any) -> None:
    exposures = bank.manifest.exposures.values()
    assert {"delivery_api", "calibration", "item_health_dashboard"} <= {e.name for e in exposures}
    for exposure in exposures:
        assert exposure.owner.name, exposure.name
        assert exposure.maturity is not None, exposure.name
        assert len(exposure.description) > 40, exposure.name
        assert exposure.depends_on.nodes, exposure.name
