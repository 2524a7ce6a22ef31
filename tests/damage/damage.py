"""What a kind of damage is: how it is planted, and who must catch it."""

from __future__ import annotations

from dataclasses import dataclass

# The exam whose data is damaged, and whose checks look.
EXAM = "CARDIO"
# The two selections of dbt.
BEFORE_FIT, AFTER_PUBLISH = "tag:before_fit", "tag:after_publish"


@dataclass(frozen=True)
class Damage:
    """`sql` plants it, with every constraint in place; `caught_by` names what must not let it pass.

    That is a check as `asset: name`, or `constraint: NAME` or `trigger: FUNCTION` where the database refuses.
    `store` says where it is planted. `build` names the dbt selection that is built on the damaged rows before the
    checks look; None: the checks look at what the good rows gave, with the damage in it.
    """

    name: str
    sql: str
    caught_by: str
    build: str | None = None
    store: str = "postgres"

    @property
    def refused(self) -> bool:
        """Whether the database itself must refuse it."""
        return self.caught_by.startswith(("constraint: ", "trigger: "))
