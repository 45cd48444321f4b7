"""A part of I20: entries while they are blocked, cancelling everything, and emergency closes (R23, R34, kill switch)."""

from __future__ import annotations

from decimal import Decimal

from libraries.auditor.amounts import amount
from libraries.auditor.examination import Examination
from libraries.auditor.invariants.day import OVERRIDABLE
from libraries.auditor.witnesses.journal import Event
from libraries.auditor.world import World

STRATEGY = "emergency-close"
_OPENING = frozenset({"ENTRY", "LEG"})
_COLLAR = Decimal("0.02")
"""R34: the most that a limit may be away from the side of the book that it takes."""
_UNTIL_RELEASED = 0


def halts_kept(found: Examination, world: World) -> None:
    """No order that opens risk was intended while entries were blocked; a block by time did not end before its time; orders that were
    cancelled together had all ended when that was said. Objects: halts, and orders cancelled together."""
    halts: dict[str, int] = {}
    cancelling: dict[str, list[str]] = {}
    overridden_until = 0
    for event in world.journal.events:
        if event.kind == "HaltBegan":
            found.look()
            halts[str(event.inner("halt").get("kind"))] = int(event.inner("halt").get("until_ms") or _UNTIL_RELEASED)
        elif event.kind == "HaltEnded":
            _ended(found, event, halts)
        elif event.kind == "OrderIntended" and event.inner("order").get("purpose") in _OPENING:
            _not_blocked(found, event, halts, overridden_until)
        elif event.kind == "OverrideBegan":
            overridden_until = int(event.data["until_ms"])
        elif event.kind == "CancelAllBegan":
            found.look()
            cancelling[str(event.data["run_id"])] = [str(name) for name in event.data["orders"]]
        elif event.kind == "CancelAllEnded":
            _all_ended(found, world, event, cancelling)


def _ended(found: Examination, event: Event, halts: dict[str, int]) -> None:
    kind = str(event.data["halt"])
    found.require(kind in halts, "end of a halt", f"a {kind} that began", "none", event.where)
    until = halts.pop(kind, _UNTIL_RELEASED)
    found.require(int(event.data["at_ms"]) >= until, f"end of {kind}", f"at least {until}", event.data["at_ms"], event.where)


def _not_blocked(found: Examination, event: Event, halts: dict[str, int], overridden_until: int) -> None:
    at_ms = int(event.inner("order").get("created_ms") or event.wall_ms)
    lifted = OVERRIDABLE if at_ms < overridden_until else frozenset()
    blocking = sorted(kind for kind, until in halts.items() if (until == _UNTIL_RELEASED or at_ms < until) and kind not in lifted)
    found.require(not blocking, "order that opens risk", "none while entries are blocked", ", ".join(blocking), event.where)


def _all_ended(found: Examination, world: World, event: Event, cancelling: dict[str, list[str]]) -> None:
    terminal = {"FILLED", "CANCELLED", "REJECTED", "EXPIRED", "FAILED", "NOT_SENT"}
    for name in cancelling.pop(str(event.data["run_id"]), []):
        changes = [change for change in world.journal.changes.get(name, []) if change.seq < event.seq]
        state = str(changes[-1].data["after"]) if changes else "PENDING"
        found.require(state in terminal, f"order {name} when everything was cancelled", "ended", state, event.where)


def closes_explained(found: Examination, world: World) -> None:
    """One emergency close at a time; each of its orders is the LIMIT IOC that its attempt says, at most the position, and at most the
    collar away from the book (R34). Objects: emergency closes and their attempts."""
    under_way = ""
    for event in world.journal.events:
        if event.kind == "EmergencyCloseBegan":
            found.look()
            found.equal("emergency close under way when another begins", "", under_way, event.where)
            under_way = str(event.data["run_id"])
        elif event.kind == "EmergencyCloseAttempted":
            found.look()
            found.equal("emergency close of an attempt", under_way, event.data["run_id"], event.where)
            _attempt(found, world, event)
        elif event.kind == "EmergencyCloseEnded":
            found.equal("emergency close that ends", under_way, event.data["run_id"], event.where)
            under_way = ""


def _attempt(found: Examination, world: World, event: Event) -> None:
    step, name = event.inner("step"), str(event.data["client_order_id"])
    position, quantity = amount(step["position"]), amount(step["quantity"])
    reference, price = amount(step["reference"]), amount(step["price"])
    sells = step["side"] == "SELL"
    found.require(sells is (position > 0), "side of an emergency exit", "against the position", str(step["side"]), event.where)
    if sells:  # a buy-back has the base fee on top
        found.require(quantity <= position, "quantity of an emergency exit", f"at most {position}", quantity, event.where)
    away, most = reference - price if sells else price - reference, _COLLAR * reference  # no quotient: it need not be exact
    found.require(away <= most, "distance of an emergency exit from the book", f"at most {most}", away, event.where)
    for intent in world.journal.intents.get(name, []):
        order = intent.inner("order")
        said = (step["side"], str(step["quantity"]), str(step["price"]), "LIMIT", "IOC", "EXIT")
        is_it = tuple(str(order.get(key)) for key in ("side", "quantity", "price", "order_type", "time_in_force", "purpose"))
        found.equal(f"order {name} of an emergency close", said, is_it, intent.where)
