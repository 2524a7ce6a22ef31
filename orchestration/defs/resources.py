"""Resources by the names that assets ask for, and the executor: one process, since steps are short."""

from dagster import Definitions, definitions, in_process_executor

from orchestration.progress import progress_logger
from orchestration.resources import Database


@definitions
def resources() -> Definitions:
    """Return resources, executor and loggers."""
    return Definitions(
        resources={"database": Database()},
        executor=in_process_executor,
        loggers={"progress": progress_logger},
    )
