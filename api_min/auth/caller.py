"""Who calls, as a checked token says."""

from __future__ import annotations

import enum
import uuid
from dataclasses import dataclass


class Role(enum.StrEnum):
    """What a caller may do; a caller may have several."""

    LEARNER = "learner"
    AUTHOR = "author"
    REVIEWER = "reviewer"
    PSYCHOMETRICIAN = "psychometrician"
    ADMIN = "admin"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Caller:
    """The user of one tenant; a service acts for every learner of its tenant, anybody else for themselves."""

    tenant_id: uuid.UUID
    user_id: uuid.UUID
    roles: frozenset[Role]

    @property
    def learner(self) -> uuid.UUID | None:
        """The only learner whose rows the caller may see and write; None: every learner of the tenant."""
        return None if Role.SERVICE in self.roles else self.user_id
