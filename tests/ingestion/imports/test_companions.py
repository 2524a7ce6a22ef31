from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ingestion.errors import FileFormatError
from ingestion.imports.companions import Anchor, read_anchors, read_groups, read_key

Write = Callable[[str, str | bytes], Path]


def test_keys_and_groups_are_read_beside_other_columns(write: Write) -> None:
    assert read_key(write("k.csv", "topic,Key,ITEM\nx,A,i1\ny,,i2\nz,na,NA\n")) == {
        "i1": "A",
        "i2": None,
        "NA": None,
    }
    assert read_groups(write("g.csv", "person;group\n007;north\n7;south\n7;south\n")) == {
        "007": "north",
        "7": "south",
    }


def test_a_former_items_file_gives_anchors_without_the_items_set_aside(write: Write) -> None:
    path = write("items.csv", "item,model,a,b,c,se_a\ni1,3PL,0.8,-1,0.2,0.1\ni2,3PL,,,,\ni3,3PL,1.1,2e-1,,\n")
    assert read_anchors(path) == (Anchor("i1", 0.8, -1.0, 0.2), Anchor("i3", 1.1, 0.2, 0.0))
    assert read_anchors(write("ab.csv", "item,a,b\ni1,0.8,-1\n")) == (Anchor("i1", 0.8, -1.0, 0.0),)


@pytest.mark.parametrize(
    ("read", "content", "line", "column", "said"),
    [
        (read_key, "item,key\ni1,A\ni1,B\n", 3, "key", "item 'i1' has another key on line 2"),
        (read_key, "item,answer\ni1,A\n", 1, None, "'key' is missing"),
        (read_key, "item,key\n,A\n", 2, "item", "the item is empty"),
        (read_groups, "person,group\np,\n", None, "group", "person 'p' has no group"),
        (read_anchors, "item,a,b\ni1,x,0\n", 2, "a", "'x' is not a number"),
        (read_anchors, "item,a,b\ni1,1,\n", 2, "b", "'' is not a number"),
        (read_anchors, "item,a,b,c\ni1,1,0,1.2\n", 2, "c", "below 1"),
        (read_anchors, "item,a,b\ni1,inf,0\n", 2, "a", "'inf' is not a number"),
        (read_anchors, "item,a,b\ni1,1,0\ni1,1,0\n", 3, "item", "stands there twice"),
        (read_anchors, "item,a,b\n,1,0\n", 2, "item", "the item is empty"),
        (read_anchors, "item,a,b\ni1,,\n", None, None, "no item with an a and a b"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(
    write: Write,
    read: Callable[[Path], object],
    content: str,
    line: int | None,
    column: str | None,
    said: str,
) -> None:
    with pytest.raises(FileFormatError, match=said) as caught:
        read(write("f.csv", content))
    assert (caught.value.line, caught.value.column) == (line, column)
