"""Errors of the commands themselves.

CommandError
    RunFailed       the pipeline stopped: a check that blocks has failed, or a step could not do its work
    NotInstalled    a command needs a set of packages that is not installed
    OptionError     the value of an option cannot be read, or two options contradict each other
    OutputError     results cannot be written where they should go
"""

from __future__ import annotations


class CommandError(Exception):
    """Base of the commands' own errors; the message is for the person who typed the command."""


class RunFailed(CommandError):
    """The pipeline stopped: a check that blocks has failed, or a step could not do its work."""


class NotInstalled(CommandError):
    """A command needs a set of packages that is not installed."""


class OptionError(CommandError):
    """The value of an option cannot be read, or two options contradict each other."""


class OutputError(CommandError):
    """Results cannot be written where they should go."""
