"""Takes the screenshots of the documents from a running `make ui`, with Debian's Chromium.

make run; make ui                          # in another terminal
.venv/bin/python docs/images/take.py [http://127.0.0.1:3000]
"""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import Page, ViewportSize, sync_playwright

CHROMIUM = "/usr/bin/chromium"
HERE = Path(__file__).parent
LOCATION = "orchestration.definitions"
WINDOW: ViewportSize = {"width": 2000, "height": 1000}


def take(page: Page, address: str, wait_for: str, name: str) -> None:
    """Write what the page shows, once it shows `wait_for` and has drawn its arrows."""
    page.goto(address, wait_until="domcontentloaded")
    page.wait_for_selector(f"text={wait_for}", timeout=90_000)
    page.wait_for_timeout(6_000)
    page.screenshot(path=HERE / name)


def main(address: str) -> None:
    """Write the pictures beside this file."""
    groups = f"{address}/locations/{LOCATION}/asset-groups"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport=WINDOW)
        take(page, f"{groups}/calibration/lineage", "item_calibration_candidate", "asset_graph.png")
        take(page, f"{address}/assets/item_calibration_candidate?view=checks", "fits_converged", "checks.png")
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:3000")
