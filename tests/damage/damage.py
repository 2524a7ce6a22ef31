"""What a kind of damage is: how it is planted, and who must catch it."""

from __future__ import annotations

from dataclasses import dataclass

from database.queries.marts import AFTER_PUBLISH, BEFORE_FIT

# The exam whose data is damaged, and whose checks look.
EXAM = "CARDIO"
FIRST = (BEFORE_FIT,)
ALL = (BEFORE_FIT, AFTER_PUBLISH)


@dataclass(frozen=True)
class Damage:
    """`sql` plants it, with every constraint in place; `caught_by` names what must not let it pass.

    That is a check as `asset: name` or `dbt test: name`; where the database refuses, `constraint: NAME`,
    `not null: TABLE.COLUMN` or `trigger: FUNCTION`. `store` says where it is planted; where `sql` names {marts}, in
    both schemas of marts. `build` names the dbt selections that are built on the damaged rows before the checks
    look; without, the checks look at what the good rows gave, with the damage in it.
    """

    name: str
    sql: str
    caught_by: str
    build: tuple[str, ...] = ()
    store: str = "postgres"

    @property
    def refused(self) -> bool:
        """Whether the database itself must refuse it."""
        return self.caught_by.startswith(("constraint: ", "not null: ", "trigger: "))
