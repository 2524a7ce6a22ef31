"""Complete blocks: the persons who answered every one of some items."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from irt.errors import InvalidArgument
from irt.responses import Responses


@dataclass(frozen=True)
class Block:
    """Answers of the persons who answered all of the items.

    items:   shape (items,); their codes, ascending.
    persons: shape (persons,); the codes of those who answered all.
    right:   shape (persons, items), 0 or 1.
    """

    items: NDArray[np.int64]
    persons: NDArray[np.int64]
    right: NDArray[np.int8]

    def note(self, responses: Responses) -> str:
        """What was used and what was not; empty where everything was."""
        said = []
        if len(self.items) < responses.n_items:
            said.append(f"{len(self.items)} of {responses.n_items} items")
        if len(self.persons) < responses.n_persons:
            said.append(f"the {len(self.persons)} of {responses.n_persons} persons who answered all of them")
        return f"complete block: {', '.join(said)}" if said else ""


def complete_block(responses: Responses, items: Sequence[Hashable] | None = None) -> Block:
    """The complete block of `items` (labels), all items unless told; perhaps with no person in it.

    Raises:
        InvalidArgument: an item that the responses do not know, or one named twice.
    """
    if items is None:
        chosen = np.arange(responses.n_items)
    else:
        place = {label: i for i, label in enumerate(responses.items)}
        unknown = [label for label in items if label not in place]
        if unknown:
            raise InvalidArgument(f"item {unknown[0]!r} is not among the items there are answers to")
        chosen = np.array(sorted({place[label] for label in items}), dtype=np.int64)
        if len(chosen) < len(items):
            raise InvalidArgument("an item of the block is named twice; give each once")
    wanted = np.zeros(responses.n_items, dtype=np.bool_)
    wanted[chosen] = True
    block = responses.only(wanted)
    persons = np.flatnonzero(np.diff(block.starts) == len(chosen))
    cells = block.cells[block.starts[persons][:, None] + np.arange(len(chosen))]
    return Block(chosen, persons, (cells & 1).astype(np.int8))
