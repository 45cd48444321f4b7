"""What tests of faults share: rules are armed and read back, and the venue's own record is asked."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from tests.mock_exchange.venue_client import DEADLINE_S, Client, Process

T = TypeVar("T")
PLACE = {"operation": "order.place"}


def arm(exchange: Process, **rule: Any) -> str:
    answer = exchange.admin("POST", "faults", rule)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["ids"][0])


def hits(exchange: Process, rule_id: str) -> int:
    return next(each["hits"] for each in exchange.admin("GET", "faults").json()["rules"] if each["id"] == rule_id)


def orders(exchange: Process, client: Client) -> list[dict[str, Any]]:
    return list(exchange.admin("GET", f"orders?account={client.name}").json())


def fault_lines(exchange: Process, rule_id: str) -> list[dict[str, Any]]:
    path = Path(exchange.admin("GET", "ledger").json()["path"])
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    return [line for line in lines if line["type"] == "fault" and line["rule"] == rule_id]


def eventually(read: Callable[[], T], what: str) -> T:
    """What `read` gives, as soon as it gives anything: some records are written after the answer left, or when the client is gone."""
    deadline = time.monotonic() + DEADLINE_S
    while not (found := read()):
        assert time.monotonic() < deadline, f"expected {what} within {DEADLINE_S} s, it did not come"
    return found
