"""Errors of the semantic layer."""

from __future__ import annotations


class SemanticLayerError(Exception):
    """A definition says what not every tool can say, or a name is asked for that is not there."""
