from __future__ import annotations

from pathlib import Path

import pytest

from ingestion.errors import VersionConflictError
from ingestion.imports.items import Item, ItemsFile
from ingestion.imports.versions import Version, folded_labels, plan, without_key


def declared(*items: Item) -> ItemsFile:
    return ItemsFile(Path("items.csv"), items, ())


def item(version: int = 1, key: str | None = "A", labels: str | None = None, stem: str | None = None) -> Item:
    return Item(2, "V1", version, key, tuple(labels) if labels is not None else None, None, None, stem)


STORED = Version("V1", 1, "A", ("A", "B", "C"), "x.y", "easy", "What?", question_id=7)
STORE = {("V1", 1): STORED}


def test_options_not_declared_are_those_observed_and_the_key() -> None:
    [version] = plan(declared(item()), {}, {("V1", 1): ["c", "D", "1"]})
    assert (version.labels, version.stem, version.is_new) == (("1", "A", "C", "D"), "Item V1", True)
    assert (version.edit_kind, version.based_on, version.question_id) == (None, None, None)


@pytest.mark.parametrize(
    ("key", "seen", "labels"), [("A", "bB", "AB"), ("a", "B", "ab"), ("1", "2b", "12B"), ("A", "", "A")]
)
def test_letters_fold_to_the_case_of_the_key(key: str, seen: str, labels: str) -> None:
    assert "".join(folded_labels(key, list(seen))) == labels


def test_what_is_stored_and_not_contradicted_is_kept() -> None:
    assert plan(declared(item()), STORE, {("V1", 1): ["Z"]}) == [STORED]
    assert plan(declared(item(key=None)), STORE, {}) == [STORED]
    assert plan(declared(item(key="a", labels="CBA", stem="What?")), STORE, {}) == [STORED]


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        (item(key="B"), "key is 'B' in the file, 'A' in the store"),
        (item(labels="ABCD"), "options is 'ABCD' in the file, 'ABC' in the store"),
        (item(stem="Why?"), "stem is 'Why?' in the file, 'What?' in the store"),
    ],
)
def test_a_stored_version_is_never_changed(changed: Item, told: str) -> None:
    with pytest.raises(VersionConflictError, match="higher version") as caught:
        plan(declared(changed), STORE, {})
    assert caught.value.items == ("V1",)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "kind", "labels"),
    [
        (item(2, key="B"), "key", "ABC"),
        (item(2, key="D"), "key", "ABCD"),
        (item(2, labels="ABCD"), "options", "ABCD"),
        (item(2, stem="Why?"), "wording", "ABC"),
    ],
)
def test_a_higher_version_says_what_changed_and_inherits_the_rest(
    changed: Item, kind: str, labels: str
) -> None:
    first, second = plan(declared(changed), STORE, {})
    assert first == STORED
    assert (second.edit_kind, second.based_on, "".join(second.labels)) == (kind, 1, labels)
    assert (second.topic, second.difficulty, second.question_id) == ("x.y", "easy", 7)
    assert second.stem == (changed.stem or "What?")


def test_versions_of_one_file_build_on_each_other() -> None:
    versions = plan(declared(item(3, key="C"), item(1, labels="ABC"), item(2, key="B")), {}, {})
    assert [(one.version, one.edit_kind, one.based_on, one.key) for one in versions] == [
        (1, None, None, "A"),
        (2, "key", 1, "B"),
        (3, "key", 2, "C"),
    ]


def test_items_without_a_key_anywhere() -> None:
    assert without_key(declared(item(key=None)), {}) == [item(key=None)]
    assert without_key(declared(item(key=None)), STORE) == []
    assert without_key(declared(item()), {}) == []
