"""Responses of an exam: those that delivery wrote, and files imported on the way."""

from pathlib import Path
from typing import TYPE_CHECKING

from dagster import AssetExecutionContext, Config, MaterializeResult, MetadataValue, asset
from pydantic import Field

from database import settings
from database.forgetting import ForgetKey
from database.queries import counts
from orchestration.partitions import home_exams
from orchestration.resources import Database

if TYPE_CHECKING:
    from ingestion.imports import ImportSummary


class ImportFiles(Config):
    """Files to import before counting; the same that `qbank import` takes. None: count what is there."""

    items: str | None = Field(default=None, description="Items file: item, key, ...")
    responses: str | None = Field(default=None, description="Responses file, long or wide, CSV or Parquet.")
    learners: str | None = Field(default=None, description="Learners file: person, institution, cohort, ...")
    blueprint: str | None = Field(default=None, description="Blueprint file: topic, difficulty, quota.")


@asset(
    partitions_def=home_exams,
    group_name="ingestion",
    kinds={"postgres"},
    owners=["team:data-engineering"],
    description="Answers of learners to the questions of a home exam. Delivery writes them in the transaction of "
    "the answer; files come by `qbank import`, or here by the run's configuration.",
)
def user_responses(
    context: AssetExecutionContext, config: ImportFiles, database: Database
) -> MaterializeResult[None]:
    """Import the files that the configuration names, if any, then say what the exam has."""
    exam = context.partition_key
    if config.items or config.responses or config.learners or config.blueprint:
        summary = _import(exam, config, database)
        for line in summary.lines():
            context.log.info(line)
    with database.begin() as connection:
        found = counts.responses(connection, exam)
    return MaterializeResult(
        metadata={
            "dagster/row_count": found.responses,
            "dagster/table_name": "public.user_responses",
            "learners": found.learners,
            "sessions": found.sessions,
            "items": found.items,
            "omitted": found.omitted,
            "first response": MetadataValue.text(str(found.first_at)),
            "last response": MetadataValue.text(str(found.last_at)),
            "synthetic clock": MetadataValue.bool(found.synthetic_clock),
        }
    )


def _import(exam: str, config: ImportFiles, database: Database) -> "ImportSummary":
    from ingestion import imports  # noqa: PLC0415 - readers of files: loading the definitions does without

    request = imports.ImportRequest(
        exam=exam,
        items=Path(config.items) if config.items else None,
        responses=Path(config.responses) if config.responses else None,
        learners=Path(config.learners) if config.learners else None,
        blueprint=Path(config.blueprint) if config.blueprint else None,
        tenant=settings.load().tenant_id,
        seed=0,
        rejects_dir=database.home() / "imports",
        forget_key=ForgetKey.of(settings.load()),
    )
    summary = imports.import_exam(database.engine(), request)
    imports.keep(summary, request.rejects_dir)
    return summary
