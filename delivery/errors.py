"""Errors of rules of delivery.

DeliveryError
|-- RulesError     the rules that are set for an exam are not usable
`-- NoSuchTopic    no topic has the name or path that a quota or filter gives
"""


class DeliveryError(Exception):
    """Base of all errors that this package raises itself."""


class RulesError(DeliveryError):
    """The rules of delivery that are set for an exam are not usable; the text names each fault."""


class NoSuchTopic(DeliveryError):
    """There is no topic with the name or path that is asked for."""
