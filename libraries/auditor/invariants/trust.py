"""I25: nothing is entered on data that cannot be trusted."""

from __future__ import annotations

from dataclasses import dataclass, field

from libraries.auditor.adoption import is_adopted
from libraries.auditor.examination import Examination
from libraries.auditor.witnesses.journal import Event
from libraries.auditor.world import World

_OPENS = frozenset({"ENTRY", "LEG"})
READ = frozenset({"clean", "repaired"})
_NEVER = "never heard of"


@dataclass
class Outside:
    """What the journal's process knew of its venues, fact by fact. A new process knows nothing."""

    conditions: dict[str, str] = field(default_factory=dict)
    readings: dict[str, str] = field(default_factory=dict)  # venue -> result of the reading since its orders channel came up

    def hear(self, event: Event) -> None:
        if event.kind == "EngineStarted":
            self.conditions.clear()
            self.readings.clear()
        elif event.kind == "ConditionChanged":
            name = str(event.data["name"])
            self.conditions[name] = str(event.data["state"])
            if name.endswith("/orders"):
                self.readings.pop(name.removesuffix("/orders"), None)
        elif event.kind == "Reconciled":
            self.readings[str(event.data["venue"])] = str(event.data["result"])


def trusted_data(world: World) -> Examination:
    """I25: when an order that opens or increases something was intended, its book was whole, the market channel and the orders
    channel (user data) were up, the venue had been read since without a difference that nobody could explain, and its signal
    was decided on the top of a book. Exits and stops are never held up by doubts; what was adopted left earlier. Objects: orders that
    open something.
    """
    found, outside = Examination(), Outside()
    for event in world.journal.events:
        outside.hear(event)
        adopted = is_adopted(str(event.inner("order").get("client_order_id")), event.correlation_id)
        if event.kind == "OrderIntended" and event.inner("order").get("purpose") in _OPENS and not adopted:
            found.look()
            _trusted(found, outside, event)
            _seen(found, world, event)
    return found


def _trusted(found: Examination, outside: Outside, event: Event) -> None:
    order = event.inner("order")
    name, venue, symbol = (str(order.get(key)) for key in ("client_order_id", "venue", "symbol"))
    for what, condition in (
        ("its book", f"{venue}/{symbol}/book"),
        ("the market channel", f"{venue}/market"),
        ("the orders channel", f"{venue}/orders"),
    ):
        found.equal(f"{what} when order {name} was intended", "UP", outside.conditions.get(condition, _NEVER), event.where)
    reading = outside.readings.get(venue, _NEVER)
    found.require(reading in READ, f"the venue's state when order {name} was intended", "clean or repaired", reading, event.where)


def _seen(found: Examination, world: World, event: Event) -> None:
    order = event.inner("order")
    for signal in world.journal.signals.get(str(order.get("correlation_id")), ())[:1]:
        what = f"the book that order {order.get('client_order_id')} was decided on"
        found.require(bool(signal.inner("top")), what, "the top of a book", "none", signal.where)
