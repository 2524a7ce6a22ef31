"""The user id of a person who is known by an identifier of the tenant's own system."""

from __future__ import annotations

import uuid

NAMESPACE = uuid.UUID("6d1e3b0a-6c0c-5d5e-9a53-51a3c7f0b8e1")


def user_id(tenant: uuid.UUID, person: str) -> uuid.UUID:
    """Return the id of a tenant's learner."""
    return uuid.uuid5(NAMESPACE, f"{tenant}/{person}")
