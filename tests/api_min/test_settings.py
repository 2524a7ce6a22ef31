"""Settings of the API."""

from __future__ import annotations

import pytest

from api_min.errors import SettingsError
from api_min.rates import Rate
from api_min.settings import ApiSettings, in_process, load
from tests.api_min.tokens import SECRET

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


@pytest.fixture
def tokens(monkeypatch):
    monkeypatch.setenv("QBANK_AUTH", "jwt")
    monkeypatch.setenv("QBANK_JWT_ALGORITHM", "HS256")
    monkeypatch.setenv("QBANK_JWT_KEY", SECRET)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org", "127.0.0.1.example.org"])
def test_hosts_that_others_reach_need_tokens_and_a_key_of_the_issuers(host, tokens, monkeypatch):
    assert load(host=host, database_url=URL).api_host == host
    monkeypatch.delenv("QBANK_JWT_KEY")
    with pytest.raises(
        SettingsError, match=r"QBANK_API_HOST is not usable: .*development key.*QBANK_JWKS_URL"
    ):
        load(host=host, database_url=URL)
    for auth in ("off", ""):
        monkeypatch.setenv("QBANK_AUTH", auth)
        with pytest.raises(
            SettingsError, match=r"QBANK_API_HOST is not usable: .* QBANK_AUTH is off.*127.0.0.1"
        ):
            load(host=host, database_url=URL)


@pytest.mark.parametrize("host", ["*", "a b", "http://example.org", "-x"])
def test_what_is_no_host(host, tokens):
    with pytest.raises(SettingsError, match=r"QBANK_API_HOST is not usable: .* no address"):
        load(host=host, database_url=URL)


def test_rates(monkeypatch, tokens):
    assert load(database_url=URL).rate is None
    assert load(host="0.0.0.0", database_url=URL).rate == Rate(20, 100)
    monkeypatch.setenv("QBANK_RATE_LIMIT", "0.5:3")
    assert load(database_url=URL).rate == Rate(0.5, 3)
    monkeypatch.setenv("QBANK_RATE_LIMIT", "off")
    assert load(host="0.0.0.0", database_url=URL).rate is None
    monkeypatch.setenv("QBANK_RATE_LIMIT", "many")
    with pytest.raises(SettingsError, match=r"QBANK_RATE_LIMIT is not usable.*20:100"):
        load(database_url=URL)


def test_origins(monkeypatch):
    assert load(database_url=URL).cors_origins == ()
    monkeypatch.setenv("QBANK_CORS_ORIGINS", "https://quiz.example.org, http://localhost:5173,")
    assert load(database_url=URL).cors_origins == ("https://quiz.example.org", "http://localhost:5173")


@pytest.mark.parametrize(
    "origin", ["*", "null", "quiz.example.org", "https://quiz.example.org/", "ftp://a", "https://"]
)
def test_what_is_no_origin(monkeypatch, origin):
    monkeypatch.setenv("QBANK_CORS_ORIGINS", origin)
    with pytest.raises(SettingsError, match="QBANK_CORS_ORIGINS is not usable"):
        load(database_url=URL)


def test_an_application_in_this_process_asks_nobody(monkeypatch, tokens):
    monkeypatch.setenv("QBANK_DATABASE_URL", URL)
    monkeypatch.setenv("QBANK_API_HOST", "0.0.0.0")
    settings = in_process()
    assert not settings.asks_for_tokens
    assert settings.rate is None
    assert settings.database_url == URL


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
