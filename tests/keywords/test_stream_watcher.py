"""The observer of the streams, against a real exchange process."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from libraries.market_data_keywords.watcher import StreamWatcher

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def venue() -> Iterator[dict[str, Any]]:
    process = subprocess.Popen([sys.executable, "-m", "libraries.mock_exchange"], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    with process:
        yield json.loads(process.stdout.readline())
        process.terminate()


def admin(venue: dict[str, Any], method: str, path: str) -> Any:
    headers = {"Authorization": f"Bearer {venue['admin_token']}"}
    return requests.request(method, f"{venue['admin_url']}/admin/{path}", headers=headers, timeout=10).json()


def test_an_observer_whose_connection_ended_says_so_and_does_not_wait(venue: dict[str, Any]) -> None:
    watcher = StreamWatcher(venue["stream_url"], ("btcusdt@trade",))
    try:
        own = [row for row in admin(venue, "GET", "connections") if row["peer"] == watcher.peer]
        assert [row["kind"] for row in own] == ["stream"]
        admin(venue, "DELETE", f"connections/{own[0]['id']}")
        with pytest.raises(AssertionError, match=r"btcusdt@trade should read on, its connection ended after 0 frames"):
            watcher.wait(20)
    finally:
        watcher.close()
