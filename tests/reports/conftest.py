"""Reading a page back: its text, its tables, and whatever it would fetch."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "img", "br", "wbr", "link", "input", "hr"}
FETCHES = {"src", "href", "srcset", "action", "data", "poster", "background"}


@dataclass
class Page(HTMLParser):
    """A parsed page: `text`, rows of cells by table caption, and elements with their attributes."""

    text: str = ""
    elements: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    tables: dict[str, list[list[str]]] = field(default_factory=dict)
    unbalanced: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []
        self._rows: list[list[list[str]]] = []
        self._captions: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self._open.append(tag)
        if tag == "table":
            self._rows.append([])
            self._captions.append("")
        elif tag == "tr":
            self._rows[-1].append([])
        elif tag in ("td", "th"):
            self._rows[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.unbalanced.append(tag)
        if tag == "table":
            self.tables[self._captions.pop()] = [[text.strip() for text in row] for row in self._rows.pop()]

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("style", "script"):
            return
        words = re.sub(r"\s+", " ", data)
        self.text += words
        if self._open and self._open[-1] == "caption":
            self._captions[-1] += words
        elif {"td", "th"} & set(self._open) and self._rows and self._rows[-1] and self._rows[-1][-1]:
            self._rows[-1][-1][-1] += words

    def fetched(self) -> list[str]:
        """Addresses that a browser would load or lead to; pictures and places within the page excepted."""
        return [
            value
            for _, attributes in self.elements
            for name, value in attributes.items()
            if name in FETCHES and not value.startswith(("data:image/png;base64,", "#"))
        ]


def read(html: str) -> Page:
    """Parse a page; raises where its elements do not nest."""
    page = Page()
    page.feed(html)
    page.close()
    assert page.unbalanced == [], page.unbalanced
    return page


def assert_accessible(page: Page) -> None:
    """A language, one first heading, a text for each picture, a caption and scoped heads for each table."""
    tags = [tag for tag, _ in page.elements]
    assert ("html", {"lang": "en"}) in page.elements
    assert tags.count("h1") == 1
    assert all(attributes.get("alt") for tag, attributes in page.elements if tag == "img")
    assert tags.count("caption") == tags.count("table")
    assert all("scope" in attributes for tag, attributes in page.elements if tag == "th")
