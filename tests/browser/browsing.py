"""A real browser on a built book: where Chromium is, how it is started, which pages there are."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

# Without these, Chromium asks its maker's servers for updates, and a page's own requests are lost among them.
QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """The path of an installed Chromium or Chrome; `LOWDIFF_CHROMIUM` names another one."""
    names = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
    return os.environ.get("LOWDIFF_CHROMIUM") or next(filter(None, map(shutil.which, names)), None)


@contextmanager
def browser() -> Iterator[Browser]:
    """A headless Chromium with an empty profile."""
    root = hasattr(os, "geteuid") and os.geteuid() == 0  # root has no sandbox
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=chromium(), args=QUIET + (["--no-sandbox"] if root else [])
        )
        try:
            yield started
        finally:
            started.close()


def pages(html: Path) -> list[str]:
    """Every page of the book, as a path below `html`."""
    return sorted(str(page.relative_to(html)) for page in html.rglob("*.html") if "_static" not in page.parts)
