"""Reconciliation with a venue: its own word, read over REST, against our books (R30, X26, X37, X38).

First start: rules, opening balances and inventory targets are taken over. Later: missed fills are booked once, open and
closed orders are moved by proof, and then every asset's total must be equal. What blocks: an order or trade at the venue
that this engine never made, and, if it stays through three readings, an order of ours that the venue has lost or a
difference of totals; nothing trades on a state that nothing explains. A blocked venue is read again and again, so that it
comes back by itself once the cause is gone; `differences` has what an operator can do.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from genesis.core.commands import Alert, QueryOrder, Reconcile
from genesis.core.errors import BALANCES_DIFFER, FOREIGN_ACTIVITY
from genesis.core.events import AssetBalance, OrderNotFound, ReconcileFailed, VenueSnapshot
from genesis.core.facts import BalanceOpened, ConditionChanged, Reconciled
from genesis.core.fold import LASTING_CONDITION
from genesis.core.models import Fill, Knowledge, Order, PendingAction
from genesis.core.money import ZERO
from genesis.engine import lineage, venue_rules
from genesis.engine.booking import book_fills, settle_position
from genesis.engine.desk import Desk, Locks
from genesis.engine.differences import Differences, take_over
from genesis.engine.orders import catch_up, on_not_found, on_reported

MOST_DOUBTS = 3
"""Readings in a row after which a difference of totals blocks: balances and trades are not read in one instant."""
ANSWER_TIMES = 5
"""A reading that is not answered within this many answer timeouts is asked again."""


def ask_due(desk: Desk) -> None:
    """Ask every venue whose reading is due."""
    for venue, reconciling in desk.memory.reconciling.items():
        status = desk.memory.venues[venue]
        may_ask = status.orders and not status.key_refused
        if reconciling.due_ns is not None and reconciling.due_ns <= desk.now.mono_ns and may_ask:
            reconciling.due_ns = desk.after_ms(ANSWER_TIMES * desk.settings.timing.answer_timeout_ms)
            sent = [o for o in desk.state.open.by_id.values() if o.venue == venue and o.pending is not PendingAction.HOLD]
            unresolved = tuple((o.symbol, o.client_order_id) for o in sent)
            known = {symbol: last_known_trade(desk, venue, symbol) for symbol in desk.terms[venue].symbols}
            younger = lineage.last_known_orders(desk, venue)
            desk.send(Reconcile(venue=venue, unresolved=unresolved, trades_after=known, orders_after=younger))


def last_known_trade(desk: Desk, venue: str, symbol: str) -> int:
    """The trade id after which the venue's trades of our account are news; -1 = all."""
    before_us = int(desk.state.conditions.get(f"{venue}/{symbol}{LASTING_CONDITION}", "-1"))
    return max(before_us, desk.state.last_trade_id.get((venue, symbol), -1))


def on_failed(desk: Desk, event: ReconcileFailed) -> None:
    """The venue could not be read: again after a pause."""
    reconciling = desk.memory.reconciling[event.venue]
    if not desk.memory.venues[event.venue].reconciled:
        reconciling.due_ns = desk.after_ms(desk.settings.timing.reconcile_retry_ms)


def on_snapshot(desk: Desk, event: VenueSnapshot) -> list[Order]:
    """Take a reading in; the orders that it moved to their end."""
    status, reconciling = desk.memory.venues[event.venue], desk.memory.reconciling[event.venue]
    if not status.orders or status.reconciled or status.key_refused:
        return []
    first = not any(venue == event.venue for venue, _ in desk.state.balances)
    venue_rules.load(desk, event.venue, event.rules)
    if first:
        _open(desk, event)
    was_open = [order for order in desk.state.open.by_id.values() if order.venue == event.venue]
    adopted = [] if first else lineage.adopt(desk, event)
    repaired, trades = ([], []) if first else _book(desk, event)
    repaired = adopted + repaired
    if repaired:
        desk.trace("CP-R3")
    _move_orders(desk, event, repaired)
    reconciling.attempts += 1
    _judge(desk, event, trades, repaired)
    return [order for order in was_open if order.state.terminal]


def _judge(desk: Desk, event: VenueSnapshot, trades: list[Fill], repaired: list[str]) -> None:
    """Go on, or stay blocked by what is left unexplained; what an operator has answered for is taken over (X38)."""
    reconciling = desk.memory.reconciling[event.venue]
    found = Differences(
        trades=trades,
        orders=_foreign_orders(desk, event),
        lost=_lost_orders(desk, event),
        unlisted=[name for name in desk.terms[event.venue].symbols if desk.rules(event.venue, name) is None],
        totals=_differing_totals(desk, event),
    )
    differences, adopted = found.words(), reconciling.adopted
    reconciling.adopted = ()
    if differences and differences != adopted:
        _not_yet(desk, event.venue, found)
        return
    take_over(desk, event.venue, found)
    unknown = [o for o in desk.state.open.by_id.values() if o.venue == event.venue and o.knowledge is Knowledge.UNKNOWN]
    _done(desk, event.venue, [*repaired, *(f"adopted: {words}" for words in differences)], unknown)


def _open(desk: Desk, event: VenueSnapshot) -> None:
    """First sight of an account: its balances, the declared targets (undeclared: what is there), and the end of its past."""
    terms = desk.terms[event.venue]
    totals = {balance.asset: balance.free + balance.locked for balance in event.balances}
    for rules in desk.state.rules.values():
        if rules.venue == event.venue:
            totals.setdefault(rules.base, ZERO)
            totals.setdefault(rules.quote, ZERO)
    for asset in terms.targets:
        totals.setdefault(asset, ZERO)
    for asset, amount in sorted(totals.items()):
        target = terms.targets.get(asset, ZERO if asset == desk.settings.quote_asset else amount)
        desk.record(BalanceOpened(venue=event.venue, asset=asset, amount=amount, target=target, correlation_id=f"{event.venue}/{asset}"))
    for symbol in terms.symbols:
        past = [fill.trade_id for fill in event.fills if fill.symbol == symbol]
        if past:
            name = f"{event.venue}/{symbol}{LASTING_CONDITION}"
            desk.record(ConditionChanged(name=name, state=str(max(past)), detail="the account's last trade before us", correlation_id=name))


def _book(desk: Desk, event: VenueSnapshot) -> tuple[list[str], list[Fill]]:
    """Book missed fills once. (what was booked, trades that nobody here made)"""
    repaired: list[str] = []
    foreign: list[Fill] = []
    for fill in sorted(event.fills, key=lambda fill: (fill.venue_time_ms, fill.symbol, fill.trade_id)):
        order = desk.state.orders.get(fill.client_order_id)
        if order is not None:
            if book_fills(desk, order, (fill,)):
                catch_up(desk, order, "reconcile")
                if order.multi_leg_id is None:
                    settle_position(desk, order.venue, order.symbol, order.correlation_id)
                repaired.append(f"fill {fill.symbol} {fill.trade_id} of {fill.client_order_id}")
        elif not _of_the_past(desk, fill) and not (desk.state.forgot(fill.client_order_id) and desk.state.booked_before(fill)):
            foreign.append(fill)
    return repaired, foreign


def _of_the_past(desk: Desk, fill: Fill) -> bool:
    return fill.trade_id <= int(desk.state.conditions.get(f"{fill.venue}/{fill.symbol}{LASTING_CONDITION}", "-1"))


def _move_orders(desk: Desk, event: VenueSnapshot, repaired: list[str]) -> None:
    for seen in (*event.open_orders, *event.queried_orders):
        order = desk.state.orders.get(seen.client_order_id)
        if order is None or order.state.terminal:
            continue
        before = order.state
        on_reported(desk, seen.reported(event.venue, "reconcile"))
        if order.state is not before:
            repaired.append(f"order {order.client_order_id} {before} -> {order.state}")
        desk.trace("CP-R2")
    for client_order_id in event.missing_orders:
        if client_order_id in desk.state.open.by_id:
            on_not_found(desk, OrderNotFound(client_order_id=client_order_id, venue_time_ms=event.venue_time_ms))


def _foreign_orders(desk: Desk, event: VenueSnapshot) -> list[str]:
    """Orders open at the venue that we never made, or hold for ended."""
    found = []
    for seen in event.open_orders:
        order = desk.state.orders.get(seen.client_order_id)
        if order is None and desk.state.forgot(seen.client_order_id):
            found.append(f"open order {seen.client_order_id} on {seen.symbol} that has ended here")
        elif order is None:
            found.append(f"open order {seen.client_order_id!r} on {seen.symbol} that this engine never made")
        elif order.state.terminal and order.updated_ms < desk.now.wall_ms - desk.settings.timing.answer_timeout_ms:
            found.append(f"open order {seen.client_order_id} on {seen.symbol} that is {order.state} here")
    return found


def _lost_orders(desk: Desk, event: VenueSnapshot) -> list[str]:
    """Orders that we know to rest at the venue, and that it does not know any more (it was reset, or answers from an old copy)."""
    found = []
    for client_order_id in event.missing_orders:
        order = desk.state.open.by_id.get(client_order_id)
        if order is not None and order.venue_order_id is not None:
            found.append(f"order {client_order_id} on {order.symbol} is {order.state} here and unknown at the venue")
    return found


def _differing_totals(desk: Desk, event: VenueSnapshot) -> dict[str, tuple[Decimal, Decimal]]:
    """Asset -> (theirs, ours)."""
    theirs = {balance.asset: balance.free + balance.locked for balance in event.balances}
    ours = {asset: balance.total for (venue, asset), balance in desk.state.balances.items() if venue == event.venue}
    pairs = {asset: (theirs.get(asset, ZERO), ours.get(asset, ZERO)) for asset in sorted({*theirs, *ours})}
    return {asset: pair for asset, pair in pairs.items() if pair[0] != pair[1]}


def _done(desk: Desk, venue: str, repaired: list[str], unknown: list[Order]) -> None:
    status, reconciling = desk.memory.venues[venue], desk.memory.reconciling[venue]
    status.reconciled = True
    reconciling.due_ns, reconciling.attempts, reconciling.last_differences = None, 0, ()
    for key in [key for key in desk.memory.reported if key[0] == venue]:
        del desk.memory.reported[key]
    desk.memory.differing_locks.pop(venue, None)
    desk.memory.differing_since_ns.pop(venue, None)
    lineage.settled(desk, venue)
    result = "repaired" if repaired else "clean"
    desk.record(Reconciled(venue=venue, result=result, differences=tuple(repaired), correlation_id=venue))
    for order in unknown:
        desk.memory.order_deadlines[order.client_order_id] = desk.after_ms(desk.settings.timing.query_retry_ms)
        desk.send(QueryOrder(venue=order.venue, symbol=order.symbol, client_order_id=order.client_order_id))


def _not_yet(desk: Desk, venue: str, found: Differences) -> None:
    reconciling = desk.memory.reconciling[venue]
    reconciling.due_ns = desk.after_ms(desk.settings.timing.reconcile_retry_ms)
    differences = found.words()
    certain = bool(found.certain()) or reconciling.attempts >= MOST_DOUBTS
    if not certain or differences == reconciling.last_differences:
        return
    reconciling.last_differences, reconciling.adoptable = differences, found.adoptable()
    desk.trace("CP-R4")
    desk.record(Reconciled(venue=venue, result="blocked", differences=differences, correlation_id=venue))
    code = FOREIGN_ACTIVITY if found.certain() else BALANCES_DIFFER
    desk.error(code, f"{venue} is blocked: {'; '.join(differences)}. What helps: {found.help()}", venue)


def total_differs(desk: Desk, venue: str) -> list[str]:
    """Assets whose last reported total at the venue is not what we hold it to be now."""
    found = []
    for (of_venue, asset), theirs in desk.memory.reported.items():
        balance = desk.state.balances.get((of_venue, asset))
        if of_venue == venue and theirs.free + theirs.locked != (balance.total if balance is not None else ZERO):
            found.append(asset)
    return found


def locks_differ(desk: Desk, venue: str) -> Locks:
    """Assets of which the venue said last that open orders reserve another amount than we hold it to be: the end of an order was
    missed. Nothing is said while an order is under way there, since its part is reserved here before it is there."""
    found = {}
    for (of_venue, asset), theirs in desk.memory.reported.items():
        balance = desk.state.balances.get((of_venue, asset))
        ours = balance.locked if balance is not None else ZERO
        if of_venue == venue and theirs.locked != ours:
            found[asset] = (theirs.locked, ours)
    return found if found and not _under_way(desk, venue) else {}


def _under_way(desk: Desk, venue: str) -> bool:
    return any(
        order.venue == venue and (order.pending is not PendingAction.NONE or order.knowledge is Knowledge.UNKNOWN)
        for order in desk.state.open.by_id.values()
    )


def watch_balances(desk: Desk, venue: str, patience_ms: int) -> bool:
    """Whether the venue's word on balances has differed from ours for longer than `patience_ms` (X25: a fill, or an end, was missed).
    What is locked must differ by the same amounts all the time: orders come and go, and the news of them is on its way."""
    memory, totals, locks = desk.memory, total_differs(desk, venue), locks_differ(desk, venue)
    changed = memory.differing_locks.get(venue, {}) != locks
    memory.differing_locks[venue] = locks
    if not totals and (not locks or changed):
        memory.differing_since_ns.pop(venue, None)
    if not totals and not locks:
        return False
    since = memory.differing_since_ns.setdefault(venue, desk.now.mono_ns)
    if desk.now.mono_ns - since <= patience_ms * 1_000_000:
        return False
    del memory.differing_since_ns[venue]
    names = ", ".join(sorted({*totals, *locks}))
    desk.send(Alert(severity="warning", text=f"{venue}: its balances of {names} differ from ours; reading the venue"))
    return True


def note_balances(desk: Desk, venue: str, balances: Iterable[AssetBalance]) -> None:
    """Keep the venue's last word on balances for comparison; it is never copied into our accounting."""
    for balance in balances:
        desk.memory.reported[venue, balance.asset] = balance
