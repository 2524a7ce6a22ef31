"""The database room's settings: what is read, what is normalised, and what a person is told."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pytest

from database import settings
from database.errors import SettingsError

NAMES = (
    "QBANK_HOME",
    "QBANK_DATABASE_URL",
    "QBANK_CLICKHOUSE_URL",
    "QBANK_TENANT_ID",
    "QBANK_FORGET_KEY",
    "QBANK_REDIS_URL",
)


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)


def test_nothing_set_means_embedded_below_the_working_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    found = settings.load()
    assert found.home == tmp_path / ".qbank"
    assert found.database_url is None
    assert found.tenant_id == UUID("00000000-0000-0000-0000-000000000001")


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.setenv(name, "")
    assert settings.load().database_url is None
    assert settings.load().clickhouse_url is None
    assert settings.load().home.name == ".qbank"


def test_the_environment_is_read_at_every_call(monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = UUID(int=7)
    monkeypatch.setenv("QBANK_TENANT_ID", str(tenant))
    assert settings.load().tenant_id == tenant
    monkeypatch.delenv("QBANK_TENANT_ID")
    assert settings.load().tenant_id == settings.DEFAULT_TENANT


@pytest.mark.parametrize("given", ["deep/er", "~/bank", "/srv/qbank"])
def test_home_is_made_absolute(given: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "person"))
    monkeypatch.setenv("QBANK_HOME", given)
    expected = {
        "deep/er": tmp_path / "deep/er",
        "~/bank": tmp_path / "person/bank",
        "/srv/qbank": Path(given),
    }
    assert settings.load().home == expected[given]


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_the_usual_spellings_become_psycopg_urls(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rest = "://ann:p%40ss%2F@db.example:5433/bank?sslmode=require"
    monkeypatch.setenv("QBANK_DATABASE_URL", scheme + rest)
    assert settings.load().database_url == "postgresql+psycopg" + rest


def test_a_socket_url_without_host_is_fine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBANK_DATABASE_URL", "postgresql:///bank?host=/run/postgresql")
    assert settings.load().database_url == "postgresql+psycopg:///bank?host=%2Frun%2Fpostgresql"


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("ann:hunter2@db/bank", "not a URL"),
        ("mysql://ann:hunter2@db/bank", "scheme"),
        ("postgresql+psycopg2://ann:hunter2@db/bank", "scheme"),
        ("postgresql://ann:hunter2@db:54x2/bank", "cannot be parsed"),
        ("postgresql://ann:hunter2@db:5432", "no database"),
        ("postgresql://ann:hunter2@db/", "no database"),
    ],
)
def test_a_bad_url_is_told_without_its_password(
    value: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QBANK_DATABASE_URL", value)
    with pytest.raises(SettingsError) as told:
        settings.load()
    message = str(told.value)
    assert message.startswith("QBANK_DATABASE_URL is not usable: ")
    assert fault in message
    assert "set QBANK_DATABASE_URL to postgresql://USER:PASSWORD@HOST:PORT/DATABASE" in message
    assert "hunter2" not in message
    assert told.value.__cause__ is None
    assert told.value.__context__ is None or "hunter2" not in str(told.value.__context__)


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("http://ann:p%40ss%2F@ch.example:9123/bank", "http://ann:p%40ss%2F@ch.example:9123/bank"),
        ("http://ch.example", "http://ch.example:8123/qbank"),
        ("https://ann@ch.example/", "https://ann@ch.example:8443/qbank"),
        ("http://ann:b@[::1]:81/my-bank_2", "http://ann:b@[::1]:81/my-bank_2"),
    ],
)
def test_a_clickhouse_url_gets_port_and_database(
    given: str, understood: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QBANK_CLICKHOUSE_URL", given)
    assert settings.load().clickhouse_url == understood


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("ann:hunter2@ch/bank", "scheme"),
        ("clickhouse://ann:hunter2@ch/bank", "scheme"),
        ("http://ann:hunter2@ch:81x/bank", "cannot be parsed"),
        ("http://ann:hunter2@ch:812345/bank", "cannot be parsed"),
        ("http://ann:hunter2@/bank", "no host"),
        ("http://ann:hunter2@ch/bank/more", "name is not"),
        ("http://ann:hunter2@ch/bank?compress=1", "more than a database"),
    ],
)
def test_a_bad_clickhouse_url_is_told_without_its_password(
    value: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QBANK_CLICKHOUSE_URL", value)
    with pytest.raises(SettingsError) as told:
        settings.load()
    message = str(told.value)
    assert message.startswith("QBANK_CLICKHOUSE_URL is not usable: ")
    assert fault in message
    assert "set QBANK_CLICKHOUSE_URL to http://USER:PASSWORD@HOST:PORT/DATABASE" in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    "given",
    [
        "redis://r.example",
        "rediss://ann:p%40ss@r.example:7000/2",
        "redis://:x@[::1]:6379/",
        "unix:///run/redis.sock",
    ],
)
def test_a_redis_url_is_taken_as_it_is(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBANK_REDIS_URL", given)
    assert settings.load().redis_url == given


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("r.example:6379", "scheme"),
        ("http://ann:hunter2@r.example", "scheme"),
        ("redis://ann:hunter2@r.example:63x", "cannot be parsed"),
        ("redis://ann:hunter2@/0", "no server"),
        ("unix://", "no server"),
        ("redis://ann:hunter2@r.example/main", "not a number"),
        ("redis://ann:hunter2@r.example/0?socket_timeout=60", "more than a database"),
    ],
)
def test_a_bad_redis_url_is_told_without_its_password(
    value: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QBANK_REDIS_URL", value)
    with pytest.raises(SettingsError) as told:
        settings.load()
    message = str(told.value)
    assert message.startswith("QBANK_REDIS_URL is not usable: ")
    assert fault in message
    assert "set QBANK_REDIS_URL to redis://USER:PASSWORD@HOST:PORT/NUMBER" in message
    assert "hunter2" not in message


def test_the_password_is_not_in_the_settings_repr(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBANK_DATABASE_URL", "postgresql://ann:hunter2@db/bank")
    monkeypatch.setenv("QBANK_CLICKHOUSE_URL", "http://ann:hunter2@ch/bank")
    monkeypatch.setenv("QBANK_REDIS_URL", "redis://ann:hunter2@r/0")
    found = settings.load()
    assert "hunter2" in str(found.redis_url)
    assert "hunter2" in str(found.clickhouse_url)
    assert "hunter2" in str(found.database_url)
    assert "hunter2" not in repr(found)


def test_every_bad_variable_is_named_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    monkeypatch.setenv("QBANK_HOME", str(file))
    monkeypatch.setenv("QBANK_TENANT_ID", "tenant-one")
    with pytest.raises(SettingsError) as told:
        settings.load()
    message = str(told.value)
    assert f"QBANK_HOME is not usable: {file} is a file, not a folder; set QBANK_HOME to a folder" in message
    assert "QBANK_TENANT_ID is not usable: " in message
    assert "set QBANK_TENANT_ID to a UUID" in message


def test_a_home_of_nobody_we_know_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QBANK_HOME", "~no-such-person-here/bank")
    with pytest.raises(SettingsError, match="QBANK_HOME is not usable"):
        settings.load()


def test_a_key_of_forgotten_learners_has_32_characters_and_is_never_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QBANK_FORGET_KEY", "secret" * 6)
    found = settings.load()
    assert found.forget_key == "secret" * 6
    assert "secret" not in repr(found)
    monkeypatch.setenv("QBANK_FORGET_KEY", "secret" * 5)
    with pytest.raises(SettingsError, match=r"QBANK_FORGET_KEY.*at least 32 characters") as fault:
        settings.load()
    assert "secret" not in str(fault.value)
