"""What corrupts a world, and the table of all corruptions; `audit_corruptions_*.py` fill it, `test_audit_violated.py` runs it."""

from __future__ import annotations

import json
from collections.abc import Callable

from tests.auditor.audit_kit import ACCOUNT, chain_hash
from tests.auditor.audit_scenario import Scenario

Corruption = Callable[[Scenario], object]
CASES: list[tuple[str, str, Corruption]] = []


def corrupts(violated: str) -> Callable[[Corruption], Corruption]:
    """Register a corruption with the invariants that it must violate; the first is the one it is about."""

    def register(corruption: Corruption) -> Corruption:
        CASES.append((violated, corruption.__name__, corruption))
        return corruption

    return register


def foreign_order(world: Scenario) -> None:
    terms = {"symbol": "BTCUSDT", "side": "BUY", "order_type": "LIMIT", "time_in_force": "GTC", "quantity": "0.1", "price": "90"}
    world.request(ACCOUNT, "by-hand", via="admin", **terms)
    world.order(ACCOUNT, 50, "by-hand", ("USDT", "9"), **terms)


def first_hash(world: Scenario) -> str:
    event = {**world.events[0], "payload": json.dumps(world.events[0]["payload"], separators=(",", ":"))}
    return chain_hash(event, "0" * 64)


def ask_for(world: Scenario, number: int) -> None:
    """A test asked for this order and was told that it exists."""
    say(world, "ok", "signal", signal_id=f"s-{number}", client_order_id=f"gabcdef-{number}")


def say(world: Scenario, op: str, action: str, **values: str) -> None:
    assert world.history is not None
    world.history.append({"op": op, "id": "h99", "action": action, "mono_ns": world.tick(), **values})
