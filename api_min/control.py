"""Sympson-Hetter control in a quiz: the parameters that it began with, and whom it has passed over since.

A quiz keeps a copy of the parameters, by question, so that its decisions can be made again whatever is found later.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from api_min.bank import Bank, Floats, Mask
from database.queries.exposure_controls import Found
from database.queries.quizzes import ServedItem


def plain_of(found: Found | None) -> dict[str, Any]:
    """Return what a quiz keeps: parameters by question, and the bank that they were found for; None: there are none."""
    if found is None:
        return {"bank_hash": None, "parameters": {}}
    return {"bank_hash": found.bank_hash, "parameters": dict(found.parameters)}


def parameters_of(plain: Mapping[str, Any] | None, bank: Bank) -> Floats | None:
    """Return the parameters of a bank's items; 1 for an item that they do not tell of. None: no control."""
    if plain is None:
        return None
    told: Mapping[str, float] = plain["parameters"]
    parameters = np.ones(len(bank))
    at, there = bank.find([int(question) for question in told])
    parameters[at[there]] = np.array(list(told.values()), dtype=np.float64)[there]
    return parameters


def untouched(history: Sequence[ServedItem], bank: Bank, tier: Mask) -> tuple[Mask, Mask]:
    """Return the items of a tier that the quiz has not passed over, and those that it has.

    The latter come again only where there is no other item, or no full test of the blueprint without them.
    """
    passed = bank.among([question for item in history for question in item.passed_over or ()])
    own = tier & bank.own
    fresh = own & ~passed
    if not fresh.any():
        return tier, np.zeros_like(tier)
    return fresh | (tier & bank.pilot), own & passed
