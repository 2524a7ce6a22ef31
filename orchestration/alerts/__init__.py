"""A run that failed is told to people: in the log always, by webhook and e-mail where they are configured."""

from orchestration.alerts.delivery import AlertError, deliver
from orchestration.alerts.message import Alert, alert_of
from orchestration.alerts.settings import AlertSettings, load

__all__ = ["Alert", "AlertError", "AlertSettings", "alert_of", "deliver", "load"]
