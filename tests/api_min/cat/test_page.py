"""The page on the CAT API: its session is one that the served API plays."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import uvicorn
from sqlalchemy import Connection, text

from api_min.app import create_app
from api_min.settings import ApiSettings

PAGE = (Path(__file__).parents[3] / "docs" / "cat_api.md").read_text(encoding="utf-8")


@pytest.fixture
def served(settings: ApiSettings) -> Iterator[str]:
    """HOST:PORT of the API on a port of its own."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(create_app(settings), log_config=None))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        deadline = time.monotonic() + 30.0
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.01)
        host, port = listening.getsockname()
        yield f"{host}:{port}"
        server.should_exit = True
        thread.join(timeout=30.0)


def test_the_session_of_the_page_is_played_with_curl(
    served: str, lay_exam: Callable[..., list[int]], server: Connection
) -> None:
    assert shutil.which("curl"), "the page's session needs curl: install it"
    lay_exam([{"a": 1.0, "b": (n - 6) / 3, "options": ""} for n in range(13)], exam="J35")
    server.execute(text("update questions set external_ref = 'J35/Item' || id"))
    (script,) = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
    played = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script.replace("127.0.0.1:8000", served)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert played.returncode == 0, played.stderr
    *items, last = played.stdout.strip().splitlines()
    assert len(items) == len(set(items)) == 10
    assert all(re.fullmatch(r"J35/Item\d+", item) for item in items)
    told = json.loads(last)
    assert told["nextItems"] == {"itemIdentifiers": [], "stageLength": 0}
    assert server.execute(text("select count(*) from cat_items where correct")).scalar_one() == 10
    assert server.execute(text("select ended_at is not null from cat_sections")).scalar_one()
