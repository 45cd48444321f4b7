"""One page as a reader sees it: pictures, console, network, links, width, contrast."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, Page, ViewportSize

Scheme = Literal["light", "dark"]
LAPTOP, PHONE = 1366, 390
"""Widths in CSS pixels."""
CONTRAST = 3.0
"""The least contrast of a text with what is behind it: WCAG 2.1, 1.4.3 for large and 1.4.11 for graphical texts."""
UNFOLD = "() => document.querySelectorAll('details').forEach((each) => { each.open = true; })"
"""What is folded is looked at too."""
_HEIGHT = 900
_SETTLED_MS = 400
"""Robot's pages and the dashboard draw themselves after they are loaded."""
_STILL_MS = 1_500
"""The dashboard's bars grow for a second."""
_LOCAL = ("file:", "data:", "blob:", "about:")
_SEEN = (Path(__file__).parent / "seen.js").read_text(encoding="utf-8").replace("CONTRAST", str(CONTRAST))


@dataclass(frozen=True)
class Look:
    """What was seen. Empty sequences are what is wished for."""

    title: str
    pictures: int
    """How many are shown."""
    broken: Sequence[str]
    """Pictures that show nothing."""
    errors: Sequence[str]
    """Of the console, and exceptions that nobody caught."""
    requests: Sequence[str]
    """Addresses outside of this machine's files that the page asked for."""
    overflow: int
    """Pixels by which the page is wider than the window."""
    wide: Sequence[str]
    """What sticks out."""
    faint: Sequence[str]
    """Texts with less than `CONTRAST`."""
    dead_links: Sequence[str]
    """Links to files, or places in this page, that do not exist."""


def look(browser: Browser, file: Path, *, width: int, scheme: Scheme, prepare: str = UNFOLD) -> Look:
    """Open a page of a run without a network. `prepare`: a script that is run first."""
    page = _page(browser, width, scheme)
    errors: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: None if request.url.startswith(_LOCAL) else requests.append(request.url))
    try:
        show(page, file, prepare)
        seen: dict[str, Any] = page.evaluate(_SEEN)
    finally:
        page.context.close()
    dead = [*seen["dangling"], *_dead_files(file, seen["links"])]
    return Look(
        seen["title"],
        seen["pictures"],
        seen["broken"],
        errors,
        requests,
        seen["overflow"],
        seen["wide"],
        seen["faint"],
        dead,
    )


def shoot(browser: Browser, file: Path, *, width: int, height: int, scheme: Scheme, prepare: str = "") -> bytes:
    """A PNG of the window, without what stands below it."""
    page = _page(browser, width, scheme)
    try:
        page.set_viewport_size({"width": width, "height": height})
        show(page, file, prepare)
        page.wait_for_timeout(_STILL_MS)
        return page.screenshot()
    finally:
        page.context.close()


def show(page: Page, file: Path, prepare: str = "") -> None:
    """Open a page and wait until it has drawn itself."""
    page.goto(file.resolve().as_uri())
    page.wait_for_load_state("networkidle")
    if prepare:
        page.evaluate(prepare)
    page.wait_for_timeout(_SETTLED_MS)


def _page(browser: Browser, width: int, scheme: Scheme) -> Page:
    phone = width <= PHONE  # a page without a viewport of its own is laid out wider and shrunk, as phones do
    size = ViewportSize(width=width, height=_HEIGHT)
    return browser.new_context(viewport=size, color_scheme=scheme, offline=True, is_mobile=phone, has_touch=phone).new_page()


def _dead_files(page: Path, links: Sequence[str]) -> list[str]:
    """Relative links whose file is not there."""
    parts = [(link, urlsplit(link)) for link in links]
    paths = [(link, unquote(part.path)) for link, part in parts if part.path and part.scheme in ("", "file")]
    return [link for link, path in paths if not (page.parent / path).exists()]
