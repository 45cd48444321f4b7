"""Logs of the shell's tests are those of the engine process, one JSON line each; a world with a control API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from genesis.core.money import install_context
from genesis.monitoring import logs
from tests.engine_shell.api_world import World


@pytest.fixture(scope="session", autouse=True)
def _as_in_the_process() -> None:
    logs.configure([])
    install_context()


@pytest_asyncio.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    made = World(tmp_path)
    await made.open()
    yield made
    await made.close()
