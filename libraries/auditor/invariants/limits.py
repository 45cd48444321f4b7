"""I23: limits, by what reached the venue: the exposure of the account (R5) and the circuit breaker of order entry (R24).

R5 is recomputed for every entry that the venue accepted and whose valuation is on record: the top of its book stands beside its signal.
Other symbols have no such record: what is open of them counts at the lowest middle that their book had by then, and what is held of them
at the highest, by the orders of the venue's ledger. What is left out (MARKET orders of other symbols, legs of trades) only adds to
exposure, so whatever is found is a violation. R4 is counted at the same moments, R3 and R22 too (`recount`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from libraries.auditor.amounts import ZERO, amount, truncate8
from libraries.auditor.examination import Examination
from libraries.auditor.fold import Fold
from libraries.auditor.invariants import circuits
from libraries.auditor.invariants.recount import Recount, entry_allowed
from libraries.auditor.witnesses.journal import Event
from libraries.auditor.witnesses.rows import OrderRow
from libraries.auditor.world import World

MOST = Decimal("0.9")
"""R5: of the balance; another number of the configuration is on record as `risk.max_exposure`."""
_DOLLAR = "USDT"
_ENDED = frozenset({"FILLED", "CANCELLED", "EXPIRED", "REJECTED", "FAILED", "NOT_SENT"})


def within_limits(world: World) -> Examination:
    """I23: no entry that the venue accepted made more than `risk.max_exposure` of the balance open (R5) or opened more positions than its
    tier may have (R4), and none was accepted once the day's loss, counted again, had reached what blocks entries (R3, R22); order entry
    was left alone while its circuit breaker was open (R24). Objects: accepted entries that can be valued, accepted entries that open a new
    position, entries whose day's loss can be counted, and order requests beside a circuit breaker."""
    found = Examination()
    _exposure(found, world)
    circuits.left_alone(found, world)
    return found


@dataclass
class _Books:
    """What the facts up to a moment say: the tables, the openings that are under way, and R5's part of the balance."""

    known: Fold = field(default_factory=Fold)
    under_way: set[str] = field(default_factory=set)
    unsent: dict[str, tuple[tuple[str, str], Decimal]] = field(default_factory=dict)  # slices of parents, at their own price
    most: Decimal = MOST
    day: Recount = field(init=False)

    def __post_init__(self) -> None:
        self.day = Recount(self.known)

    def apply(self, event: Event) -> None:
        self.known.apply(event)
        self.day.apply(event)
        if event.kind == "LimitsChanged":
            changed = [change for change in event.data.get("changes") or () if change.get("key") == "risk.max_exposure"]
            self.most = amount(changed[-1].get("after")) if changed else self.most
        elif event.kind == "OrderChanged" and event.data.get("after") in _ENDED:
            self.under_way.discard(str(event.data.get("client_order_id")))
        elif event.kind == "OrderIntended" and event.inner("order").get("purpose") == "ENTRY":
            self.under_way.add(str(event.inner("order").get("client_order_id")))
        elif event.kind == "ParentChanged":
            self._parent(event.inner("parent"))

    def _parent(self, parent: dict[str, Any]) -> None:
        self.unsent.pop(str(parent.get("parent_id")), None)
        if parent.get("state") == "WORKING" and parent.get("arrival_price") is not None:
            left = sum((amount(part) for part in parent["slices"][len(parent["orders"]) :]), ZERO)
            key = (str(parent["venue"]), str(parent["symbol"]))
            self.unsent[str(parent["parent_id"])] = (key, left * amount(parent["arrival_price"]))

    def open_of(self, venue: str, symbol: str, market: Decimal) -> Decimal:
        """What all openings under way may still open: at their own price; MARKET ones of this symbol at `market`, of others at nothing,
        since their book is not on record."""
        total = ZERO
        for order in (self.known.orders[client_id] for client_id in self.under_way):
            key = (order.venue, order.symbol)
            price = order.price if order.order_type != "MARKET" else market if key == (venue, symbol) else None
            if price is not None and self.known.assets.get(key, ("", ""))[1] == _DOLLAR:
                total += truncate8((order.quantity - order.executed) * price)
        slices = (worth for key, worth in self.unsent.values() if self.known.assets.get(key, ("", ""))[1] == _DOLLAR)
        return total + truncate8(sum(slices, ZERO))

    def occupied(self, but: str) -> set[tuple[str, str]]:
        """The symbols of which something is open or on its way in, that order left out."""
        held = {key for key, position in self.known.positions.items() if position.quantity != ZERO}
        orders = (self.known.orders[client_id] for client_id in self.under_way if client_id != but)
        return held | {(order.venue, order.symbol) for order in orders} | {key for key, _ in self.unsent.values()}


def _exposure(found: Examination, world: World) -> None:
    accepted = {client_id for venue in world.venues.values() for client_id in venue.whole.orders}
    books = _Books()
    for event in world.journal.events:
        books.apply(event)
        client_id = str(event.inner("order").get("client_order_id")) if event.kind == "OrderIntended" else ""
        if client_id in accepted and client_id in books.under_way:
            order, signal = books.known.orders.get(client_id), _signal_of(world, event)
            if order is not None and signal is not None and order.multi_leg_id is None:
                _judge(found, world, books, order, signal)
                _count_positions(found, books, order, signal)
                entry_allowed(found, books.day, event, _beside(order, signal), signal.where)


def _beside(order: OrderRow, signal: Event) -> dict[tuple[str, str], Decimal]:
    """The middle of the order's book, which stands beside its signal."""
    top = signal.inner("top")
    return {(order.venue, order.symbol): (amount(top["bid"]) + amount(top["ask"])) / 2} if top else {}


def _count_positions(found: Examination, books: _Books, order: OrderRow, signal: Event) -> None:
    """R4: with one that opens a new position, no more are open than the tier may have."""
    most, others = books.day.limits.get(f"risk.tiers.{books.day.tier}.open_positions"), books.occupied(order.client_order_id)
    if most is not None and (order.venue, order.symbol) not in others:
        found.look()
        number = len(others) + 1
        found.require(
            number <= int(most), f"open positions with entry {order.client_order_id}", f"at most {most} (R4)", number, signal.where
        )


def _signal_of(world: World, intent: Event) -> Event | None:
    """The signal that this entry was decided for at once, on the book beside it: in between are only facts of that decision, which are of
    one instant or of one correlation id."""
    for seq in range(intent.seq - 1, 0, -1):
        event = world.journal.by_seq.get(seq)
        if event is None or event.kind in ("OrderIntended", "ParentChanged"):
            return None
        if event.correlation_id != intent.correlation_id and event.mono_ns != intent.mono_ns:
            return None
        if event.kind == "SignalReceived":
            return event if event.correlation_id == intent.correlation_id else None
    return None


def _judge(found: Examination, world: World, books: _Books, order: OrderRow, signal: Event) -> None:
    known, top, key = books.known, signal.inner("top"), (order.venue, order.symbol)
    base, quote = known.assets.get(key, ("", ""))
    position = known.positions[key].quantity if key in known.positions else ZERO
    closes_first = position != ZERO and (position > ZERO) is not (order.side == "BUY")
    if not top or quote != _DOLLAR or closes_first:
        return
    others = _others(world, known, (order.venue, base), signal)
    if others is None:
        return
    found.look()
    (middle,) = _beside(order, signal).values()
    most_equity, least_open = others
    ours = (row for row in known.balances.values() if row.asset == _DOLLAR or (row.venue, row.asset) == (order.venue, base))
    equity = most_equity + sum((row.total * (1 if row.asset == _DOLLAR else middle) for row in ours), ZERO)
    opens = least_open + truncate8(abs(position) * middle) + books.open_of(*key, amount(top["bid"]) if order.side == "SELL" else middle)
    what = f"exposure with entry {order.client_order_id}"
    found.require(opens <= equity * books.most, what, f"at most {books.most} of {equity} (R5)", opens, signal.where)


def _others(world: World, known: Fold, but: tuple[str, str], signal: Event) -> tuple[Decimal, Decimal] | None:
    """(the most that all other traded assets can be worth, the least that is open of them), by the books that the venue's ledger gives;
    None where it gives none."""
    worth = least_open = ZERO
    for (venue, symbol), (base, quote) in known.assets.items():
        held = known.balances.get((venue, base))
        if quote != _DOLLAR or (venue, base) == but or held is None or held.total == ZERO:
            continue
        middles = world.middles(venue, symbol, signal.mono_ns)
        if not middles:
            return None
        worth += held.total * max(middles)
        position = known.positions.get((venue, symbol))
        least_open += abs(position.quantity) * min(middles) if position is not None else ZERO
    return worth, truncate8(least_open)
