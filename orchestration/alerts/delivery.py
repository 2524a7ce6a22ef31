"""Delivery of an alert: each channel by itself, a few times where a repetition may help."""

from __future__ import annotations

import smtplib
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from email.utils import formatdate, make_msgid

from orchestration.alerts.message import Alert
from orchestration.alerts.settings import AlertSettings

ATTEMPTS = 3
PAUSE_SECONDS = 2.0
TIMEOUT_SECONDS = 10.0
# "Too many requests" and faults of the receiver pass; what it refuses, it will refuse again.
_PASSING = {408, 429, 500, 502, 503, 504}


class AlertError(Exception):
    """A channel did not take an alert; the text names it and says why, without its URL's secrets."""


class _NotYetError(AlertError):
    """It did not take it this time."""


def deliver(alert: Alert, settings: AlertSettings) -> list[str]:
    """Send an alert by every channel that is configured; return which took it.

    Raises AlertError where one did not, after all were tried.
    """
    channels: dict[str, Callable[[], None]] = {}
    if settings.alert_webhook:
        channels["QBANK_ALERT_WEBHOOK"] = lambda: _post(alert, str(settings.alert_webhook))
    if settings.recipients:
        channels["QBANK_ALERT_MAIL_TO"] = lambda: _mail(alert, settings)
    taken, faults = [], []
    for name, send in channels.items():
        try:
            _repeat(send)
            taken.append(name)
        except AlertError as fault:
            faults.append(f"{name}: {fault}")
    if faults:
        raise AlertError(f"the alert on run {alert.run_id} was not taken: {'; '.join(faults)}")
    return taken


def _repeat(send: Callable[[], None]) -> None:
    for attempt in range(1, ATTEMPTS + 1):
        try:
            return send()
        except _NotYetError:
            if attempt == ATTEMPTS:
                raise
            time.sleep(PAUSE_SECONDS * attempt)
    return None


def _post(alert: Alert, url: str) -> None:
    import httpx  # noqa: PLC0415 - the definitions are loaded oftener than an alert is sent

    try:
        answer = httpx.post(url, json=alert.plain(), timeout=TIMEOUT_SECONDS)
    except httpx.HTTPError as fault:
        raise _NotYetError(f"{type(fault).__name__}: {fault}") from None
    if answer.status_code in _PASSING:
        raise _NotYetError(f"it answered {answer.status_code}")
    if not answer.is_success:
        raise AlertError(f"it answered {answer.status_code}: {answer.text[:200]}")


def _mail(alert: Alert, settings: AlertSettings) -> None:
    message = EmailMessage()
    message["Subject"], message["From"] = alert.subject, settings.alert_mail_from
    message["To"], message["Date"] = ", ".join(settings.recipients), formatdate()
    message["Message-ID"] = make_msgid("qbank", settings.alert_mail_from.rpartition("@")[2])
    message.set_content(alert.text)
    server = settings.mail_server
    where = f"{server.host}:{server.port}"
    try:
        with _connected(settings) as session:
            session.send_message(message)
    except (
        smtplib.SMTPAuthenticationError,
        smtplib.SMTPRecipientsRefused,
        smtplib.SMTPSenderRefused,
    ) as fault:
        raise AlertError(f"{where} refused it: {fault}") from None
    except (smtplib.SMTPNotSupportedError, ssl.SSLError) as fault:
        raise AlertError(f"{where} offers no encryption that a password may go by: {fault}") from None
    except (smtplib.SMTPException, OSError) as fault:
        raise _NotYetError(f"{where}: {fault}") from None


@contextmanager
def _connected(settings: AlertSettings) -> Iterator[smtplib.SMTP]:
    """Lend a session that is encrypted and logged in as far as the settings ask for it."""
    server, context = settings.mail_server, ssl.create_default_context()
    if server.encryption == "from the start":
        session: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        session = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
    with session:
        if server.encryption == "before the login":
            session.starttls(context=context)
        if server.login is not None:
            session.login(*server.login)
        yield session
