"""What a test must contain: the rules' quotas, the items' enemies and item sets, as places among the items."""

from __future__ import annotations

import numpy as np

from delivery.labels import Labels, Mask
from delivery.rules import DeliveryRules, TestQuota
from irt.selection import Blueprint, Enemies, ItemSet, Quotas


def blueprint_of(items: Labels, rules: DeliveryRules, length: int) -> Blueprint | None:
    """Return the blueprint of a test of `length` items; None: anything will do.

    An item set is taken whole or not at all. Raises NoSuchTopic for a quota on a topic that the items do not know,
    and irt's InvalidArgument for quotas that contradict themselves.
    """
    if not (rules.quotas or items.enemies or items.sets):
        return None
    return Blueprint(
        length=min(length, len(items)),
        items=len(items),
        quotas=_quotas(items, rules.quotas, length),
        enemies=tuple(Enemies(name, group) for name, group in items.enemies.items()),
        sets=tuple(ItemSet(name, group, len(group), len(group)) for name, group in items.sets.items()),
    )


def _quotas(items: Labels, asked: tuple[TestQuota, ...], length: int) -> Quotas | None:
    if not asked:
        return None
    return Quotas(
        names=[quota.name for quota in asked],
        members=np.array([_members(items, quota) for quota in asked]),
        least=[quota.least for quota in asked],
        most=[length if quota.most is None else quota.most for quota in asked],
    )


def _members(items: Labels, quota: TestQuota) -> Mask:
    members = items.where(
        () if quota.topic is None else (quota.topic,),
        () if quota.difficulty is None else (quota.difficulty,),
    )
    # What is on trial counts for nothing, so it fills no quota.
    members &= ~items.pilot
    return members if quota.bloom is None else members & (items.bloom == quota.bloom)
