"""What the tests of worlds share: processes that do not outlive a test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from libraries.world.processes import Children


@pytest.fixture
def children() -> Iterator[Children]:
    """None of them may die unannounced."""
    started = Children()
    yield started
    assert not started.unannounced_deaths()
    started.kill_all("end of the test")
