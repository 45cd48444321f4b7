"""I29: what is not settled at one address or venue is not made again at another, and one bar of a strategy is not entered at two.

By the facts alone. `<venue>/address` names the address in use, on record only for a venue that has several; `<reserve>/reserve` says for
which venue it is the last resort and whether it takes entries (`STANDBY for binance`, `ACTIVE for binance`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from libraries.auditor.adoption import is_adopted
from libraries.auditor.examination import Examination
from libraries.auditor.invariants.trust import READ
from libraries.auditor.witnesses.journal import Event
from libraries.auditor.witnesses.rows import TERMINAL
from libraries.auditor.world import World

ADDRESS, RESERVE, ORDERS = "/address", "/reserve", "/orders"
_RESTS = "STOP_LOSS_LIMIT"
"""A stop that rests at its venue only closes what is there."""
_OF_A_BAR = re.compile(r"(?P<who>.+-[A-Z0-9]+)(@[a-z0-9_-]+?)?-(?P<closes_ms>\d+)-\d+")
"""The id of a signal that a strategy made of a bar: strategy, symbol, at a reserve its name, the bar's close, a number."""


@dataclass
class Open:
    """An order that has not ended, as far as the facts tell."""

    key: tuple[str, str]
    rests: bool
    unknown: bool = False


@dataclass
class Elsewhere:
    """What the engine had on record of its orders and of where it goes, fact by fact. A new process begins without conditions."""

    orders: dict[str, Open] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)  # venue with several -> the one in use
    unread: set[str] = field(default_factory=set)  # venues that were not read since their address changed
    duties: dict[str, tuple[str, str]] = field(default_factory=dict)  # reserve -> (duty, first venue)
    bars: dict[str, str] = field(default_factory=dict)  # bar of a strategy -> the venue at which it was entered

    def hear(self, event: Event) -> None:
        if event.kind == "EngineStarted":
            self.addresses.clear()
            self.duties.clear()
            self.unread.clear()
        elif event.kind == "ConditionChanged":
            self._condition(str(event.data["name"]), str(event.data["state"]))
        elif event.kind == "Reconciled" and event.data["result"] in READ:
            self.unread.discard(str(event.data["venue"]))
        elif event.kind == "OrderIntended":
            order = event.inner("order")
            key = str(order["venue"]), str(order["symbol"])
            self.orders[str(order["client_order_id"])] = Open(key, order.get("order_type") == _RESTS)
        elif event.kind == "OrderChanged":
            self._order(event)

    def _condition(self, name: str, state: str) -> None:
        if name.endswith(ADDRESS):
            venue = name.removesuffix(ADDRESS)
            if venue in self.addresses:
                self.unread.add(venue)
            self.addresses[venue] = state
        elif name.endswith(RESERVE):
            duty, _, first = state.partition(" for ")
            self.duties[name.removesuffix(RESERVE)] = duty, first

    def _order(self, event: Event) -> None:
        name = str(event.data["client_order_id"])
        if event.data["after"] in TERMINAL:
            self.orders.pop(name, None)
        elif name in self.orders:
            self.orders[name].unknown = event.data["knowledge"] == "UNKNOWN"

    def other(self, venue: str) -> str:
        """The venue for which it is the reserve, or its own reserve; "" = neither."""
        if venue in self.duties:
            return self.duties[venue][1]
        return next((reserve for reserve, (_, first) in self.duties.items() if first == venue), "")


def settled_first(world: World) -> Examination:
    """I29: an entry is intended at a venue with several addresses only when that venue was read by the one in use and no order of the
    symbol there is of unknown outcome; at a reserve only while it is ACTIVE; at either of two such venues only when no order of the symbol
    at the other one is open, resting stops aside; a strategy's bar at one of them only. Objects: entries at such venues.
    """
    return examined(world.journal.events)


def examined(events: Iterable[Event]) -> Examination:
    """As `settled_first`, of these facts."""
    found, known = Examination(), Elsewhere()
    for event in events:
        order = event.inner("order") if event.kind == "OrderIntended" else {}
        adopted = is_adopted(str(order.get("client_order_id")), event.correlation_id)
        if order.get("purpose") == "ENTRY" and not adopted:
            _judge(found, known, event, str(order["client_order_id"]), (str(order["venue"]), str(order["symbol"])))
        known.hear(event)
    return found


def _judge(found: Examination, known: Elsewhere, event: Event, name: str, key: tuple[str, str]) -> None:
    venue, symbol = key
    other = known.other(venue)
    if venue not in known.addresses and not other:
        return
    found.look()
    if venue in known.addresses:
        found.require(venue not in known.unread, f"reading of {venue} before order {name}", "by the address in use", "none", event.where)
        unknown = [client_id for client_id, order in known.orders.items() if order.key == key and order.unknown]
        what = f"orders of unknown outcome in {symbol} when {name} was intended"
        found.require(not unknown, what, "none", ", ".join(unknown), event.where)
    if venue in known.duties:
        found.equal(f"duty of the reserve {venue} when order {name} was intended", "ACTIVE", known.duties[venue][0], event.where)
    bar = _bar_of(event)
    if bar:
        found.equal(f"venue of what {name} enters of bar {bar}", known.bars.setdefault(bar, venue), venue, event.where)
    alive = [client_id for client_id, order in known.orders.items() if order.key == (other, symbol) and not order.rests]
    found.require(not alive, f"open orders in {symbol} at {other} when {name} was intended", "none", ", ".join(alive), event.where)


def _bar_of(event: Event) -> str:
    """The bar that a strategy's entry was made of; "" of a person's and of those made of a public trade."""
    told = _OF_A_BAR.fullmatch(event.correlation_id)
    return f"{told['who']}-{told['closes_ms']}" if told and event.inner("order").get("strategy") not in (None, "external") else ""
