"""Where a Chromium is on this machine. It is driven by Playwright, which is told to use it: nothing is downloaded."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Error, sync_playwright

VARIABLE = "GENESIS_CHROMIUM"
"""The program, where it is none of `NAMES` on the path."""
REQUIRE_VARIABLE = "GENESIS_REQUIRE_BROWSER"
"""1 = a machine without a browser is an error, not a reason to skip."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


class NoBrowser(Exception):
    """There is none, or it does not start; says what to do."""


def find() -> str:
    """The program.

    Raises:
        NoBrowser: none is installed, or the one that is named is none.
    """
    named = os.environ.get(VARIABLE)
    for name in [named] if named else NAMES:
        if program := shutil.which(name):
            return program
    if named:
        raise NoBrowser(f"{VARIABLE} must be a program that can be run, got {named}")
    raise NoBrowser(
        f"expected one of {', '.join(NAMES)} on the path, found none; install one (Debian: apt-get install chromium) or set {VARIABLE}"
    )


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium, closed at the end.

    Raises:
        NoBrowser: none is installed, or it does not start.
    """
    program = find()
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(executable_path=program)
        except Error as error:
            first = str(error).strip().partition("\n")[0]
            raise NoBrowser(f"{program} was found, but does not start: {first}") from None
        try:
            yield browser
        finally:
            browser.close()
