"""What the environment says about events: the broker, the topic, and where the local event log lies."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from ingestion.errors import TransportError

_NAME = r"^[A-Za-z0-9_][A-Za-z0-9._-]{0,248}$"
_ADVICE = {
    "kafka_bootstrap": "set QBANK_KAFKA_BOOTSTRAP to HOST:PORT[,HOST:PORT...], or unset it for the local log",
    "kafka_topic_events": "set QBANK_KAFKA_TOPIC_EVENTS to at most 249 letters, digits, '.', '_' and '-', "
    "not beginning with '.' or '-', or unset it for events.qbank",
    "kafka_client": "set QBANK_KAFKA_CLIENT to auto, kafka-python or confluent, or unset it for auto",
    "kafka_group": "set QBANK_KAFKA_GROUP to a name of at most 249 letters, digits, '.', '_' and '-', "
    "not beginning with '.' or '-', or unset it for qbank",
    "kafka_compacted": "set QBANK_KAFKA_COMPACTED to refuse or accept, or unset it for refuse",
    "reconcile_days": "set QBANK_RECONCILE_DAYS to a number of days from 1 to 3650, or unset it for 35",
    "metrics_host": "set QBANK_METRICS_HOST to an address of this machine, or unset it for 127.0.0.1",
    "metrics_port": "set QBANK_METRICS_PORT to a port from 1 to 65535, or unset it for no metrics",
    "home": "set QBANK_HOME to a folder, or unset it for .qbank in the working directory",
}


class IngestionSettings(BaseSettings):
    """The ingestion room's settings; made by `load`. `home` is absolute, the event log lies below it."""

    model_config = SettingsConfigDict(
        env_prefix="QBANK_", env_ignore_empty=True, frozen=True, validate_default=True
    )

    kafka_bootstrap: str | None = None
    # It names a folder too, so ".." and paths may not pass.
    kafka_topic_events: str = Field(default="events.qbank", pattern=_NAME)
    # auto: confluent-kafka where it is installed, else kafka-python.
    kafka_client: Literal["auto", "kafka-python", "confluent"] = "auto"
    kafka_group: str = Field(default="qbank", pattern=_NAME)
    # Whether a compacted topic is read, of which only the last event of each quiz is kept.
    kafka_compacted: Literal["refuse", "accept"] = "refuse"
    # How many days back answers, events, facts and ClickHouse are compared each night.
    reconcile_days: int = Field(default=35, ge=1, le=3650)
    home: Path = Path(".qbank")
    metrics_host: str = "127.0.0.1"
    metrics_port: int | None = Field(default=None, ge=1, le=65535)

    @field_validator("kafka_bootstrap")
    @classmethod
    def _reachable(cls, bootstrap: str | None) -> str | None:
        for broker in [] if bootstrap is None else bootstrap.split(","):
            host, _, port = broker.rpartition(":")
            if (
                not host.strip("[]")
                or not port.isdecimal()
                or not 0 < int(port) < 2**16
                or broker.split() != [broker]
            ):
                raise ValueError(f"{broker!r} is not HOST:PORT")
        return bootstrap

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        try:
            return home.expanduser().absolute()
        except (OSError, RuntimeError) as fault:
            raise ValueError(f"{home} cannot be used as a folder ({fault})") from None


def load() -> IngestionSettings:
    """Read the QBANK_* variables of this room; TransportError names every one that is not usable."""
    try:
        return IngestionSettings()
    except ValidationError as invalid:
        faults = "; ".join(_describe(str(error["loc"][0]), error["msg"]) for error in invalid.errors())
    raise TransportError(faults)


def _describe(field: str, message: str) -> str:
    fault = message.removeprefix("Value error, ")
    return f"QBANK_{field.upper()} is not usable: {fault}; {_ADVICE[field]}"
