"""One Postgres, one ClickHouse and one Kafka broker for the whole session, a Redis for each test: all throwaway."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import clickhouse_connect
import psycopg
import pytest
from clickhouse_connect.driver.client import Client
from psycopg import sql
from sqlalchemy import Engine
from sqlalchemy.engine import make_url

from database import clickhouse, embedded, migrate
from database.clickhouse import embedded as embedded_clickhouse
from database.clickhouse import migrate as clickhouse_migrate
from database.clickhouse import session
from database.engine import engine_as
from database.settings import DatabaseSettings
from database.tenancy import Role
from tests.services.broker import Broker, BrokerToolsMissing, resolve
from tests.services.redis import RedisMissing, RedisServer
from tests.services.topics import create_topic


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--clickhouse-in-process",
        action="store_true",
        help="let clickhouse_client be the chDB engine of this very process instead of a server's client",
    )


@pytest.fixture(scope="session")
def cluster_url() -> Iterator[str]:
    """SQLAlchemy URL of a server to test on: QBANK_TEST_DATABASE_URL's, or an embedded one without fsync."""
    given = DatabaseSettings(database_url=os.environ.get("QBANK_TEST_DATABASE_URL") or None).database_url
    if given is not None:
        yield given
        return
    home = Path(tempfile.mkdtemp(prefix="qbank-tests-", dir="/tmp"))
    home.chmod(0o755)  # root's server runs as another user, who must get in
    try:
        yield embedded.ensure_running(home, throwaway=True)
    finally:
        embedded.purge(home)
        shutil.rmtree(home)


@pytest.fixture
def fresh_database(cluster_url: str) -> Iterator[Callable[[str], str]]:
    """Create the empty database of a given name and return its URL; all are dropped after the test."""
    url = make_url(cluster_url)
    made: list[sql.Identifier] = []
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as server:

        def create(name: str) -> str:
            server.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))
            made.append(sql.Identifier(name))
            return url.set(database=name).render_as_string(hide_password=False)

        yield create
        for name in made:
            server.execute(sql.SQL("drop database {} with (force)").format(name))


@pytest.fixture(scope="session")
def migrated_template(cluster_url: str) -> Iterator[str]:
    """Name of a database that migrations made once; copies of it take a tenth of a second."""
    name = f"qbank_template_{os.getpid()}"
    with _server(cluster_url) as server:
        server.execute(sql.SQL("create database {} template template0").format(sql.Identifier(name)))
    migrate.upgrade(make_url(cluster_url).set(database=name).render_as_string(hide_password=False))
    yield name
    with _server(cluster_url) as server:
        server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def database_url(cluster_url: str, migrated_template: str) -> Iterator[str]:
    """URL of a freshly migrated, empty database, dropped after the test."""
    with _copy_of(migrated_template, cluster_url) as url:
        yield url


@pytest.fixture(scope="module")
def module_database_url(cluster_url: str, migrated_template: str) -> Iterator[str]:
    """As database_url, one for all tests of a module that only look at what one run has made."""
    with _copy_of(migrated_template, cluster_url) as url:
        yield url


@contextmanager
def _copy_of(template: str, cluster_url: str) -> Iterator[str]:
    name = _name()
    with _server(cluster_url) as server:
        server.execute(
            sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template))
        )
        # A copy has all of its template but the rights on the database itself.
        server.execute(sql.SQL("grant create on database {} to qbank_pipeline").format(sql.Identifier(name)))
    yield make_url(cluster_url).set(database=name).render_as_string(hide_password=False)
    with _server(cluster_url) as server:
        server.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


@pytest.fixture
def pipeline_engine(database_url: str) -> Iterator[Engine]:
    """Engine that acts as qbank_pipeline on a freshly migrated database."""
    engine = engine_as(database_url, Role.PIPELINE)
    yield engine
    engine.dispose()


def _server(cluster_url: str) -> psycopg.Connection[tuple[object, ...]]:
    plain = make_url(cluster_url).set(drivername="postgresql")
    return psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True)


@pytest.fixture(scope="session")
def broker_jars() -> Path:
    """Folder of the Kafka broker's jars; without Java or Maven the test is skipped, in CI it fails."""
    try:
        return resolve()
    except BrokerToolsMissing as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def kafka_broker(broker_jars: Path) -> Iterator[Broker]:
    """A running broker for the session; a test that kills it starts it again."""
    folder = Path(tempfile.mkdtemp(prefix="qbank-tests-kafka-", dir="/tmp"))
    broker = Broker(broker_jars, folder)
    try:
        broker.start()
        yield broker
    finally:
        broker.kill()
        shutil.rmtree(folder)


@pytest.fixture
def topic(kafka_broker: Broker, request: pytest.FixtureRequest) -> str:
    """Name of a new topic of one partition, or as many as the test's parameter for this fixture says."""
    name = f"test.{uuid.uuid4().hex[:12]}"
    create_topic(kafka_broker.bootstrap, name, getattr(request, "param", 1))
    return name


@pytest.fixture
def redis_server(tmp_path: Path) -> Iterator[RedisServer]:
    """A running, empty Redis of this test; without redis-server the test is skipped, in CI it fails."""
    try:
        server = RedisServer(tmp_path / "redis")
    except RedisMissing as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))
    try:
        server.start()
        yield server
    finally:
        server.kill()


@pytest.fixture(scope="session")
def clickhouse_server() -> Iterator[str]:
    """URL of an embedded ClickHouse, without which tests of it fail: they are never passed over."""
    home = Path(tempfile.mkdtemp(prefix="qbank-tests-", dir="/tmp"))
    try:
        yield embedded_clickhouse.ensure_running(home)
    finally:
        embedded_clickhouse.purge(home)
        shutil.rmtree(home)


@pytest.fixture
def clickhouse_url(clickhouse_server: str) -> Iterator[str]:
    """URL of a database of this test in ClickHouse, with all its tables."""
    url = f"{clickhouse_server.rpartition('/')[0]}/{_name()}"
    client = clickhouse.open_url(url)
    yield url
    client.command(f"drop database if exists {client.database}")
    client.close()


@pytest.fixture(scope="session")
def clickhouse_folder() -> Iterator[str]:
    """Folder of the chDB engine of this process."""
    folder = tempfile.mkdtemp(prefix="qbank-tests-", dir="/tmp")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def clickhouse_client(request: pytest.FixtureRequest) -> Iterator[Client]:
    """Client of a database of this test in ClickHouse, with all its tables."""
    if not request.config.getoption("--clickhouse-in-process"):
        client = clickhouse.open_url(request.getfixturevalue("clickhouse_url"))
        yield client
    else:
        path, name = request.getfixturevalue("clickhouse_folder"), _name()
        client = clickhouse_connect.get_client(interface="chdb", path=path, settings=session.SESSION)
        client.command(f"create database {name}")
        client.database = name
        clickhouse_migrate.upgrade(client)
        yield client
        client.command(f"drop database {name}")
    client.close()


def _name() -> str:
    return f"qbank_{uuid.uuid4().hex[:12]}"
