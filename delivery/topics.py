"""The topic tree, and which topics a filter's name or path means."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from database.queries.bank import TopicRow


class TopicTree:
    """Topics by id. A topic lies below another by its path, or by its parent where it has no path."""

    def __init__(self, rows: Iterable[TopicRow]) -> None:
        self._rows = tuple(rows)
        self._children: dict[int, list[int]] = defaultdict(list)
        for row in self._rows:
            if row.parent_id is not None:
                self._children[row.parent_id].append(row.id)

    @property
    def rows(self) -> tuple[TopicRow, ...]:
        """The topics that it was made of."""
        return self._rows

    def subtree(self, asked: str) -> frozenset[int]:
        """Return the ids of the topics named `asked` (case ignored) or of that path, and of all below them.

        Empty: there is no such topic.
        """
        roots = [row for row in self._rows if row.path == asked or row.name.casefold() == asked.casefold()]
        paths = {asked} | {row.path for row in roots if row.path is not None}
        waiting = [row.id for row in roots]
        waiting += [row.id for row in self._rows if row.path is not None and _under(row.path, paths)]
        found: set[int] = set()
        while waiting:
            topic = waiting.pop()
            if topic not in found:
                found.add(topic)
                waiting.extend(self._children.get(topic, ()))
        return frozenset(found)


def _under(path: str, paths: Iterable[str]) -> bool:
    return any(path == above or path.startswith(f"{above}.") for above in paths)
