"""Orders: minting, sending, cancelling, and what the venue says of them, whatever the channel (R26, I08-I12).

One rule holds them together: the executed quantity of an order is the sum of its booked fills. A report that claims more
than we have booked is incomplete: the order becomes UNKNOWN and is queried, and no terminal state is taken over before
every fill is booked.
"""

from __future__ import annotations

from copy import copy
from decimal import Decimal

from genesis.core.commands import Alert, CancelOrder, PlaceOrder, QueryOrder
from genesis.core.errors import FOREIGN_ACTIVITY, ILLEGAL_TRANSITION, ORDER_NOT_FOUND, ORDER_REJECTED
from genesis.core.events import (
    CancelRefused,
    OrderNotFound,
    OrderRefused,
    OrderReported,
    OrderSent,
    OutcomeUnknown,
    SendRefused,
)
from genesis.core.facts import OrderChanged, OrderIntended
from genesis.core.models import Knowledge, Order, OrderState, PendingAction
from genesis.core.money import ZERO, text
from genesis.core.order_state_machine import VENUE_EVENTS, OrderEvent, PendingEvent, pending_after, step
from genesis.core.portfolio import reservation
from genesis.engine import absence, slippage, venue_rules
from genesis.engine.booking import book_fills, executed_of, settle_position
from genesis.engine.desk import Desk

SENT_AGAIN = "proven absent, sent again"
TIMED_AGAIN = "refused for its time stamp, sent again"
"""A refusal that proves that nothing was done: with a newer time stamp the same request is made once more (X34)."""
CANCEL_TIMED_AGAIN = "cancel refused for its time stamp, asked again"
_MARKS = (SENT_AGAIN, TIMED_AGAIN)
MOST_CANCELS = 5
CANCEL_NOT_SENT = 0
"""The code of a cancel that the gateway could not send: not a byte left."""
_TIME_STAMP = -1021
_NEW_ORDER_REJECTED, _TOO_LITTLE = -2010, "insufficient balance"


def mint(desk: Desk) -> str:
    """The next client order id; it is used up once its intent is recorded (R26)."""
    return f"g{desk.instance_id}-{desk.state.next_order_number}"


def intend(desk: Desk, order: Order) -> None:
    """Record the intent and hand the order out; it leaves when the intent is durable (I16). One that a resting stop is in the way of
    (R6) is held, with nothing reserved, until `release`."""
    in_the_way = stops_in_the_way(desk, order)
    if in_the_way:
        order.pending, order.reserved = PendingAction.HOLD, ZERO
    desk.record(OrderIntended(order=order, arrival=slippage.arrival_price(desk, order), correlation_id=order.correlation_id))
    desk.trace("CP-O2")
    desk.memory.intended_ns[order.client_order_id] = desk.now.mono_ns
    _hand_out(desk, order, in_the_way)


def _hand_out(desk: Desk, order: Order, in_the_way: list[Order]) -> None:
    """The order leaves, or the stops in its way are cancelled first."""
    for stop in in_the_way:
        cancel(desk, stop, "send")
    if not in_the_way:
        desk.send(PlaceOrder(order=copy(order)))


def stops_in_the_way(desk: Desk, order: Order) -> list[Order]:
    """Resting stops of the order's symbol and side: both executed they would close the position twice. Legs have inventory of their own."""
    if order.rests_as_stop or order.multi_leg_id is not None:
        return []
    return [stop for stop in desk.resting_stops(order.venue, order.symbol) if stop.side is order.side]


def release(desk: Desk, order: Order, reserved: Decimal) -> None:
    """A held order leaves: nothing is in its way any more."""
    change(desk, order, order.state, PendingEvent.RELEASED, "send", reserves=reserved)
    desk.send(PlaceOrder(order=copy(order)))


def change(
    desk: Desk,
    order: Order,
    after: OrderState,
    beside: PendingEvent | None,
    source: str,
    *,
    reason: str = "",
    venue_order_id: int | None = None,
    reserves: Decimal | None = None,
) -> None:
    """Record an order's new condition if it differs from the old. `reserves`: what it reserves from now on, if that is not what
    remains of it."""
    executed, cum_quote = executed_of(desk, order.client_order_id)
    event = PendingEvent.ENDED if after.terminal else beside
    pending, knowledge = pending_after(order, event) if event is not None else (order.pending, order.knowledge)
    remaining = ZERO if after.terminal else order.quantity - executed
    nothing = after.terminal or pending is PendingAction.HOLD
    reserved = ZERO if nothing else reserves if reserves is not None else reservation(order, remaining)
    fact = OrderChanged(
        client_order_id=order.client_order_id,
        before=order.state,
        after=after,
        pending=pending,
        knowledge=knowledge,
        venue_order_id=venue_order_id if venue_order_id is not None else order.venue_order_id,
        executed=executed,
        cum_quote=cum_quote,
        reserved=reserved,
        reason=_kept_reason(order, reason),
        source=source,
        changed_ms=desk.now.wall_ms,
        correlation_id=order.correlation_id,
    )
    if _condition(order) == (after, pending, knowledge, fact.venue_order_id, executed, fact.reason):
        return
    arrival = desk.state.arrivals.get(order.client_order_id)
    desk.record(fact)
    if after.terminal:
        _forget(desk, order.client_order_id)
        slippage.look(desk, order, arrival)


def _condition(order: Order) -> tuple[OrderState, PendingAction, Knowledge, int | None, Decimal, str]:
    return order.state, order.pending, order.knowledge, order.venue_order_id, order.executed, order.reason


def _kept_reason(order: Order, reason: str) -> str:
    """Once an order was sent again, that is never forgotten: for each cause it happens once."""
    if not reason:
        return order.reason
    return "; ".join([*(mark for mark in _MARKS if mark in order.reason and mark not in reason), reason])


def _forget(desk: Desk, client_order_id: str) -> None:
    memory = desk.memory
    memory.lost.discard(client_order_id)
    for known in (memory.order_deadlines, memory.intended_ns, memory.signed_ms, memory.first_absent, memory.cancel_wanted):
        known.pop(client_order_id, None)


def known_order(desk: Desk, client_order_id: str, what: str) -> Order | None:
    """Our order of that id; an unknown id is recorded as an error. Of one that ended and is forgotten nothing is news."""
    order = desk.state.orders.get(client_order_id)
    if order is None and not desk.state.forgot(client_order_id):
        desk.error(FOREIGN_ACTIVITY, f"{what} of order {client_order_id!r}, which this engine never made", client_order_id)
    return order


def advance(desk: Desk, order: Order, event: OrderEvent, source: str, reason: str = "") -> None:
    """Move an order by the table; an illegal event is recorded and moves nothing."""
    after = step(order.state, event)
    if after is None:
        _illegal(desk, order, f"{event} is illegal in state {order.state} ({source}) {reason}".rstrip())
        return
    change(desk, order, after, None, source, reason=reason)


def _illegal(desk: Desk, order: Order, what: str) -> None:
    desk.error(ILLEGAL_TRANSITION, f"order {order.client_order_id}: {what}", order.correlation_id)


def on_sent(desk: Desk, event: OrderSent) -> Order | None:
    order = known_order(desk, event.client_order_id, "sending")
    if order is None:
        return None
    desk.memory.intended_ns.pop(order.client_order_id, None)
    if not order.state.terminal:
        desk.memory.order_deadlines[order.client_order_id] = desk.after_ms(desk.settings.timing.answer_timeout_ms)
        desk.memory.signed_ms[order.client_order_id] = event.signed_ms
    advance(desk, order, OrderEvent.SENT, "send")
    return order


def on_send_refused(desk: Desk, event: SendRefused) -> Order | None:
    order = known_order(desk, event.client_order_id, "refused sending")
    if order is None:
        return None
    advance(desk, order, _end_unsent(order), "send", event.reason)
    return order


def _end_unsent(order: Order) -> OrderEvent:
    """What became of an order of which not a byte left now: if it was to be sent a second time, the first time decides."""
    if TIMED_AGAIN in order.reason:
        return OrderEvent.REJECTED
    return OrderEvent.ABSENT if SENT_AGAIN in order.reason else OrderEvent.NOT_SENT


def on_refused(desk: Desk, event: OrderRefused) -> Order | None:
    order = known_order(desk, event.client_order_id, "refusal")
    if order is None:
        return None
    reason = f"{event.code} {event.message}"
    if event.code == _TIME_STAMP and _may_be_timed_again(desk, order):
        _time_again(desk, order, reason)
        return order
    advance(desk, order, OrderEvent.REJECTED, "answer", reason)
    desk.send(Alert(severity="warning", text=f"{ORDER_REJECTED}: {order.client_order_id}: {reason}"))
    venue_rules.on_refused(desk, order.venue, event.code)
    if event.code == _NEW_ORDER_REJECTED and _TOO_LITTLE in event.message:
        distrust(desk, order.venue)  # by our books it sufficed: one of the two is wrong (X38)
    return order


def _may_be_timed_again(desk: Desk, order: Order) -> bool:
    """Whether the same order is sent once more after -1021: it is the first time, and nobody wants it cancelled by now."""
    waits = order.state is OrderState.SUBMITTED and order.pending is PendingAction.NEW
    return waits and TIMED_AGAIN not in order.reason and order.client_order_id not in desk.memory.cancel_wanted


def _time_again(desk: Desk, order: Order, reason: str) -> None:
    """On record before it leaves (I16), and looked at like a new one: an entry that must not leave by then stays refused."""
    desk.memory.order_deadlines.pop(order.client_order_id, None)
    desk.memory.intended_ns[order.client_order_id] = desk.now.mono_ns
    change(desk, order, order.state, PendingEvent.ASKED_AGAIN, "answer", reason=f"{TIMED_AGAIN}: {reason}")
    desk.send(PlaceOrder(order=copy(order)))


def on_reported(desk: Desk, event: OrderReported) -> Order | None:
    """Book the fills of a report and move the order by it. None if the order is not ours."""
    order = known_order(desk, event.client_order_id, f"report {event.status}")
    if order is None:
        _report_without_order(desk, event)
        return None
    if event.fills and event.source == "stream" and order.pending is PendingAction.NEW:
        desk.trace("CP-F5")
    booked = book_fills(desk, order, event.fills)
    if booked and executed_of(desk, order.client_order_id)[0] == order.quantity:
        desk.trace("CP-F6")
    _take_over(desk, order, event)
    if (booked or order.state.terminal) and order.multi_leg_id is None:
        settle_position(desk, order.venue, order.symbol, order.correlation_id)
    return order


def _report_without_order(desk: Desk, event: OrderReported) -> None:
    """Of an order that is forgotten a report is late, unless it tells of a trade that is not booked: then, as for an order that never was
    ours, the venue is read again, and blocks while its trades are not ours."""
    forgotten = desk.state.forgot(event.client_order_id)
    unbooked = [str(fill.trade_id) for fill in event.fills if not desk.state.booked_before(fill)]
    if forgotten and unbooked:
        detail = f"order {event.client_order_id}, trade {', '.join(unbooked)} on {event.symbol}: expected none after its end, long ago"
        desk.error(ILLEGAL_TRANSITION, detail, event.client_order_id)
    if unbooked or not forgotten:
        distrust(desk, event.venue)


def _take_over(desk: Desk, order: Order, event: OrderReported) -> None:
    word = VENUE_EVENTS.get(event.status)
    if word is None:
        _not_believed(desk, order, event, f"expected one of {sorted(VENUE_EVENTS)}, got status {event.status!r}")
        return
    executed = executed_of(desk, order.client_order_id)[0]
    if order.state.terminal:
        _take_over_after_end(desk, order, event, word, executed)
        return
    if event.executed > order.quantity:
        _not_believed(desk, order, event, f"expected at most {text(order.quantity)} executed, got {text(event.executed)}")
        return
    if event.executed > executed:
        _incomplete(desk, order, event, executed)
        return
    word = _by_arithmetic(desk, order, event, word, executed)
    after = step(order.state, word)
    if after is None:
        _illegal(desk, order, f"{event.status} is illegal in state {order.state} ({event.source}) {event.reason}".rstrip())
        return
    was_incomplete = order.knowledge is Knowledge.UNKNOWN and order.pending is PendingAction.NONE
    beside = PendingEvent.DECIDED if was_incomplete else PendingEvent.ALIVE
    change(desk, order, after, beside, event.source, reason=event.reason, venue_order_id=event.venue_order_id)
    _after_alive(desk, order, event)


def _not_believed(desk: Desk, order: Order, event: OrderReported, what: str) -> None:
    """A report that is nonsense (or whose status is newer than this program): what was booked stands, and what became of the order is
    asked for. It is said once for as long as the venue says the same, and not asked again before the next deadline."""
    waits = order.knowledge is Knowledge.UNKNOWN and order.client_order_id in desk.memory.order_deadlines
    if not waits or what not in order.reason:
        _illegal(desk, order, what)
    if executed_of(desk, order.client_order_id)[0] != order.executed:
        catch_up(desk, order, event.source)
    if not order.state.terminal and not (waits and what in order.reason):
        lose(desk, order, what)


def _by_arithmetic(desk: Desk, order: Order, event: OrderReported, word: OrderEvent, executed: Decimal) -> OrderEvent:
    """The booked fills outrank the venue's word: a whole quantity is FILLED, a part is no mere NEW. An end that contradicts
    them (cancelled with fewer than booked, filled with fewer than ordered) is an error, and the order stays alive."""
    if executed == order.quantity:
        return OrderEvent.FILLED
    alive = OrderEvent.PARTLY_FILLED if executed > ZERO else OrderEvent.ACCEPTED
    ended_short = word in (OrderEvent.CANCELLED, OrderEvent.EXPIRED, OrderEvent.REJECTED) and event.executed < executed
    if ended_short or word is OrderEvent.FILLED:
        _illegal(desk, order, f"{event.status} with {text(event.executed)} executed, but {text(executed)} are booked")
        return alive
    return alive if word in (OrderEvent.ACCEPTED, OrderEvent.PARTLY_FILLED) else word


def _incomplete(desk: Desk, order: Order, event: OrderReported, executed: Decimal) -> None:
    """Fills are missing: keep what is booked, stay non-terminal, ask for the trades; if the answer is the same, not before the next
    deadline."""
    reason = f"{text(event.executed)} executed at the venue, {text(executed)} booked"
    waits = order.knowledge is Knowledge.UNKNOWN and order.client_order_id in desk.memory.order_deadlines
    if waits and reason in order.reason:
        return
    alive = step(order.state, OrderEvent.PARTLY_FILLED if executed > ZERO else OrderEvent.ACCEPTED)
    assert alive is not None, order.state
    change(desk, order, alive, PendingEvent.ALIVE, event.source, venue_order_id=event.venue_order_id)
    change(desk, order, alive, PendingEvent.LOST, event.source, reason=reason)
    ask(desk, order)


def _take_over_after_end(desk: Desk, order: Order, event: OrderReported, word: OrderEvent, executed: Decimal) -> None:
    """Terminal states absorb: late news changes nothing; another end, or executions after the end, are errors after which
    the venue's state is read again. Money that moved is booked all the same."""
    if executed != order.executed:
        change(desk, order, order.state, None, event.source, reason="executed after its end")
    elif step(order.state, word) is not None and event.executed <= executed:
        return
    _illegal(desk, order, f"{event.status} with {text(event.executed)} executed in state {order.state} ({event.source})")
    distrust(desk, order.venue)


def _after_alive(desk: Desk, order: Order, event: OrderReported) -> None:
    """The order is known to live: a cancel that waited for that leaves; a lost cancel is asked again (cancels do no harm)."""
    if order.state.terminal:
        return
    lost_cancel = order.pending is PendingAction.CANCEL and order.knowledge is Knowledge.UNKNOWN and event.source in ("query", "reconcile")
    waiting = order.pending is PendingAction.NONE and order.client_order_id in desk.memory.cancel_wanted
    if lost_cancel or waiting:
        _send_cancel(desk, order, "send" if waiting else "proof")


def catch_up(desk: Desk, order: Order, source: str) -> None:
    """Carry booked fills into the order when no report of the order itself came with them."""
    executed = executed_of(desk, order.client_order_id)[0]
    if order.state.terminal:
        change(desk, order, order.state, None, source, reason="executed after its end")
        _illegal(desk, order, f"{text(executed)} executed in state {order.state} ({source})")
        return
    after = step(order.state, OrderEvent.FILLED if executed == order.quantity else OrderEvent.PARTLY_FILLED)
    assert after is not None, order.state
    change(desk, order, after, PendingEvent.ALIVE, source)


def on_cancel_refused(desk: Desk, event: CancelRefused) -> Order | None:
    """-2011: unknown or already done; only a query can tell which (X22). Code 0: it never left, and is tried again.
    -1021: nothing was done, and it is asked once more with a newer time stamp (X34)."""
    order = known_order(desk, event.client_order_id, "refused cancel")
    if order is None or order.state.terminal:
        return order
    reason = f"cancel refused: {event.code} {event.message}"
    if event.code == CANCEL_NOT_SENT:
        change(desk, order, order.state, PendingEvent.DECIDED, "send", reason=reason)
        desk.memory.cancel_wanted[order.client_order_id] = 0  # still wanted; nothing was asked of the venue
        desk.memory.order_deadlines[order.client_order_id] = desk.after_ms(desk.settings.timing.query_retry_ms)
        return order
    if event.code == _TIME_STAMP and order.pending is PendingAction.CANCEL and CANCEL_TIMED_AGAIN not in order.reason:
        _send_cancel(desk, order, "answer", f"{CANCEL_TIMED_AGAIN}: {event.code} {event.message}")
        return order
    change(desk, order, order.state, PendingEvent.LOST, "answer", reason=reason)
    ask(desk, order)
    return order


def on_unknown(desk: Desk, event: OutcomeUnknown) -> Order | None:
    """No answer, or one that says so. The order keeps its reservation and is asked for until there is proof (section 5)."""
    order = known_order(desk, event.client_order_id, "unknown outcome")
    if order is None or order.state.terminal:
        return order
    if order.pending is PendingAction(event.action):
        lose(desk, order, event.reason)
    return order


def lose(desk: Desk, order: Order, reason: str) -> None:
    """The answer to what is pending is lost."""
    change(desk, order, order.state, PendingEvent.LOST, "proof", reason=reason)
    ask(desk, order)


def ask(desk: Desk, order: Order) -> None:
    """Query the order now, and again after `query_retry_ms` while it is UNKNOWN; not while the venue refuses the key (X35)."""
    desk.memory.order_deadlines[order.client_order_id] = desk.after_ms(desk.settings.timing.query_retry_ms)
    if not desk.memory.venues[order.venue].key_refused:
        desk.send(QueryOrder(venue=order.venue, symbol=order.symbol, client_order_id=order.client_order_id))


def on_not_found(desk: Desk, event: OrderNotFound) -> Order | None:
    """-2013: final only when absence is proven."""
    order = known_order(desk, event.client_order_id, "absence")
    if order is None or order.state.terminal or order.knowledge is Knowledge.KNOWN:
        return order
    if order.venue_order_id is not None or order.executed > ZERO:
        _lost(desk, order)
        return order
    if not absence.proven(desk, order.client_order_id, event.venue_time_ms):
        return order
    if order.purpose.reduces and not order.rests_as_stop and SENT_AGAIN not in order.reason:
        _send_again(desk, order)
    else:
        advance(desk, order, OrderEvent.ABSENT, "proof", "proven absent at the venue")
    return order


def _lost(desk: Desk, order: Order) -> None:
    """Said once; the reading of the venue that follows blocks until the order is there again (X38)."""
    if order.client_order_id in desk.memory.lost:
        return
    desk.memory.lost.add(order.client_order_id)
    detail = f"order {order.client_order_id} was at the venue in state {order.state} and is unknown there now"
    desk.error(ORDER_NOT_FOUND, detail, order.correlation_id)
    distrust(desk, order.venue)


def _send_again(desk: Desk, order: Order) -> None:
    desk.memory.first_absent.pop(order.client_order_id, None)
    desk.memory.order_deadlines.pop(order.client_order_id, None)
    in_the_way = stops_in_the_way(desk, order)
    change(desk, order, order.state, PendingEvent.HELD if in_the_way else PendingEvent.ASKED_AGAIN, "proof", reason=SENT_AGAIN)
    _hand_out(desk, order, in_the_way)


def cancel(desk: Desk, order: Order, source: str) -> None:
    """Have the order cancelled: now if it is known to be open, else as soon as it is. One that is held never leaves."""
    if order.pending is PendingAction.HOLD:
        advance(desk, order, OrderEvent.NOT_SENT, source, "cancelled before it left")
        return
    desk.memory.cancel_wanted.setdefault(order.client_order_id, 0)
    if order.pending is not PendingAction.NONE or order.knowledge is Knowledge.UNKNOWN:
        return
    _send_cancel(desk, order, source)


def _send_cancel(desk: Desk, order: Order, source: str, reason: str = "") -> None:
    if desk.circuit_open(order.venue) or desk.memory.venues[order.venue].key_refused:
        # kept: it leaves with the first probes (R24), or when the operator resumes (X35)
        desk.memory.order_deadlines.setdefault(order.client_order_id, desk.now.mono_ns)
        return
    asked = desk.memory.cancel_wanted.get(order.client_order_id, 0)
    if asked >= MOST_CANCELS:
        desk.memory.cancel_wanted.pop(order.client_order_id, None)
        change(desk, order, order.state, PendingEvent.DECIDED, source, reason=f"given up after {asked} cancels")
        desk.error(ORDER_REJECTED, f"order {order.client_order_id} is still open after {asked} cancels", order.correlation_id)
        return
    desk.memory.cancel_wanted[order.client_order_id] = asked + 1
    desk.memory.order_deadlines[order.client_order_id] = desk.after_ms(desk.settings.timing.answer_timeout_ms)
    change(desk, order, order.state, PendingEvent.CANCEL_ASKED, source, reason=reason)
    cancel_id = f"{order.client_order_id}-c{asked + 1}"
    desk.send(CancelOrder(venue=order.venue, symbol=order.symbol, client_order_id=order.client_order_id, cancel_id=cancel_id))


def look_at_deadlines(desk: Desk) -> None:
    """Requests whose answer is overdue become UNKNOWN; UNKNOWN ones are asked for again; cancels that could not leave, too."""
    due = [key for key, deadline in desk.memory.order_deadlines.items() if deadline <= desk.now.mono_ns]
    for client_order_id in due:
        order = desk.state.orders[client_order_id]
        if order.knowledge is Knowledge.UNKNOWN:
            ask(desk, order)
        elif order.pending is not PendingAction.NONE:
            lose(desk, order, f"no answer in {desk.settings.timing.answer_timeout_ms} ms")
        elif client_order_id not in desk.memory.cancel_wanted:
            del desk.memory.order_deadlines[client_order_id]
        elif desk.venue_ready(order.venue) and not desk.circuit_open(order.venue):
            _send_cancel(desk, order, "send")


def distrust(desk: Desk, venue: str) -> None:
    """The venue and we disagree: nothing new leaves before its state was read again (X38)."""
    status, reconciling = desk.memory.venues[venue], desk.memory.reconciling[venue]
    status.reconciled = False
    reconciling.attempts = 0
    if status.orders and reconciling.due_ns is None:
        reconciling.due_ns = desk.now.mono_ns
