"""`qbank api`: the delivery service."""

from __future__ import annotations

from importlib.util import find_spec
from typing import Annotated

import typer

from cli.database import ready_url
from cli.errors import NotInstalled


def api(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; QBANK_API_HOST, else 127.0.0.1.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; QBANK_API_PORT, else 8000.")] = None,
) -> None:
    """Serve the delivery API until interrupted. Loopback only: it has no authentication yet."""
    if find_spec("uvicorn") is None:
        raise NotInstalled(
            "the API's server is not installed: run `make api`, or pip install -r requirements/api.txt"
        )
    import uvicorn

    from api_min import settings
    from api_min.app import create_app

    chosen = settings.load(host=host, port=port, database_url=ready_url())
    uvicorn.run(
        create_app(chosen), host=chosen.api_host, port=chosen.api_port, log_level=chosen.log_level.lower()
    )
