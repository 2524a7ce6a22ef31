"""The sensor that tells people of every run that failed."""

from dagster import DagsterEventType, DefaultSensorStatus, RunFailureSensorContext, run_failure_sensor

from orchestration import alerts

_TELLING = {
    DagsterEventType.STEP_FAILURE,
    DagsterEventType.ASSET_CHECK_EVALUATION,
}


@run_failure_sensor(
    name="alert_sensor",
    default_status=DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=30,
    description="Tells of a run of any job that failed: in the log always, by webhook (QBANK_ALERT_WEBHOOK) and e-mail "
    "(QBANK_ALERT_MAIL_TO) where they are set. Its tick fails where a channel did not take it.",
)
def alert_sensor(context: RunFailureSensorContext) -> None:
    """Log what failed, then deliver it."""
    entries = context.instance.all_logs(context.dagster_run.run_id, of_type=_TELLING)
    events = [entry.dagster_event for entry in entries if entry.dagster_event is not None]
    alert = alerts.alert_of(context.dagster_run, events, context.failure_event.message or "")
    context.log.error(alert.text)
    taken = alerts.deliver(alert, alerts.load())
    context.log.info(f"told by {', '.join(taken) or 'this log alone: no channel is configured'}")
