"""The data-quality page as an asset: reported when a run ends, whatever became of it, so no step makes it."""

from dagster import AssetSpec

from orchestration.partitions import home_exams

data_quality_report = AssetSpec(
    "data_quality_report",
    group_name="quality",
    kinds={"html"},
    owners=["team:data-engineering"],
    partitions_def=home_exams,
    description="One HTML page a run that opens offline: what was checked, what failed and since when, rows at fault, "
    "who owns it. Its metadata has the path, what to do, and a digest.",
)
