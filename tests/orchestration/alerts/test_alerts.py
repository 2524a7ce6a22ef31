"""A run that failed, told by a real HTTP server and a real mail server on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from dagster import (
    AssetCheckResult,
    DagsterInstance,
    Definitions,
    SensorDefinition,
    asset,
    asset_check,
    build_run_status_sensor_context,
    define_asset_job,
)

from database.errors import SettingsError
from orchestration import alerts
from orchestration.alerts import delivery
from orchestration.defs.automation.alerts import alert_sensor
from tests.services.mail import MailServer, mail_server

ALERT = alerts.Alert("nightly_calibration", "r-1", "CARDIO", ("a: b",), ())


class Webhook(ThreadingHTTPServer):
    """Answers with `answers` one after the other, then with 200; keeps what it took."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Hook)
        self.answers: list[int] = []
        self.asked = 0
        self.taken: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/secret-path"


class _Hook(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        self.server.asked += 1
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        status = self.server.answers.pop(0) if self.server.answers else 200
        if status == 200:
            self.server.taken.append(body)
        self.send_response(status)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    with Webhook() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        monkeypatch.setenv("QBANK_ALERT_WEBHOOK", server.url)
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def mail(monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    with mail_server() as server:
        monkeypatch.setenv("QBANK_ALERT_MAIL_TO", "ann@example.org, bob@example.org")
        monkeypatch.setenv("QBANK_ALERT_SMTP", f"smtp://127.0.0.1:{server.port}")
        yield server


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delivery, "PAUSE_SECONDS", 0.01)
    for name in ("WEBHOOK", "MAIL_TO", "MAIL_FROM", "SMTP"):
        monkeypatch.delenv(f"QBANK_ALERT_{name}", raising=False)


@asset
def measured() -> None:
    """Something that a check looks at."""


@asset_check(asset=measured, blocking=True)
def enough() -> AssetCheckResult:
    return AssetCheckResult(passed=False, description="At least ten.", metadata={"observed": "3 rows"})


@asset(deps=[measured])
def published() -> None:
    """What the check holds back."""


@asset
def broken() -> None:
    try:
        {}["key"]
    except KeyError as fault:
        raise ValueError("the file ends too early") from fault


def failed(instance: DagsterInstance, *selection: str) -> None:
    """Run a job that fails, and hand it to the sensor as the daemon does."""
    job = define_asset_job("nightly_calibration", selection=list(selection))
    made = Definitions(
        assets=[measured, published, broken], asset_checks=[enough], jobs=[job]
    ).resolve_job_def("nightly_calibration")
    result = made.execute_in_process(
        instance=instance, raise_on_error=False, tags={"dagster/partition": "CARDIO"}
    )
    assert not result.success
    context = build_run_status_sensor_context(
        "alert_sensor", result.get_run_failure_event(), instance, result.dagster_run
    ).for_run_failure()
    assert isinstance(alert_sensor, SensorDefinition)
    alert_sensor(context)


def test_a_check_that_held_a_run_back_is_told_by_both_channels(webhook: Webhook, mail: MailServer) -> None:
    with DagsterInstance.ephemeral() as instance:
        failed(instance, "measured", "published")
    (taken,) = webhook.taken
    assert taken["exam"] == "CARDIO"
    assert taken["checks"] == ["measured: enough: At least ten. 3 rows"]
    assert taken["faults"] == []
    (message,) = mail.messages
    assert message["Subject"] == "qbank: nightly_calibration of exam CARDIO stopped: a check failed"
    assert message["To"] == "ann@example.org, bob@example.org"
    assert message["From"] == "qbank@localhost"
    body = message.get_content()
    assert "3 rows" in body
    assert "what was live stays live" in body
    assert "qbank run --exam CARDIO" in body
    assert " ".join(body.split()) == " ".join(taken["text"].split())


def test_a_step_that_failed_is_told_with_the_cause_of_its_cause(webhook: Webhook) -> None:
    with DagsterInstance.ephemeral() as instance:
        failed(instance, "broken")
    (taken,) = webhook.taken
    assert taken["checks"] == []
    assert taken["faults"] == ["broken: KeyError: 'key'"]


def test_without_a_channel_the_log_alone_tells(capfd: pytest.CaptureFixture[str]) -> None:
    with DagsterInstance.ephemeral() as instance:
        failed(instance, "measured", "published")
    said = capfd.readouterr().err
    assert "At least ten. 3 rows" in said
    assert "no channel is configured" in said


def test_what_passes_is_tried_again(webhook: Webhook, mail: MailServer) -> None:
    webhook.answers, mail.busy = [503, 429], 2
    assert alerts.deliver(ALERT, alerts.load()) == ["QBANK_ALERT_WEBHOOK", "QBANK_ALERT_MAIL_TO"]
    assert (webhook.asked, len(webhook.taken), len(mail.messages)) == (3, 1, 1)


def test_what_is_refused_is_not_and_holds_up_no_other_channel(webhook: Webhook, mail: MailServer) -> None:
    webhook.answers = [404, 404, 404]
    with pytest.raises(alerts.AlertError, match=r"QBANK_ALERT_WEBHOOK: it answered 404") as fault:
        alerts.deliver(ALERT, alerts.load())
    assert (webhook.asked, len(mail.messages)) == (1, 1)
    assert "secret-path" not in str(fault.value)
    mail.refused = {"ann@example.org", "bob@example.org"}
    with pytest.raises(alerts.AlertError, match=r"QBANK_ALERT_MAIL_TO: 127\.0\.0\.1:.* refused it"):
        alerts.deliver(ALERT, alerts.load())
    assert (webhook.asked, len(mail.messages)) == (2, 1)


def test_a_receiver_that_is_away_is_named_and_the_log_has_told_before(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QBANK_ALERT_WEBHOOK", "http://127.0.0.1:9/hook")
    with DagsterInstance.ephemeral() as instance, pytest.raises(alerts.AlertError, match="ConnectError"):
        failed(instance, "broken")
    assert "KeyError: 'key'" in capfd.readouterr().err


def test_a_login_is_sent_to_loopback_and_elsewhere_only_encrypted(
    mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("QBANK_ALERT_SMTP", f"smtp://me:secret@127.0.0.1:{mail.port}")
    alerts.deliver(ALERT, alerts.load())
    assert mail.logins == ["\0me\0secret"]
    # Another address of this machine stands for a server elsewhere: without encryption no password goes there.
    with mail_server("127.1.2.3") as elsewhere:
        monkeypatch.setenv("QBANK_ALERT_SMTP", f"smtp://me:secret@127.1.2.3:{elsewhere.port}")
        with pytest.raises(alerts.AlertError, match="no encryption that a password may go by"):
            alerts.deliver(ALERT, alerts.load())
    assert (elsewhere.logins, elsewhere.messages) == ([], [])


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WEBHOOK", "hooks.example.org/secret"),
        ("WEBHOOK", "https://h:99999/secret"),
        ("MAIL_TO", "ann@example.org,bob"),
        ("SMTP", "imap://me:secret@host"),
    ],
)
def test_a_setting_that_cannot_be_used_is_named_without_its_secret(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"QBANK_ALERT_{name}", value)
    with pytest.raises(
        SettingsError, match=rf"QBANK_ALERT_{name} is not usable: .*; set QBANK_ALERT_{name}"
    ) as fault:
        alerts.load()
    assert "secret" not in str(fault.value)


def test_a_message_stays_short_however_much_failed() -> None:
    alert = alerts.Alert("j", "r", None, tuple(f"c{number}" for number in range(30)), ())
    assert alert.subject == "qbank: j stopped: 30 checks failed"
    assert "- check c19\n- and 10 more\n" in alert.text
    assert "qbank run" not in alert.text
