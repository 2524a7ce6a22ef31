"""The bank with live delivery, for what compares its tables."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine

from database.engine import engine_as
from database.tenancy import Role
from tests.expectations.conftest import live_template, live_url

__all__ = ["live_engine", "live_template", "live_url"]


@pytest.fixture
def live_engine(live_url: str) -> Iterator[Engine]:
    """Engine that acts as qbank_pipeline on a copy of the live bank."""
    engine = engine_as(live_url, Role.PIPELINE)
    yield engine
    engine.dispose()
