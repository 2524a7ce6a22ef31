"""How sessions are given: a configuration as options spell it, and others that differ from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from cli.errors import OptionError

if TYPE_CHECKING:
    from irt.selection import Classification, Rules, StoppingRule

EXPOSURES = ("none", "randomesque", "sympson-hetter", "eligibility")
BLUEPRINTS = ("none", "exam", "greedy")
#: Items of a session where nothing says when it ends, and the most where only precision or a side does.
LENGTH, MOST = 30, 100
#: Among how many best ones randomesque chooses, unless told otherwise.
AMONG = 5


@dataclass(frozen=True)
class Configuration:
    """One way to give sessions; None: not asked for.

    blueprint: "exam": by shadow tests as served; "greedy": by their greedy part alone.
    """

    criterion: str = "MFI"
    method: str = "EAP"
    among: int = 1
    length: int | None = None
    se: float | None = None
    min_length: int = 1
    max_length: int | None = None
    require: str = "any"
    cut: float | None = None
    delta: float = 0.3
    exposure: str = "none"
    r_max: float = 0.2
    blueprint: str = "none"

    def settled(self, items: int) -> Configuration:
        """The same with what was left open, for a bank of so many items.

        Raises:
            OptionError: a word that is none of those known, or lengths beyond the bank.
        """
        for name, known in (("exposure", EXPOSURES), ("blueprint", BLUEPRINTS)):
            if getattr(self, name) not in known:
                raise OptionError(f"{name} must be one of {', '.join(known)}, not {getattr(self, name)!r}")
        for name in ("length", "max_length", "min_length"):
            if (value := getattr(self, name)) is not None and not 1 <= value <= items:
                raise OptionError(
                    f"{name} {value}: sessions have from 1 to all {items} items that can be chosen"
                )
        open_ended = self.se is not None or self.cut is not None
        found = self
        if self.length is None and not open_ended:
            found = replace(found, length=min(self.max_length or LENGTH, items))
        elif self.max_length is None and (self.length is None or self.require == "all"):
            found = replace(found, max_length=min(MOST, items))
        if self.exposure == "randomesque" and self.among == 1:
            found = replace(found, among=AMONG)
        return found

    @property
    def longest(self) -> int:
        """Items of the longest session, once settled."""
        return max(n for n in (self.length, self.max_length) if n is not None)

    @property
    def classification(self) -> Classification | None:
        """The cut that sessions decide on."""
        from irt.selection import Classification

        return None if self.cut is None else Classification(self.cut, self.delta)

    def rules(self, mean: float, sd: float) -> Rules:
        """How items are chosen, with N(mean, sd) as the prior. Raises InvalidArgument."""
        from irt.selection import Rules

        given: dict[str, Any] = {"criterion": self.criterion, "method": self.method}
        return Rules(mean=mean, sd=sd, among=self.among, **given)

    def stopping(self) -> StoppingRule:
        """When sessions end. Raises InvalidArgument."""
        from irt.selection import StoppingRule

        require: Any = self.require
        return StoppingRule(
            length=self.length,
            se=self.se,
            classification=self.classification,
            require=require,
            min_length=self.min_length,
            max_length=self.max_length,
        )

    def plain(self) -> dict[str, Any]:
        """Every setting, for JSON."""
        return asdict(self)


def beside(base: Configuration, texts: Sequence[str]) -> dict[str, Configuration]:
    """The base, "as given", and by its text each that differs from it: `exposure=eligibility,r_max=0.15`.

    Raises:
        OptionError: a text that cannot be read, or twice the same.
    """
    found = {"as given": base}
    for text in texts:
        if text in found:
            raise OptionError(f"--beside {text} is given twice")
        found[text] = _differing(base, text)
    return found


def _differing(base: Configuration, text: str) -> Configuration:
    kinds = {field.name: str(field.type) for field in fields(Configuration)}
    changes: dict[str, Any] = {}
    for part in text.split(","):
        name, equals, value = (piece.strip() for piece in part.partition("="))
        name = name.replace("-", "_")
        if not equals or name not in kinds:
            raise OptionError(
                f"--beside {text}: NAME=VALUE with commas between them is needed, NAME one of "
                f"{', '.join(kinds)}"
            )
        changes[name] = _value(text, name, value, kinds[name])
    return replace(base, **changes)


def _value(text: str, name: str, value: str, kind: str) -> Any:
    if value.casefold() == "none" and "None" in kind:
        return None
    try:
        if kind.startswith("int"):
            return int(value)
        return float(value) if kind.startswith("float") else value
    except ValueError:
        raise OptionError(f"--beside {text}: {name} must be a number, not {value!r}") from None
