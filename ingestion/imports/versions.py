"""What the items file asks of the store: versions that are known, versions to add, contradictions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from ingestion.errors import ItemsError, Problem, VersionConflictError
from ingestion.imports.items import Item, ItemsFile, same_case

CONFLICTS_SHOWN = 20


@dataclass(frozen=True)
class Version:
    """A version of an item with all its contents; `key` None and no labels: known only as scored."""

    item: str
    version: int
    key: str | None
    labels: tuple[str, ...]
    topic: str | None
    difficulty: str | None
    stem: str
    question_id: int | None = None
    edit_kind: str | None = None
    based_on: int | None = None
    is_new: bool = False


Key = tuple[str, int]


def without_key(file: ItemsFile, stored: Mapping[Key, Version]) -> list[Item]:
    """Return the items that have a key neither in the file nor in the store."""
    keyed = {at for at, version in stored.items() if version.key is not None}
    return [item for item in file.items if item.key is None and (item.item, item.version) not in keyed]


def refuse_without_key(file: ItemsFile, items: Sequence[Item]) -> None:
    """Raise ItemsError for items whose responses are options, so that a key is needed."""
    if items:
        raise ItemsError(
            file.path,
            [
                Problem(
                    item.line,
                    f"item {item.item} has no key, and the responses are options: give the key, or responses "
                    "that are already scored (column correct)",
                )
                for item in items
            ],
        )


def plan(
    file: ItemsFile, stored: Mapping[Key, Version], observed: Mapping[Key, Sequence[str]]
) -> list[Version]:
    """Return every version, stored or new, of the items in the file, in the order of the file's items.

    `stored` holds what the store knows of the exam, `observed` the option labels that the responses hold
    of each version. Options that the file does not declare are those of the version before, else those
    observed, and the key. Raises VersionConflictError where the file declares another content for a
    version that is stored: versions are append-only.
    """
    conflicts: dict[str, str] = {}
    by_item: dict[str, list[Item]] = {}
    for item in file.items:
        by_item.setdefault(item.item, []).append(item)
    stored_by_item = {
        name: list(versions)
        for name, versions in groupby(
            sorted(stored.values(), key=lambda v: (v.item, v.version)), lambda v: v.item
        )
    }
    planned: list[Version] = []
    for name, declared in by_item.items():
        known = {version.version: version for version in stored_by_item.get(name, [])}
        for item in sorted(declared, key=lambda one: one.version):
            held = known.get(item.version)
            if held is None:
                before = max((number for number in known if number < item.version), default=None)
                known[item.version] = _added(
                    item,
                    known[before] if before is not None else None,
                    observed.get((name, item.version), ()),
                )
            elif differences := _differences(item, held):
                conflicts[name] = (
                    f"  line {item.line}: item {name} version {item.version}: {'; '.join(differences)}"
                )
        question = next((one.question_id for one in known.values() if one.question_id is not None), None)
        planned.extend(replace(known[number], question_id=question) for number in sorted(known))
    if conflicts:
        raise _conflict(file, conflicts)
    return planned


def folded_labels(key: str, observed: Sequence[str]) -> tuple[str, ...]:
    """Return the observed labels and the key, sorted; letters in the key's case, capitals if it is a digit."""
    fold = str.lower if key.islower() else str.upper
    return tuple(sorted({key, *(fold(label) for label in observed)}))


def _added(item: Item, before: Version | None, observed: Sequence[str]) -> Version:
    key = item.key
    labels = item.labels
    if before is not None:
        key = key or before.key
        if labels is None and key is not None and before.labels:
            key = same_case(key, before.labels)
            labels = tuple(sorted({*before.labels, key}))
    if labels is None:
        labels = folded_labels(key, observed) if key is not None else ()
    if key is None:
        labels = ()
    added = Version(
        item.item,
        item.version,
        key,
        labels,
        item.topic or (before.topic if before else None),
        item.difficulty or (before.difficulty if before else None),
        item.stem or (before.stem if before else f"Item {item.item}"),
        is_new=True,
    )
    if before is None:
        return added
    return replace(added, edit_kind=_edit_kind(added, before), based_on=before.version)


def _edit_kind(version: Version, before: Version) -> str:
    if version.key != before.key:
        return "key"
    return "options" if set(version.labels) != set(before.labels) else "wording"


def _differences(item: Item, held: Version) -> list[str]:
    """Say how the file's declaration contradicts what is stored; what it leaves out contradicts nothing."""
    pairs = (
        ("key", item.key and same_case(item.key, held.labels), held.key),
        ("options", item.labels and "".join(sorted(item.labels)), "".join(sorted(held.labels))),
        ("topic", item.topic, held.topic),
        ("difficulty", item.difficulty, held.difficulty),
        ("stem", item.stem, held.stem),
    )
    return [
        f"{name} is {_short(declared)} in the file, {_short(kept) if kept else 'none'} in the store"
        for name, declared, kept in pairs
        if declared and declared != kept and not (name == "options" and item.key is None and held.key is None)
    ]


def _short(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")


def _conflict(file: ItemsFile, conflicts: Mapping[str, str]) -> VersionConflictError:
    listed = list(conflicts.values())[:CONFLICTS_SHOWN]
    if len(conflicts) > CONFLICTS_SHOWN:
        listed.append(f"  ... and {len(conflicts) - CONFLICTS_SHOWN} more items")
    count = len(conflicts)
    return VersionConflictError(
        tuple(conflicts),
        "\n".join(
            [
                f"{file.path}: {count} item{'' if count == 1 else 's'} stored with another content under the same "
                "version; nothing was imported. A stored version never changes: give the changed items a higher "
                "version (column version)",
                *listed,
            ]
        ),
    )
