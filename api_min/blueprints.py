"""Blueprints of a bank's tests as rows, made once for whoever asks."""

from __future__ import annotations

from api_min.bank import Bank
from delivery.blueprints import blueprint_of
from delivery.rules import DeliveryRules
from irt.selection import Constraints
from irt.selection.constraints import constraints


def rows_of(bank: Bank, rules: DeliveryRules, length: int) -> Constraints | None:
    """Return the blueprint as rows for shadow tests, made once for a bank, quotas and length; None: there is none.

    Raises UnknownTopic for a quota on a topic that the bank does not know, else as `blueprint_of`.
    """
    key = (rules.quotas, length)
    if key not in bank.rows:
        blueprint = blueprint_of(bank, rules, length)
        bank.rows[key] = None if blueprint is None else constraints(blueprint)
    return bank.rows[key]
