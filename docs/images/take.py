"""Takes the screenshots of the documents from a running `make ui`, with Debian's Chromium.

make run; make ui                          # in another terminal
.venv/bin/python docs/images/take.py [http://127.0.0.1:3000]

The tests open the same pages on an exam of their own (tests/orchestration/test_pages.py).
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

CHROMIUM = "/usr/bin/chromium"
HERE = Path(__file__).parent
LOCATION = "orchestration.definitions"
WINDOW: ViewportSize = {"width": 1600, "height": 900}


@dataclass(frozen=True)
class View:
    """A page below Dagster's address; `shows` are texts it must come to show, `press` a button before that.

    `picture`: it must also come to show a picture that was drawn by us, and the dialog that has it is what is taken.
    """

    name: str
    path: str
    shows: tuple[str, ...]
    press: str | None = None
    picture: bool = False


VIEWS = (
    View(
        "asset_graph.png",
        f"/locations/{LOCATION}/asset-groups/calibration/lineage",
        ("response_matrix", "simulation_gate", "item_stats_ctt"),  # longer names are cut
    ),
    View("checks.png", "/assets/item_calibration_candidate?view=checks", ("fits_converged", "a_in_range")),
    View(
        "plot.png",
        "/assets/item_calibration_candidate?view=overview",
        ("test information",),
        press="Show markdown",
        picture=True,
    ),
    View("gate.png", "/assets/simulation_gate?view=checks", ("no_worse_than_live",)),
)


def take(page: Page, address: str, view: View, folder: Path) -> Path:
    """Open a view, wait until it shows what it must and has drawn its arrows, and write what it shows."""
    page.goto(address + view.path, wait_until="domcontentloaded")
    if view.press is not None:
        page.get_by_text(view.press).first.click(timeout=90_000)
    for text in view.shows:
        page.get_by_text(text).first.wait_for(timeout=90_000)
    written = folder / view.name
    if view.picture:
        dialog = page.get_by_role("dialog").filter(has=page.locator("img[src^='data:image/png']")).first
        dialog.wait_for(timeout=90_000)
        page.wait_for_timeout(1_000)
        dialog.screenshot(path=written)
    else:
        page.wait_for_timeout(6_000)  # arrows and states come after the names
        page.screenshot(path=written)
    return written


def take_all(address: str, folder: Path) -> list[Path]:
    """Write every view below a folder."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport=WINDOW)
        written = [take(page, address, view, folder) for view in VIEWS]
        browser.close()
    return written


if __name__ == "__main__":
    take_all(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:3000", HERE)
