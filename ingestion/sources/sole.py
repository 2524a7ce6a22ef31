"""Membership where nothing is divided."""

from __future__ import annotations

from collections.abc import Sequence


class SoleMembership:
    """Every partition is this process's; a second one reads them, too, and its sinks store nothing twice."""

    def __init__(self, partitions: Sequence[int]) -> None:
        self._partitions = tuple(partitions)

    def partitions(self) -> tuple[int, ...]:
        """Return all of them."""
        return self._partitions

    def close(self) -> None:
        """Do nothing."""
