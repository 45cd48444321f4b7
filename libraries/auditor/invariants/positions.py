"""I04: positions recomputed from the fills by the auditor's own arithmetic."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from libraries.auditor.amounts import ZERO, amount
from libraries.auditor.average_cost import Lot, book
from libraries.auditor.examination import Examination
from libraries.auditor.invariants.multi_leg import bounds, closed_trades, pairs_held_whole
from libraries.auditor.invariants.stops import positions_protected, resting_stops
from libraries.auditor.witnesses.journal import Event
from libraries.auditor.witnesses.rows import FillRow
from libraries.auditor.world import World

Key = tuple[str, str]


def positions(world: World) -> Examination:
    """I04: quantity, cost and realised profit of each position = average cost over its fill rows (R31).

    Fills of orders with a multi-leg id belong to no position. Dust facts take their place in the order of the journal; each
    must name exactly what was left, and that must really be dust (valued at the last fill's price; what a stop finds too small
    is valued at a trigger price that no fact names, so up to twice the least notional passes). Closed multi-leg trades, pairs and
    open stops are examined beside. Objects: positions, dust facts, closed multi-leg trades, pairs that were entered whole, open stops.
    """
    found = Examination()
    lots: dict[Key, Lot] = defaultdict(Lot)
    prices: dict[Key, Decimal] = {}
    for step in _steps(world):
        if isinstance(step, Event):
            _dust(found, world, step, lots, prices)
            continue
        key = (step.venue, step.symbol)
        assets = world.folded.assets.get(key)
        if assets is None:
            found.fail(
                f"rules of {step.symbol}", "a RulesLoaded fact that names base and quote", "none", f"fills {step.venue} {step.trade_id}"
            )
            continue
        book(lots[key], step, *assets)
        prices[key] = step.price
    rows = {(row.venue, row.symbol): row for row in world.store.positions}
    for key in sorted(rows.keys() | {key for key, lot in lots.items() if lot != Lot()}):
        found.look()
        where = f"positions {key[0]} {key[1]}"
        row, lot = rows.get(key), lots[key]
        if row is None:
            found.fail("position", f"a row with quantity {lot.quantity}", "no row", where)
            continue
        found.equal("quantity of the position", lot.quantity, row.quantity, where)
        found.equal("cost of the position", lot.cost, row.cost, where)
        found.equal("realised profit of the position", lot.realised, row.realised, where)
    closed_trades(found, world)
    pairs_held_whole(found, world)
    resting_stops(found, world)
    positions_protected(found, world)
    return found


def _steps(world: World) -> Iterator[FillRow | Event]:
    """Fill rows and dust facts in the order of the journal; rows that no fact mentions come last."""
    alone = {order.client_order_id for order in world.store.orders if order.multi_leg_id is not None}
    rows = {(row.venue, row.symbol, row.trade_id): row for row in world.store.fills if row.client_order_id not in alone}
    for event in world.journal.events:
        if event.kind == "OrderFilled":
            fill = event.inner("fill")
            row = rows.pop((str(fill.get("venue")), str(fill.get("symbol")), int(fill.get("trade_id", -1))), None)
            if row is not None:
                yield row
        elif event.kind == "TargetAdjusted" and event.data.get("reason") == "dust":
            yield event
    yield from sorted(rows.values(), key=lambda row: (row.venue_time_ms, row.trade_id))


def _dust(found: Examination, world: World, event: Event, lots: dict[Key, Lot], prices: dict[Key, Decimal]) -> None:
    data = event.data
    key = (str(data.get("venue")), str(data.get("symbol")))
    lot = lots[key]
    found.look()
    found.equal("quantity that leaves as dust", lot.quantity, amount(data.get("quantity")), event.where)
    found.equal("cost that leaves as dust", lot.cost, amount(data.get("cost")), event.where)
    found.equal("move of the inventory target", lot.quantity, amount(data.get("amount")), event.where)
    step, least = bounds(world, key, event.seq)
    size = abs(lot.quantity)
    tradable = size >= step and size * prices.get(key, ZERO) >= 2 * least
    found.require(not tradable, "dust", f"below the step {step} or worth less than {least}", size, event.where)
    lot.quantity = lot.cost = ZERO
