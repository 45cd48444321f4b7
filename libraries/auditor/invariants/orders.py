"""I07 bijection, I08 at most once, I09 equal fills, I10 executed quantities, I12 no limbo."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal

from libraries.auditor.amounts import ZERO
from libraries.auditor.examination import Examination
from libraries.auditor.witnesses.ledger import VenueFill, VenueOrder
from libraries.auditor.witnesses.rows import ABSENT, FillRow, OrderRow
from libraries.auditor.world import Venue, World

STATE_OF_STATUS = {
    "NEW": "OPEN",
    "PARTIALLY_FILLED": "PARTIALLY_FILLED",
    "FILLED": "FILLED",
    "CANCELED": "CANCELLED",
    "EXPIRED": "EXPIRED",
    "EXPIRED_IN_MATCH": "EXPIRED",
}
"""The venue's word for a status -> the engine's (domain.md, States)."""

SEEN_AT_VENUE = frozenset(STATE_OF_STATUS.values())
"""States that an order can only have if the venue accepted it."""


def bijection(world: World) -> Examination:
    """I07: the orders the venue accepted from the account and the engine's orders are the same, by client order id.

    Accepted -> the engine has it, with the same terms, and not as REJECTED, FAILED or NOT_SENT. The engine has it in any
    other state -> the venue accepted it; of a dead engine this is asked only of states that the venue alone can have
    caused. Objects: client order ids.
    """
    found = Examination()
    rows = world.store.order_by_id
    for venue in world.venues.values():
        ours = {order.client_order_id for order in world.store.orders if order.venue == venue.name}
        for client_id in sorted(ours | venue.whole.orders.keys()):
            found.look()
            accepted = venue.whole.orders.get(client_id)
            row = rows.get(client_id)
            if accepted is None:
                if row is not None:
                    _ghost(found, world, row, venue)
            elif row is None or row.venue != venue.name:
                where = f"ledger {venue.name} line {accepted[0].line}"
                found.fail("order accepted by the venue", f"a row {client_id} of {venue.name} in orders", "no row", where)
            else:
                _same_order(found, row, accepted[0], venue)
    return found


def _ghost(found: Examination, world: World, row: OrderRow, venue: Venue) -> None:
    must_exist = row.state not in ABSENT if world.agreed else row.state in SEEN_AT_VENUE
    if must_exist:
        found.fail(
            "order of the engine", f"accepted by {venue.name}", f"never accepted, state {row.state}", f"orders {row.client_order_id}"
        )


def _same_order(found: Examination, row: OrderRow, order: VenueOrder, venue: Venue) -> None:
    where = f"orders {row.client_order_id}; ledger {venue.name} line {order.line}"
    if row.state in ABSENT:
        found.fail("state of an order that the venue accepted", "not " + ", ".join(sorted(ABSENT)), row.state, where)
    for name in ("symbol", "side", "order_type", "quantity", "price"):
        found.equal(f"{name} of the order", getattr(row, name), getattr(order, name), where)
    if row.time_in_force is not None:
        found.equal("time in force of the order", row.time_in_force, order.time_in_force, where)
    if row.venue_order_id is not None:
        found.equal("venue's order id", order.order_id, row.venue_order_id, where)


def at_most_once(world: World) -> Examination:
    """I08: each intent is minted once and accepted at most once, at one venue, whatever the retries. Objects: client order ids."""
    found = Examination()
    accepted: dict[str, list[str]] = defaultdict(list)
    for venue in world.venues.values():
        for client_id, orders in venue.whole.orders.items():
            accepted[client_id] += [f"ledger {venue.name} line {order.line}" for order in orders]
        placed = [request for request in venue.whole.requests if request.action == "place" and request.outcome == "accepted"]
        for name, times in Counter(request.client_order_id for request in placed).items():
            if name is not None:
                found.require(times <= 1, f"accepted requests for {name}", "at most 1", times, f"ledger {venue.name}")
    minted = {client_id: [event.where for event in events] for client_id, events in world.journal.intents.items()}
    for client_id in sorted(accepted.keys() | minted.keys() | world.store.order_by_id.keys()):
        found.look()
        for what, places in (("accepted orders", accepted.get(client_id, [])), ("intents", minted.get(client_id, []))):
            found.require(len(places) <= 1, f"{what} with client order id {client_id}", "at most 1", len(places), "; ".join(places))
    return found


FILL_FIELDS = ("client_order_id", "side", "price", "quantity", "quote_quantity", "fee", "fee_asset", "maker", "venue_time_ms")


def equal_fills(world: World) -> Examination:
    """I09: the account's fills at the venue and the engine's fill rows are the same set, equal in every field, none twice.

    Of a dead engine: each of its fills is at the venue. Objects: fills, each counted once.
    """
    found = Examination()
    for venue in world.venues.values():
        rows = {(row.symbol, row.trade_id): row for row in world.store.fills if row.venue == venue.name}
        theirs: dict[tuple[str, int], VenueFill] = {}
        for fill in venue.whole.fills:
            key = (fill.symbol, fill.trade_id)
            if key in theirs:
                first = theirs[key].line
                found.fail(f"trade {fill.trade_id} of {fill.symbol}", "once", "twice", f"ledger {venue.name} lines {first}, {fill.line}")
            theirs[key] = fill
        for key, row in rows.items():
            found.look()
            _same_fill(found, row, theirs.get(key), venue)
        seen = {(fill.symbol, fill.trade_id) for fill in venue.seen.fills}
        for key in sorted(theirs.keys() - rows.keys()):
            found.look(int(world.agreed and key in seen))
            if world.agreed and key in seen:
                where = f"ledger {venue.name} line {theirs[key].line}"
                found.fail(f"fill {key[1]} of {key[0]}", "a row in fills", "no row", where)
    return found


def _same_fill(found: Examination, row: FillRow, fill: VenueFill | None, venue: Venue) -> None:
    where = f"fills {row.venue} {row.symbol} {row.trade_id}"
    if fill is None:
        found.fail("fill of the engine", f"a trade of the account in the ledger of {venue.name}", "no such trade", where)
        return
    for name in FILL_FIELDS:
        found.equal(f"{name} of the fill", getattr(fill, name), getattr(row, name), f"{where}; ledger line {fill.line}")


def executed_quantities(world: World) -> Examination:
    """I10: on both sides the sum of an order's fills = executed <= quantity and the sum of their quotes = cum_quote; the two
    sides agree, and the stored state is the one the venue's status means. Of a dead engine: the venue may be ahead of an
    order that is not terminal in the engine. Objects: orders, engine's and venue's each.
    """
    found = Examination()
    filled: dict[str, tuple[Decimal, Decimal]] = defaultdict(lambda: (ZERO, ZERO))
    for fill in world.store.fills:
        quantity, quote = filled[fill.client_order_id]
        filled[fill.client_order_id] = (quantity + fill.quantity, quote + fill.quote_quantity)
    for row in world.store.orders:
        found.look()
        where = f"orders {row.client_order_id}"
        found.equal("sum of the order's fills = executed", filled[row.client_order_id][0], row.executed, where)
        found.equal("sum of the fills' quotes = cum_quote", filled[row.client_order_id][1], row.cum_quote, where)
        found.require(row.executed <= row.quantity, "executed", f"at most {row.quantity}", row.executed, where)
    for venue in world.venues.values():
        for order in venue.whole.every_order:
            found.look()
            _executed_at_venue(found, order, venue)
        for order in venue.seen.every_order if world.agreed else venue.whole.every_order:
            twin = world.store.order_by_id.get(order.client_order_id)
            if twin is not None:
                _both_sides(found, world, twin, order, venue)
    return found


def _executed_at_venue(found: Examination, order: VenueOrder, venue: Venue) -> None:
    for said in order.said:
        where = f"ledger {venue.name} line {said.line}"
        found.equal(f"executed of {order.client_order_id} = sum of its trades", said.traded, said.executed, where)
        found.equal(f"cum_quote of {order.client_order_id} = sum of its trades", said.traded_quote, said.cum_quote, where)
    if order.quantity is None:
        return
    where = f"ledger {venue.name} line {order.line}"
    found.require(
        order.executed <= order.quantity, f"executed of {order.client_order_id}", f"at most {order.quantity}", order.executed, where
    )
    if order.status == "FILLED":
        whole = order.quantity - order.prevented
        found.equal(f"executed of the filled {order.client_order_id}", whole, order.executed, where)


def _both_sides(found: Examination, world: World, row: OrderRow, order: VenueOrder, venue: Venue) -> None:
    where = f"orders {row.client_order_id}; ledger {venue.name} line {order.line}"
    means = STATE_OF_STATUS.get(order.status, order.status)
    if world.agreed or row.terminal:
        found.equal("executed in the engine = at the venue", order.executed, row.executed, where)
        found.equal("cum_quote in the engine = at the venue", order.cum_quote, row.cum_quote, where)
        found.equal(f"state (the venue says {order.status})", means, row.state, where)
    else:
        found.require(row.executed <= order.executed, "executed in the engine", f"at most {order.executed}", row.executed, where)


def no_limbo(world: World) -> Examination:
    """I12: once quiet (or cleanly stopped) no order waits: pending NONE, KNOWN, not PENDING and not SUBMITTED.

    Objects: orders of an engine that is quiet or stopped cleanly; a dead one may leave limbo behind.
    """
    found = Examination()
    if not world.agreed:
        return found
    for order in world.store.orders:
        found.look()
        where = f"orders {order.client_order_id}"
        found.equal("pending action", "NONE", order.pending, where)
        found.equal("knowledge", "KNOWN", order.knowledge, where)
        found.require(order.state not in ("PENDING", "SUBMITTED"), "state", "neither PENDING nor SUBMITTED", order.state, where)
    return found
