"""A real browser for the tests that look at pages."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from libraries.evidence.browsing.chromium import REQUIRE_VARIABLE, NoBrowser, chromium


@pytest.fixture(scope="module")  # Playwright's loop runs as long as it is open: another module may have loops of its own
def browser() -> Iterator[Browser]:
    """Skipped with the reason where there is none, red where the environment says GENESIS_REQUIRE_BROWSER=1."""
    try:
        with chromium() as started:
            yield started
    except NoBrowser as error:
        if os.environ.get(REQUIRE_VARIABLE) == "1":
            pytest.fail(f"{REQUIRE_VARIABLE}=1, but {error}")
        pytest.skip(str(error))
