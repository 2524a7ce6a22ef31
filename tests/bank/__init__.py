"""A bank that has been in use for weeks, with everything true of it that is true of good data.

Two tenants learn for three exams; sessions are finished, left and timed out; every answer has its event, and
everything is served before it is answered. `Plan` says how much of it, `write_bank` puts it into a migrated
database, `add_day` lets one more day happen, also a day that is over.
"""

from tests.bank.plan import Plan
from tests.bank.write import Written, add_day, write_bank

__all__ = ["Plan", "Written", "add_day", "write_bank"]
