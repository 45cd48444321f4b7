"""Orders of ours that this journal does not know: it is younger than they are, for a backup was restored, or its end was lost (R26, X38).

The database has then taken another instance for its client order ids and keeps the names of before. Once under each new name the venue
is asked for all orders after the last one that the journal knows; those that bear a name of before are taken in as if their intent had
been read from the journal, with their trades, so that positions, balances and limits are what they were. What the orders were for is not
known any more: one that reduces the position counts as an exit, a stop at the venue as the position's stop.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from genesis.core.commands import Alert
from genesis.core.events import PlacedOrder, VenueSnapshot
from genesis.core.facts import ConditionChanged, OrderIntended
from genesis.core.fold import LINEAGE
from genesis.core.models import Order, OrderType, Purpose, Side, TimeInForce
from genesis.core.money import ZERO
from genesis.core.order_state_machine import OrderEvent
from genesis.core.portfolio import reserved_at_start
from genesis.engine.desk import Desk
from genesis.engine.orders import advance, on_reported

STRATEGY: Final = "external"
_ID: Final = re.compile(r"g(?P<instance>[a-z0-9]{6,})-[1-9]\d*")
_FROM_THE_FIRST: Final = 0


def last_known_orders(desk: Desk, venue: str) -> dict[str, int]:
    """Symbol -> the venue's number of the last order that the journal knows, if the venue is to be asked for later ones; else nothing."""
    if not desk.former or desk.state.conditions.get(_name(venue)) == desk.instance_id:
        return {}
    known = dict.fromkeys(desk.terms[venue].symbols, _FROM_THE_FIRST)
    for order in desk.state.orders.values():
        if order.venue == venue and order.symbol in known and order.venue_order_id is not None:
            known[order.symbol] = max(known[order.symbol], order.venue_order_id)
    return known


def adopt(desk: Desk, event: VenueSnapshot) -> list[str]:
    """Take in the orders that bear a name of before; what was taken in, in words."""
    adopted = []
    for seen in sorted(event.placed_orders, key=lambda order: (order.venue_time_ms, order.venue_order_id)):
        found = _ID.fullmatch(seen.client_order_id)
        unknown = seen.client_order_id not in desk.state.orders and desk.rules(event.venue, seen.symbol) is not None
        if unknown and found is not None and found["instance"] in desk.former:
            _take_in(desk, event, seen)
            adopted.append(f"order {seen.client_order_id} ({seen.side} {seen.symbol}, {seen.status}) is ours and was not in the journal")
    if adopted:
        desk.send(Alert(severity="critical", text=f"{event.venue}: the journal did not know {len(adopted)} orders of ours; {adopted[0]}"))
    return adopted


def settled(desk: Desk, venue: str) -> None:
    """The venue has been read under this name: it need not be asked again."""
    if last_known_orders(desk, venue):
        name, detail = _name(venue), f"orders of {', '.join(desk.former)} are taken in"
        desk.record(ConditionChanged(name=name, state=desk.instance_id, detail=detail, correlation_id=name))


def _name(venue: str) -> str:
    return f"{venue}{LINEAGE}"


def _take_in(desk: Desk, event: VenueSnapshot, seen: PlacedOrder) -> None:
    intended = _as_intended(desk, event.venue, seen)
    desk.record(OrderIntended(order=intended, correlation_id=intended.correlation_id))
    order = desk.state.orders[seen.client_order_id]
    advance(desk, order, OrderEvent.SENT, "reconcile", "not in the journal")
    trades = tuple(fill for fill in event.fills if fill.client_order_id == seen.client_order_id)
    on_reported(desk, seen.reported(event.venue, "reconcile", trades))


def _as_intended(desk: Desk, venue: str, seen: PlacedOrder) -> Order:
    rules = desk.rules(venue, seen.symbol)
    assert rules is not None, seen.symbol
    return Order(
        client_order_id=seen.client_order_id,
        venue=venue,
        symbol=seen.symbol,
        side=seen.side,
        order_type=OrderType(seen.order_type),
        time_in_force=TimeInForce(seen.time_in_force) if seen.order_type in _TIMED else None,
        quantity=seen.quantity,
        price=seen.price,
        stop_price=seen.stop_price,
        purpose=_purpose(desk, venue, seen),
        strategy=STRATEGY,
        correlation_id=f"adopted-{seen.client_order_id}",
        created_ms=seen.venue_time_ms,
        updated_ms=desk.now.wall_ms,
        reserved_asset=rules.base if seen.side is Side.SELL else rules.quote,
        reserved=_reserved(seen),
    )


_TIMED: Final = (OrderType.LIMIT, OrderType.STOP_LOSS_LIMIT)


def _purpose(desk: Desk, venue: str, seen: PlacedOrder) -> Purpose:
    if seen.order_type == OrderType.STOP_LOSS_LIMIT:
        return Purpose.STOP
    position = desk.position(venue, seen.symbol)
    held = position.quantity if position is not None else ZERO
    return Purpose.EXIT if (held > ZERO and seen.side is Side.SELL) or (held < ZERO and seen.side is Side.BUY) else Purpose.ENTRY


def _reserved(seen: PlacedOrder) -> Decimal:
    """A MARKET order is over by now: what it reserved is released at once."""
    if seen.side is Side.BUY and seen.price is None:
        return seen.cum_quote
    return reserved_at_start(seen.side, OrderType(seen.order_type), seen.quantity, seen.price or ZERO, ZERO)
