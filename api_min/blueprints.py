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
    if not are_made(bank, rules, length):
        blueprint = blueprint_of(bank, rules, length)
        bank.rows[rules.quotas, length] = None if blueprint is None else constraints(blueprint)
    return bank.rows[rules.quotas, length]


def are_made(bank: Bank, rules: DeliveryRules, length: int) -> bool:
    """Return whether `rows_of` has them at hand; making them may take long enough to be done in a thread."""
    return (rules.quotas, length) in bank.rows
