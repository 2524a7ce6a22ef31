"""Settings of the API."""

from __future__ import annotations

import pytest

from api_min.errors import SettingsError
from api_min.settings import ApiSettings, load

URL = "postgresql+psycopg://someone:secret@127.0.0.1:1/none"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch):
    for field in ApiSettings.model_fields:
        monkeypatch.delenv(f"QBANK_{field.upper()}", raising=False)


def test_defaults():
    settings = load(database_url=URL)
    assert (settings.api_host, settings.api_port, settings.log_level) == ("127.0.0.1", 8000, "info")
    assert (settings.log_format, settings.api_workers, settings.api_metrics_port) == ("text", 1, None)
    assert "secret" not in repr(settings)


def test_variables_are_read_when_asked_and_arguments_go_first(monkeypatch):
    monkeypatch.setenv("QBANK_API_HOST", "::1")
    monkeypatch.setenv("QBANK_API_PORT", "9000")
    monkeypatch.setenv("QBANK_LOG_LEVEL", "WARNING")
    monkeypatch.setenv("QBANK_DATABASE_URL", URL)
    monkeypatch.setenv("QBANK_LOG_FORMAT", "JSON")
    monkeypatch.setenv("QBANK_API_WORKERS", "3")
    monkeypatch.setenv("QBANK_API_METRICS_PORT", "9101")
    settings = load(port=9001, workers=2)
    assert (settings.log_format, settings.api_workers, settings.api_metrics_port) == ("json", 2, 9101)
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


@pytest.mark.parametrize(
    ("variable", "value", "advice"),
    [
        ("QBANK_LOG_FORMAT", "xml", "text or json"),
        ("QBANK_API_WORKERS", "0", "from 1 to 64"),
        ("QBANK_API_WORKERS", "many", "from 1 to 64"),
        ("QBANK_API_METRICS_PORT", "70000", "1 and 65535"),
    ],
)
def test_a_fault_says_what_to_set(variable, value, advice, monkeypatch):
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=f"{variable} is not usable: .*{advice}"):
        load(database_url=URL)


def test_every_fault_is_named(monkeypatch):
    monkeypatch.setenv("QBANK_API_PORT", "eighty")
    monkeypatch.setenv("QBANK_LOG_LEVEL", "loud")
    with pytest.raises(SettingsError, match=r"QBANK_API_PORT.*1 and 65535; QBANK_LOG_LEVEL.*debug") as fault:
        load(database_url=URL)
    assert "secret" not in str(fault.value)
