"""What a test of a bank must contain: the rules' quotas, enemies and item sets, as places in the bank."""

from __future__ import annotations

import numpy as np

from api_min.bank import Bank, Mask
from api_min.rules import DeliveryRules, TestQuota
from irt.selection import Blueprint, Constraints, Enemies, ItemSet, Quotas
from irt.selection.constraints import constraints


def blueprint_of(bank: Bank, rules: DeliveryRules, length: int) -> Blueprint | None:
    """Return the blueprint of a test of `length` items; None: anything will do.

    An item set is taken whole or not at all. Raises UnknownTopic for a quota on a topic that the bank does not know,
    and irt's InvalidArgument for quotas that contradict themselves.
    """
    if not (rules.quotas or bank.enemies or bank.sets):
        return None
    return Blueprint(
        length=min(length, len(bank)),
        items=len(bank),
        quotas=_quotas(bank, rules.quotas, length),
        enemies=tuple(Enemies(name, items) for name, items in bank.enemies.items()),
        sets=tuple(ItemSet(name, items, len(items), len(items)) for name, items in bank.sets.items()),
    )


def rows_of(bank: Bank, rules: DeliveryRules, length: int) -> Constraints | None:
    """Return the blueprint as rows for shadow tests, made once for a bank, quotas and length; None: there is none.

    Raises as `blueprint_of`.
    """
    key = (rules.quotas, length)
    if key not in bank.rows:
        blueprint = blueprint_of(bank, rules, length)
        bank.rows[key] = None if blueprint is None else constraints(blueprint)
    return bank.rows[key]


def _quotas(bank: Bank, asked: tuple[TestQuota, ...], length: int) -> Quotas | None:
    if not asked:
        return None
    return Quotas(
        names=[quota.name for quota in asked],
        members=np.array([_members(bank, quota) for quota in asked]),
        least=[quota.least for quota in asked],
        most=[length if quota.most is None else quota.most for quota in asked],
    )


def _members(bank: Bank, quota: TestQuota) -> Mask:
    members = bank.where(
        () if quota.topic is None else (quota.topic,),
        () if quota.difficulty is None else (quota.difficulty,),
    )
    # What is on trial counts for nothing, so it fills no quota.
    members &= ~bank.pilot
    return members if quota.bloom is None else members & (bank.bloom == quota.bloom)
