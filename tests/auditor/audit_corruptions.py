"""What corrupts a world, and the table of all corruptions; `audit_corruptions_*.py` fill it, `test_audit_violated.py` runs it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import NamedTuple

from tests.auditor.audit_kit import ACCOUNT, chain_hash
from tests.auditor.audit_scenario import Scenario, consistent_world, with_history

Corruption = Callable[[Scenario], object]


class Case(NamedTuple):
    """`violated`: ids of exactly the invariants that the corruption violates; `about` is the first of them. `says`: a part of what the
    report then says of that one. `engine`: how the engine of that world stands."""

    violated: str
    corruption: Corruption
    says: str
    of: Callable[[], Scenario]
    engine: str

    @property
    def about(self) -> str:
        return self.violated.split(maxsplit=1)[0]

    @property
    def name(self) -> str:
        return str(self.corruption.__name__)  # type: ignore[attr-defined]


CASES: list[Case] = []


def told_world() -> Scenario:
    return with_history(consistent_world())


def corrupts(
    violated: str, says: str = "", of: Callable[[], Scenario] = told_world, engine: str = "quiesced"
) -> Callable[[Corruption], Corruption]:
    """Register a corruption of the world `of`."""

    def register(corruption: Corruption) -> Corruption:
        CASES.append(Case(violated, corruption, says, of, engine))
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
