"""Errors of the expectations room.

    ExpectationsError
    ├── UnknownSuite        no suite of that name stands in expectations/suites
    ├── SuiteFileError      a suite's file cannot be used as it stands
    ├── ParameterError      the query's parameters are not those that the suite asks for
    └── SuiteRunError       the database could not be asked: unreachable, not migrated, query refused

A failed expectation is a result, not an error. Each message is fit to be shown to a user as it is.
"""

from __future__ import annotations


class ExpectationsError(Exception):
    """Base of all errors that this package raises itself."""


class UnknownSuite(ExpectationsError):
    """No suite has that name; the text lists those that do."""


class SuiteFileError(ExpectationsError):
    """A suite's file is missing something or holds what cannot be used; the text names file and place."""


class ParameterError(ExpectationsError):
    """A parameter of a suite's query is missing, unknown or empty; the text says which."""


class SuiteRunError(ExpectationsError):
    """The suite could not be run at all; never contains a password."""
