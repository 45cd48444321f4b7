"""I16 write-ahead, I17 no half transaction, I18 health of the store."""

from __future__ import annotations

import re

from libraries.auditor import adoption
from libraries.auditor.amounts import optional
from libraries.auditor.examination import Examination
from libraries.auditor.moments import apart
from libraries.auditor.witnesses.journal import Event, Journal
from libraries.auditor.witnesses.ledger import VenueRequest
from libraries.auditor.world import Venue, World


def write_ahead(world: World) -> Examination:
    """I16: each order request that the venue received from the account, accepted or refused, has an OrderIntended with its
    client order id, made before the bytes were read (`mono_ns` < `received_ns`) and durable by then: the commit that covers
    it had returned (`committed_ns` <= `received_ns`), where the process lived long enough to write that down. Each cancel
    request for an order of the engine has, likewise, an OrderChanged to pending CANCEL. All processes share the monotonic
    clock of the machine. An adopted order, of which the journal says that it learnt later, was at the venue before, and the engine
    mints under another instance since. Requests by the exchange's admin interface are not the engine's. Objects: requests.
    """
    found = Examination()
    for venue in world.venues.values():
        for request in venue.whole.requests:
            if request.via == "admin":
                continue
            if request.action == "place":
                found.look()
                _placed(found, world, venue.name, request)
            elif str(request.client_order_id) in world.store.order_by_id:
                found.look()
                _cancelled(found, world, venue.name, request)
        _requested(found, world, venue)
    return found


def _placed(found: Examination, world: World, venue: str, request: VenueRequest) -> None:
    client_id = str(request.client_order_id)
    adopted = adoption.adopted_intent(world.journal, client_id)
    if adopted is not None:
        adoption.examine(found, world.journal, request, adopted, f"ledger {venue} line {request.line}; {adopted.where}")
        return
    intents = world.journal.intents.get(client_id, [])
    _explained(found, world.journal, venue, request, intents)
    if intents:
        _as_intended(found, venue, request, intents[0])


def _cancelled(found: Examination, world: World, venue: str, request: VenueRequest) -> None:
    client_id = str(request.client_order_id)
    adopted = adoption.adopted_intent(world.journal, client_id)
    if adopted is None or request.received_ns >= adopted.mono_ns:
        asked = [event for event in world.journal.changes.get(client_id, []) if event.data.get("pending") == "CANCEL"]
        _explained(found, world.journal, venue, request, asked)


def _requested(found: Examination, world: World, venue: Venue) -> None:
    """No order of the engine is at the venue without a request."""
    asked = {request.client_order_id for request in venue.whole.requests if request.action == "place"}
    for order in venue.whole.every_order:
        ours = order.client_order_id in world.journal.intents
        if ours and adoption.adopted_intent(world.journal, order.client_order_id) is None:
            known, where = order.client_order_id in asked, f"ledger {venue.name} line {order.line}"
            found.require(known, f"order {order.client_order_id} at the venue", "a request for it in the ledger", "none", where)


def _as_intended(found: Examination, venue: str, request: VenueRequest, intent: Event) -> None:
    order = intent.inner("order")
    where = f"ledger {venue} line {request.line}; {intent.where}"
    for name in ("symbol", "side", "order_type", "time_in_force"):
        if name == "time_in_force" and order.get(name) is None:
            continue  # the venue fills in its own
        found.equal(f"{name} of the request for {request.client_order_id} = as intended", order.get(name), getattr(request, name), where)
    for name in ("quantity", "price"):
        intended = optional(order.get(name))
        found.equal(f"{name} of the request for {request.client_order_id} = as intended", intended, getattr(request, name), where)


def _explained(found: Examination, journal: Journal, venue: str, request: VenueRequest, facts: list[Event]) -> None:
    where = f"ledger {venue} line {request.line}"
    kind = "OrderIntended" if request.action == "place" else "OrderChanged to pending CANCEL"
    what = f"{request.action} request for {request.client_order_id}"
    if not facts:
        found.fail(what, f"an {kind} fact", "none", where)
        return
    first = min(facts, key=lambda event: event.seq)
    where = f"{where}; {first.where}"
    made_before = first.mono_ns < request.received_ns
    decided = f"decided {apart(first.mono_ns, request.received_ns)} its bytes were read"
    found.require(made_before, f"{kind} before the {what}", "decided before", decided, where)
    committed = journal.committed_ns(first.seq)
    if committed is not None:
        durable = committed <= request.received_ns
        on_disk = f"on disk {apart(committed, request.received_ns)} the venue had read its bytes"
        found.require(durable, f"{kind} durable before the {what}", "on disk by then", on_disk, where)


def no_half_transaction(world: World) -> Examination:
    """I17: rows and facts exist together or not at all: OrderIntended and orders row, OrderFilled and fills row, BalanceOpened
    and balances row, one each; every fill has its order row, balances of both assets and of the fee, and (unless it
    belongs to a multi-leg trade) its position row. Objects: orders, fills, balances.
    """
    found = Examination()
    store, journal = world.store, world.journal
    orders = [str(event.inner("order").get("client_order_id")) for event in journal.by_kind["OrderIntended"]]
    _one_each(found, "orders", "OrderIntended", [row.client_order_id for row in store.orders], orders)
    fills = [_fill_name(event.inner("fill")) for event in journal.by_kind["OrderFilled"]]
    _one_each(found, "fills", "OrderFilled", [f"{row.venue} {row.symbol} {row.trade_id}" for row in store.fills], fills)
    opened = [f"{event.data.get('venue')} {event.data.get('asset')}" for event in journal.by_kind["BalanceOpened"]]
    _one_each(found, "balances", "BalanceOpened", [f"{row.venue} {row.asset}" for row in store.balances], opened)
    balances = {(row.venue, row.asset) for row in store.balances}
    positions = {(row.venue, row.symbol) for row in store.positions}
    for fill in store.fills:
        where = f"fills {fill.venue} {fill.symbol} {fill.trade_id}"
        order = store.order_by_id.get(fill.client_order_id)
        if not found.require(order is not None, "order of the fill", f"a row {fill.client_order_id} in orders", "no row", where):
            continue
        for asset in {*world.folded.assets.get((fill.venue, fill.symbol), ()), fill.fee_asset}:
            found.require((fill.venue, asset) in balances, "balance of the fill", f"a row of {asset} in balances", "no row", where)
        if order is not None and order.multi_leg_id is None:
            found.require((fill.venue, fill.symbol) in positions, "position of the fill", "a row in positions", "no row", where)
    return found


def _fill_name(fill: dict[str, object]) -> str:
    return f"{fill.get('venue')} {fill.get('symbol')} {fill.get('trade_id')}"


def _one_each(found: Examination, table: str, kind: str, rows: list[str], facts: list[str]) -> None:
    found.look(len(rows))
    found.equal(f"number of {kind} facts and of rows in {table}", len(facts), len(rows), table)
    for name in sorted(set(rows) - set(facts)):
        found.fail(f"row of {table}", f"an {kind} fact for {name}", "none", f"{table} {name}")
    for name in sorted(set(facts) - set(rows)):
        found.fail(f"{kind} fact", f"a row {name} in {table}", "no row", table)


def healthy_store(world: World) -> Examination:
    """I18: integrity_check and foreign_key_check are clean, the journal mode is WAL, and triggers forbid to change or delete
    events. (`synchronous` belongs to a connection; the engine asserts its own.) Objects: the four checks.
    """
    found = Examination()
    health = world.store.health
    found.look(4)
    found.equal("integrity_check", "ok", "; ".join(health.integrity), "database")
    found.equal("foreign_key_check", "no violation", "; ".join(health.foreign_keys) or "no violation", "database")
    found.equal("journal_mode", "wal", health.journal_mode, "database")
    for action in ("UPDATE", "DELETE"):
        guarded = re.search(rf"\bBEFORE\s+{action}\b.*\bRAISE\b", health.event_triggers, re.IGNORECASE | re.DOTALL)
        found.require(
            guarded is not None, f"trigger against {action} of events", "a BEFORE trigger that raises", "none", "schema of events"
        )
    return found
