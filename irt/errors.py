"""What can go wrong in `irt`, and which of it a caller may want to catch.

    IrtError
    |-- InvalidResponses    the answers given cannot be read as one 0/1 for each person and item
    |-- InvalidParameters   item parameters are missing, not finite, or outside their range
    |-- InvalidArgument     a setting is not one of those offered, or outside its range
    |-- EngineUnfit         an engine was chosen that cannot do what was asked of it
    `-- NothingEligible     a selection was asked for among no items

Data that can be read but not fitted (an item everybody got right, an exam with three answers) raise
nothing: such items come back in the result, set aside, each with its reason.
"""

from __future__ import annotations


class IrtError(Exception):
    """Base of every error this package raises on purpose; its text may be shown to a user."""


class InvalidResponses(IrtError):
    """The responses are not one 0/1 answer for each person and item; the text names the first bad row."""


class InvalidParameters(IrtError):
    """Item parameters are missing, not finite, of unequal lengths, or outside their range."""


class InvalidArgument(IrtError):
    """A setting is not one of those offered, or is outside its range; the text names what is allowed."""


class EngineUnfit(IrtError):
    """The engine chosen cannot do this; the text says what it can and which engine to take instead."""


class NothingEligible(IrtError):
    """An item was to be selected, and none was eligible."""
