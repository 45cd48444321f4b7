"""What tests of faults share: rules are armed and read back, and the venue's own record is asked."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.mock_exchange.venue_client import Client, Process

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
