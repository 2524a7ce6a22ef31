"""The definitions as they are: a snapshot that a change must mean, and what every asset must say of itself."""

from __future__ import annotations

from pathlib import Path

import pytest
from dagster import AssetKey, Definitions

from database.tables import Base

SNAPSHOT = Path(__file__).parent / "snapshots" / "definitions.txt"


@pytest.fixture(scope="module")
def definitions(tmp_path_factory: pytest.TempPathFactory) -> Definitions:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("QBANK_HOME", str(tmp_path_factory.mktemp("home")))
        from orchestration.definitions import defs

        return defs()


def listed(definitions: Definitions) -> str:
    repository = definitions.get_repository_def()
    graph = repository.asset_graph
    lines = []
    for key in sorted(graph.get_all_asset_keys()):
        node = graph.get(key)
        made = "made" if node.is_materializable else "external"
        partitioned = " by home exam" if node.is_partitioned else ""
        lines.append(f"asset {key.to_user_string()} [{node.group_name}] {made}{partitioned}")
        lines += [f"  check {c.name}" for c in sorted(graph.get_check_keys_for_assets({key}), key=str)]
    lines += [f"job {job.name}" for job in repository.get_all_jobs() if not job.name.startswith("__")]
    lines += [f"schedule {each.name} {each.cron_schedule}" for each in repository.schedule_defs]
    lines += [f"sensor {each.name}" for each in repository.sensor_defs]
    return "\n".join(lines) + "\n"


def test_definitions_are_those_of_the_snapshot(definitions: Definitions) -> None:
    """After a change that is meant: write `listed(...)` to the snapshot, and read the difference."""
    assert listed(definitions) == SNAPSHOT.read_text()


def test_every_asset_has_a_group_a_description_and_an_owner(definitions: Definitions) -> None:
    graph = definitions.get_repository_def().asset_graph
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.group_name != "default", key
        assert node.description, key
        assert node.owners, key
        assert node.kinds, key


def test_publishing_stands_downstream_of_every_blocking_check(definitions: Definitions) -> None:
    graph = definitions.get_repository_def().asset_graph
    for asset, published in (
        ("user_responses", "int_first_attempts"),
        ("item_calibration_candidate", "item_calibration"),
    ):
        assert AssetKey(asset) in graph.get_ancestor_asset_keys(AssetKey(published))
        checks = graph.get_check_keys_for_assets({AssetKey(asset)})
        assert any(graph.get_check_spec(check).blocking for check in checks), asset


def test_tables_that_assets_name_exist_in_the_models(definitions: Definitions) -> None:
    graph = definitions.get_repository_def().asset_graph
    for key in graph.get_all_asset_keys():
        name = graph.get(key).metadata.get("dagster/table_name")
        if name is not None and str(name).startswith("public."):
            assert str(name).removeprefix("public.") in Base.metadata.tables
