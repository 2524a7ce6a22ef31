"""Item parameters from QTI usage data (versions 2.1 to 3.0): one statistic for each parameter of an item.

The document comes from outside: it may declare no document type, so that it has no entities to expand, and its
depth and length are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from xml.parsers import expat

from api_min.cat.configuration import MAX_ITEMS, SectionConfiguration
from api_min.errors import InvalidData

#: For each item the parameters that the document has of it: "a", "b", "c".
Parameters = Mapping[str, Mapping[str, float]]
_NAME: Final = re.compile(r"(?:irt[-_ ]?)?([abc])(?:[-_ ]?(?:parm|param|parameter))?", re.IGNORECASE)
_OF_ITEMS: Final = {None, "item", "assessmentitem"}
_MAX_DEPTH: Final = 32
_MAX_NUMBER: Final = 64
_NAMESPACE_END: Final = "}"


def read(document: bytes, configuration: SectionConfiguration) -> Parameters:
    """Read the parameters of items. Other statistics (p-values, ...) are passed over, and so are parts of items.

    A statistic is a parameter by its name, case ignored: a, b, c, also as IRT-a, a-parm, a-parameter; or by the
    names that the configuration gives. With a `context` in the configuration only statistics of that one count.

    Raises:
        InvalidData: no XML, a document type, another root, a parameter that is not a number or is there twice.
    """
    reader = _Reader(configuration)
    parser = expat.ParserCreate(namespace_separator=_NAMESPACE_END)
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.buffer_text = True
    try:
        parser.Parse(document, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise InvalidData(f"qtiUsagedata is not an XML document that can be read: {error}") from error
    return reader.found


def _refuse_doctype(*_: object) -> None:
    raise InvalidData(
        "qtiUsagedata has a document type declaration; QTI has none, and none is read: leave it out"
    )


class _Reader:
    """What the parser tells, element by element."""

    def __init__(self, configuration: SectionConfiguration) -> None:
        self.found: dict[str, dict[str, float]] = {}
        self._configuration = configuration
        self._named = {
            name.casefold(): key
            for key in ("a", "b", "c")
            if (name := getattr(configuration.statistics, key)) is not None
        }
        self._depth = 0
        self._parameter: str | None = None
        self._targets: list[str] = []
        self._number: list[str] | None = None

    def start(self, element: str, attributes: Mapping[str, str]) -> None:
        self._depth += 1
        name = element.rpartition(_NAMESPACE_END)[2]
        if self._depth == 1 and name != "usageData":
            raise InvalidData(f"the root of qtiUsagedata is {name}; the root of QTI usage data is usageData")
        if self._depth > _MAX_DEPTH:
            raise InvalidData(f"qtiUsagedata nests more than {_MAX_DEPTH} elements; usage data has 4")
        if name == "ordinaryStatistic":
            self._parameter, self._targets = self._parameter_of(attributes), []
        elif name == "targetObject" and self._parameter is not None:
            kind = attributes.get("objectType")
            if "partIdentifier" not in attributes and (kind and kind.casefold()) in _OF_ITEMS:
                self._targets.append(attributes.get("identifier", ""))
        elif name == "value" and self._parameter is not None:
            self._number = []

    def characters(self, text: str) -> None:
        if self._number is not None:
            self._number.append(text)

    def end(self, element: str) -> None:
        self._depth -= 1
        name = element.rpartition(_NAMESPACE_END)[2]
        if name == "value" and self._number is not None and self._parameter is not None:
            number = _number("".join(self._number), self._parameter, self._targets)
            for item in self._targets:
                self._keep(item, self._parameter, number)
            self._number = None
        elif name == "ordinaryStatistic":
            self._parameter = None

    def _parameter_of(self, attributes: Mapping[str, str]) -> str | None:
        """Return which parameter a statistic is; None: none, or of another context."""
        if self._configuration.context not in (None, attributes.get("context")):
            return None
        name = attributes.get("name", "").strip()
        if name.casefold() in self._named:
            return self._named[name.casefold()]
        alike = _NAME.fullmatch(name)
        key = None if alike is None else alike[1].lower()
        # A parameter that the configuration calls by another name is not taken under its usual one.
        return None if key in self._named.values() else key

    def _keep(self, item: str, key: str, number: float) -> None:
        known = self.found.setdefault(item, {})
        if known.setdefault(key, number) != number:
            raise InvalidData(
                f"qtiUsagedata has two values of {key} for item {item!r}; name the one that counts by `context` in"
                " the section configuration"
            )
        if len(self.found) > MAX_ITEMS:
            raise InvalidData(
                f"qtiUsagedata has parameters of more than {MAX_ITEMS} items; split the section"
            )


def _number(text: str, key: str, targets: list[str]) -> float:
    stripped = text.strip()
    try:
        if len(stripped) > _MAX_NUMBER:
            raise ValueError
        return float(stripped)
    except ValueError:
        where = ", ".join(map(repr, targets[:3])) or "an item"
        raise InvalidData(
            f"qtiUsagedata: {key} of {where} is {stripped[:40]!r}, which is no number"
        ) from None
