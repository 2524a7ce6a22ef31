"""Settings of the API."""

from __future__ import annotations

import pytest

from api_min.errors import SettingsError
from api_min.settings import load

URL = "postgresql+psycopg://someone:secret@127.0.0.1:1/none"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch):
    for name in ("QBANK_API_HOST", "QBANK_API_PORT", "QBANK_LOG_LEVEL", "QBANK_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)


def test_defaults():
    settings = load(database_url=URL)
    assert (settings.api_host, settings.api_port, settings.log_level) == ("127.0.0.1", 8000, "info")
    assert "secret" not in repr(settings)


def test_variables_are_read_when_asked_and_arguments_go_first(monkeypatch):
    monkeypatch.setenv("QBANK_API_HOST", "::1")
    monkeypatch.setenv("QBANK_API_PORT", "9000")
    monkeypatch.setenv("QBANK_LOG_LEVEL", "WARNING")
    monkeypatch.setenv("QBANK_DATABASE_URL", URL)
    settings = load(port=9001)
    assert (settings.api_host, settings.api_port, settings.log_level) == ("::1", 9001, "warning")
    assert settings.database_url == URL


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.168.1.4", "example.org", "*", "127.0.0.1.example.org"]
)
def test_hosts_that_others_reach_are_refused_until_there_is_authentication(host):
    with pytest.raises(SettingsError, match=r"QBANK_API_HOST is not usable: .* no authentication.*127.0.0.1"):
        load(host=host, database_url=URL)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_loopback_hosts(host):
    assert load(host=host, database_url=URL).api_host == host


def test_every_fault_is_named(monkeypatch):
    monkeypatch.setenv("QBANK_API_PORT", "eighty")
    monkeypatch.setenv("QBANK_LOG_LEVEL", "loud")
    with pytest.raises(SettingsError, match=r"QBANK_API_PORT.*1 and 65535; QBANK_LOG_LEVEL.*debug") as fault:
        load(database_url=URL)
    assert "secret" not in str(fault.value)
