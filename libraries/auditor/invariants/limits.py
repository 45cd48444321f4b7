"""I23: limits, by what reached the venue: the exposure of the account (R5) and the circuit breaker of order entry (R24).

R5 is recomputed for every entry that the venue accepted and whose valuation is on record: the top of its book stands beside its signal.
Other symbols have no such record, so an account that holds another traded asset then is not judged. What is left out (MARKET orders of
other symbols, slices that were not sent, legs of trades) only adds to exposure, so whatever is found is a violation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from libraries.auditor.amounts import ZERO, amount, truncate8
from libraries.auditor.examination import Examination
from libraries.auditor.fold import Fold
from libraries.auditor.invariants import circuits
from libraries.auditor.witnesses.journal import Event
from libraries.auditor.witnesses.rows import OrderRow
from libraries.auditor.world import World

MOST = Decimal("0.9")
"""R5: of the balance; another number of the configuration is on record as `risk.max_exposure`."""
_DOLLAR = "USDT"
_ENDED = frozenset({"FILLED", "CANCELLED", "EXPIRED", "REJECTED", "FAILED", "NOT_SENT"})


def within_limits(world: World) -> Examination:
    """I23: no entry that the venue accepted made more than `risk.max_exposure` of the balance open (R5); order entry was left alone while
    its circuit breaker was open (R24). Objects: accepted entries that can be valued, and order requests beside a circuit breaker."""
    found = Examination()
    _exposure(found, world)
    circuits.left_alone(found, world)
    return found


@dataclass
class _Books:
    """What the facts up to a moment say: the tables, the openings that are under way, and R5's part of the balance."""

    known: Fold = field(default_factory=Fold)
    under_way: set[str] = field(default_factory=set)
    most: Decimal = MOST

    def apply(self, event: Event) -> None:
        self.known.apply(event)
        if event.kind == "LimitsChanged":
            changed = [change for change in event.data.get("changes") or () if change.get("key") == "risk.max_exposure"]
            self.most = amount(changed[-1].get("after")) if changed else self.most
        elif event.kind == "OrderChanged" and event.data.get("after") in _ENDED:
            self.under_way.discard(str(event.data.get("client_order_id")))
        elif event.kind == "OrderIntended" and event.inner("order").get("purpose") == "ENTRY":
            self.under_way.add(str(event.inner("order").get("client_order_id")))

    def open_of(self, venue: str, symbol: str, market: Decimal) -> Decimal:
        """What all openings under way may still open: at their own price; MARKET ones of this symbol at `market`, of others at nothing,
        since their book is not on record."""
        total = ZERO
        for order in (self.known.orders[client_id] for client_id in self.under_way):
            key = (order.venue, order.symbol)
            price = order.price if order.order_type != "MARKET" else market if key == (venue, symbol) else None
            if price is not None and self.known.assets.get(key, ("", ""))[1] == _DOLLAR:
                total += truncate8((order.quantity - order.executed) * price)
        return total


def _exposure(found: Examination, world: World) -> None:
    accepted = {client_id for venue in world.venues.values() for client_id in venue.whole.orders}
    books = _Books()
    for event in world.journal.events:
        books.apply(event)
        client_id = str(event.inner("order").get("client_order_id")) if event.kind == "OrderIntended" else ""
        if client_id in accepted and client_id in books.under_way:
            order, signal = books.known.orders.get(client_id), _signal_of(world, event)
            if order is not None and signal is not None:
                _judge(found, books, order, signal)


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


def _judge(found: Examination, books: _Books, order: OrderRow, signal: Event) -> None:
    known, top, key = books.known, signal.inner("top"), (order.venue, order.symbol)
    base, quote = known.assets.get(key, ("", ""))
    position = known.positions[key].quantity if key in known.positions else ZERO
    closes_first = position != ZERO and (position > ZERO) is not (order.side == "BUY")
    if not top or order.multi_leg_id is not None or quote != _DOLLAR or closes_first or _something_else(known, order.venue, base):
        return
    found.look()
    bid = amount(top["bid"])
    middle = (bid + amount(top["ask"])) / 2
    equity = sum(
        (row.total * (1 if row.asset == _DOLLAR else middle) for row in known.balances.values() if row.asset in (base, _DOLLAR)), ZERO
    )
    opens = truncate8(abs(position) * middle) + books.open_of(*key, bid if order.side == "SELL" else middle)
    what = f"exposure with entry {order.client_order_id}"
    found.require(opens <= equity * books.most, what, f"at most {books.most} of {equity} (R5)", opens, signal.where)


def _something_else(known: Fold, venue: str, base: str) -> bool:
    """Whether the account holds a traded asset whose price at that moment is not on record."""
    traded = {asset for asset, _ in known.assets.values()}
    held = [(row.venue, row.asset) for row in known.balances.values() if row.total != ZERO and row.asset in traded]
    return any(pair != (venue, base) for pair in held)
