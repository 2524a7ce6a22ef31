"""The application: state, problems and routes, put together."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from importlib.metadata import PackageNotFoundError, version

from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api_min import logs, middleware, problems, settings, traces
from api_min.auth.trust import verifier_of
from api_min.banks import CHANNEL, Banks
from api_min.cat.banks import CatBanks
from api_min.hot import HotState
from api_min.metrics import ApiMetrics
from api_min.observe import Observe
from api_min.routes import calibrations, cat, health, items, lifecycle, marks, results
from api_min.service import Service
from api_min.settings import ApiSettings
from api_min.transactions import Transactions
from api_min.turn import FORM
from database import settings as database_settings
from database.engine import async_engine
from database.forgetting import ForgetKey
from database.listening import listen
from database.redis import Cache

_DESCRIPTION = """\
Begins quizzes, serves the most informative next question, and takes answers.

Parameters are in the D = 1.7 metric. Errors are `application/problem+json` (RFC 9457). Everything below `/v1`
needs a signed token, whose tenant and user are the ones that count; with `QBANK_AUTH=off`, which is for
loopback alone, nobody is asked, and the ids of the request count.
"""


def create_app(
    chosen: ApiSettings, *, engine: AsyncEngine | None = None, connection: AsyncConnection | None = None
) -> FastAPI:
    """Make the application; it holds nothing that is not in the database, so any number may run.

    It reads and writes through `engine`, else through an engine of its own, disposed of at shutdown. With a
    `connection` whose caller has begun a transaction, every request runs in a savepoint on it, one after the
    other, and nothing outlives the caller's rollback. The key by which forgotten learners are known, the folder
    of the development key of tokens, and the Redis that is its cache, are those that the environment names.
    """
    own = async_engine(chosen.database_url) if engine is None and connection is None else None

    metrics = ApiMetrics()
    configured = database_settings.load()
    verifier = verifier_of(chosen, configured.home)
    cache = None if configured.redis_url is None else Cache(configured.redis_url)
    hot = HotState(cache, metrics, form=FORM)
    banks = Banks(metrics=metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        hears = asyncio.create_task(listen(chosen.database_url, CHANNEL, banks))
        yield
        hears.cancel()
        with suppress(asyncio.CancelledError):
            await hears
        await hot.close()
        if verifier is not None:
            await verifier.aclose()
        if own is not None:
            await own.dispose()

    app = FastAPI(
        title="qbank",
        summary="Adaptive delivery of a calibrated question bank.",
        description=_DESCRIPTION,
        version=_version(),
        lifespan=lifespan,
        redoc_url=None,
        telemetry=traces.configuration(),
    )
    source = connection or engine or own
    assert source is not None
    app.state.service = Service(
        transactions=Transactions(source),
        banks=banks,
        forget_key=ForgetKey.of(configured),
        tenant_id=configured.tenant_id,
        hot=hot,
        metrics=metrics,
        cat_banks=CatBanks(),
    )
    middleware.install(app, chosen, verifier)
    problems.install(app)
    for routes in (health, lifecycle, items, marks, results, calibrations, cat):
        app.include_router(routes.router)
    app.add_middleware(Observe, metrics=metrics)  # the last is around all others
    return app


def of_environment() -> FastAPI:
    """Make the application that the environment describes, and its logs: each of several workers calls this."""
    chosen = settings.load()
    logs.configure(chosen.log_level, chosen.log_format)
    return create_app(chosen)


def _version() -> str:
    try:
        return version("qbank")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0"
