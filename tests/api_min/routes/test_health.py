"""GET /health."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.anyio


async def test_the_process_answers_even_without_a_database(offline):
    response = await offline.get("/health")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}
