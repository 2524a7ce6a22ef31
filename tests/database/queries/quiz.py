"""Whose quiz it is that the tests of queries take."""

from __future__ import annotations

import datetime as dt
import uuid

from database.tables.base import DEFAULT_TENANT

TENANT = uuid.UUID(DEFAULT_TENANT)
STRANGER = uuid.UUID(int=2)
USER = uuid.UUID(int=3)
QUIZ = uuid.UUID(int=77)
NOW = dt.datetime(2026, 1, 15, 10, tzinfo=dt.UTC)
