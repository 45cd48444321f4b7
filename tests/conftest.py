"""What holds for every test."""

from __future__ import annotations

import pytest
from hypothesis import settings

from tests.auditor.corruption_count import CorruptionCount

# An example may take as long as a shared machine makes it take: how fast something is is measured by benchmarks.
settings.register_profile("genesis", deadline=None)
settings.load_profile("genesis")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(CorruptionCount(config.rootpath / "results"))
