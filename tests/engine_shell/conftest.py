"""Logs of the shell's tests are those of the engine process: one JSON line each."""

from __future__ import annotations

import pytest

from genesis.core.money import install_context
from genesis.monitoring import logs


@pytest.fixture(scope="session", autouse=True)
def _as_in_the_process() -> None:
    logs.configure([])
    install_context()
