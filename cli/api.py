"""`qbank api`: the delivery service."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.database import ready_url
from cli.errors import NotInstalled

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry

    from api_min.settings import ApiSettings

# Requests under way may end when the service is told to: they take milliseconds, and Docker kills after ten seconds.
_GRACE_S = 8


def api(
    host: Annotated[
        str | None, typer.Option(help="Address to listen on; QBANK_API_HOST, else 127.0.0.1.")
    ] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; QBANK_API_PORT, else 8000.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes that serve; QBANK_API_WORKERS, else 1.")
    ] = None,
    metrics_port: Annotated[
        int | None, typer.Option(help="Port for Prometheus metrics, over QBANK_API_METRICS_PORT.")
    ] = None,
) -> None:
    """Serve the delivery API until interrupted. On loopback; elsewhere only with QBANK_AUTH=jwt."""
    if find_spec("uvicorn") is None:
        raise NotInstalled(
            "the API's server is not installed: run `make api`, or pip install -r requirements/api.txt"
        )
    from api_min import logs, settings

    url = ready_url()
    chosen = settings.load(host=host, port=port, workers=workers, metrics_port=metrics_port, database_url=url)
    logs.configure(chosen.log_level, chosen.log_format)
    if chosen.api_workers == 1:
        _serve_alone(chosen)
    else:
        _serve_together(chosen)


def _serve_alone(chosen: ApiSettings) -> None:
    import uvicorn

    from api_min.app import create_app

    app = create_app(chosen)
    _offer(app.state.service.metrics.registry, chosen)
    uvicorn.run(app, **_options(chosen))


def _serve_together(chosen: ApiSettings) -> None:
    """Start workers that read the environment themselves; this process only watches over them."""
    import uvicorn

    from api_min import workers

    with workers.share() as registry:
        _offer(registry, chosen)
        uvicorn.run(
            "api_min.app:of_environment", factory=True, workers=chosen.api_workers, **_options(chosen)
        )


def _options(chosen: ApiSettings) -> dict[str, Any]:
    return {
        "host": chosen.api_host,
        "port": chosen.api_port,
        "server_header": False,
        "log_config": None,  # the server's lines go where ours go
        "access_log": False,  # the application's own lines know more
        "timeout_graceful_shutdown": _GRACE_S,
    }


def _offer(registry: CollectorRegistry, chosen: ApiSettings) -> None:
    """Offer the metrics where a port is named: one of their own, that learners need not reach."""
    if chosen.api_metrics_port is not None:
        from ingestion.metrics import serve

        serve(registry, chosen.metrics_host, chosen.api_metrics_port, "QBANK_API_METRICS_PORT")
