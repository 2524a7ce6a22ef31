"""How what runs for good is told to stop."""

from __future__ import annotations

from typing import Protocol


class Stop(Protocol):
    """What threading.Event offers: waits, and says whether to stop."""

    def wait(self, timeout: float) -> bool:
        """Wait up to `timeout` seconds; True once it is time to stop."""
        ...
