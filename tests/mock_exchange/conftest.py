"""One exchange process per test module; each test takes accounts and symbols of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mock_exchange.venue_client import Process


@pytest.fixture(scope="module", autouse=True)
def _no_process_is_left() -> Iterator[None]:
    yield
    Process.end_all()


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    process = Process("--ledger", tmp_path_factory.mktemp("venue") / "ledger.jsonl")
    yield process
    assert process.terminate() == 0


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.jsonl"
