"""Resources by the names that assets ask for, and the executor."""

from dagster import Definitions, definitions

from orchestration.progress import progress_logger
from orchestration.resources import Database
from orchestration.turns import in_process_by_turns


@definitions
def resources() -> Definitions:
    """Return resources, executor and loggers."""
    return Definitions(
        resources={"database": Database()},
        executor=in_process_by_turns,
        loggers={"progress": progress_logger},
    )
