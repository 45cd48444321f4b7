"""Signals: received, judged by the risk engine, turned into one order or one denial, and answered."""

from __future__ import annotations

from decimal import Decimal

import msgspec

from genesis.core.commands import Reply
from genesis.core.errors import CIRCUIT_OPEN, INVALID_PARAMETERS, NOT_ACCEPTING, RISK_LIMIT, VENUE_OUT
from genesis.core.events import SignalSubmitted
from genesis.core.facts import RiskDenied, SignalReceived
from genesis.core.models import (
    CircuitState,
    EngineState,
    Execution,
    Order,
    OrderType,
    ParentOrder,
    Purpose,
    Side,
    Signal,
    SymbolRules,
    Tier,
    TopOfBook,
)
from genesis.core.money import ONE, ZERO, floor_to, truncate8
from genesis.core.portfolio import buy_back_cash, short_entry_cash
from genesis.core.state import SymbolKey
from genesis.engine import conflicts, day_loss, halts, ladder, own_account, parents, rate_limits, reserve, tilt
from genesis.engine.closing import closable, closing
from genesis.engine.companions import Companion
from genesis.engine.desk import ORDERS, Desk
from genesis.engine.executors.limit import limit_order
from genesis.engine.executors.market import market_order
from genesis.engine.executors.stop import reducible
from genesis.engine.exposure import exposure
from genesis.engine.orders import intend, mint
from genesis.engine.pair_holdings import bought
from genesis.engine.risk_engine import ENTRY_RULES, EXIT_RULES, Denial, RiskView, judge, malformed
from genesis.engine.standing import no_book, standing
from genesis.engine.state_machine import EXITING
from genesis.engine.valuation import committed_cash, rate


def on_submitted(desk: Desk, event: SignalSubmitted) -> None:
    """Answer 201 with the order's id, 422 or 400 with the denial, 409 for a known signal id, 503 when it cannot be taken."""
    signal = reserve.rerouted(desk, event.signal)
    if desk.state.knows_signal(signal.signal_id):
        detail = f"signal_id: expected one that was not used before, got {signal.signal_id!r}"
        desk.send(Reply(reply_to=event.reply_to, status=409, body=_error(INVALID_PARAMETERS, detail)))
        return
    closed = why_closed(desk, signal.purpose)
    if closed:
        desk.send(Reply(reply_to=event.reply_to, status=503, body=_error(_code(desk, signal), closed)))
        return
    outcome = decide(desk, signal)
    if isinstance(outcome, Order):
        body = {"signal_id": signal.signal_id, "client_order_id": outcome.client_order_id}
        desk.send(Reply(reply_to=event.reply_to, status=201, body=body))
        return
    if isinstance(outcome, ParentOrder):
        first = next(iter(outcome.orders), None)  # a TWAP sends none before the public has traded
        of_parent = {"signal_id": signal.signal_id, "parent_id": outcome.parent_id, "client_order_id": first}
        desk.send(Reply(reply_to=event.reply_to, status=201, body=of_parent))
        return
    status = 400 if outcome.code == INVALID_PARAMETERS else 422
    body = {"error": msgspec.to_builtins(outcome), "signal_id": signal.signal_id}
    desk.send(Reply(reply_to=event.reply_to, status=status, body=body))


def _error(code: str, message: str) -> dict[str, dict[str, str]]:
    return {"error": {"code": code, "message": message}}


def _code(desk: Desk, signal: Signal) -> str:
    """What a signal is refused with that is not even looked at: that its venue is out has a name of its own."""
    status = desk.memory.venues.get(signal.venue)
    return VENUE_OUT if status is not None and not status.orders and desk.memory.began else NOT_ACCEPTING


def why_closed(desk: Desk, purpose: Purpose) -> str:
    """Why the engine takes no signal of that purpose now; "" if it does."""
    state = desk.state.engine_state
    if desk.state.quiesced:
        return "order sources are quiesced; POST /control/resume"
    if purpose is Purpose.EXIT and state in EXITING:
        return ""
    out = [name for name, status in desk.memory.venues.items() if not status.orders]
    why = f": {', '.join(out)} cannot be reached; what rests there stays, and is read first when it is back" if out else ""
    return "" if state is EngineState.RUNNING else f"expected state RUNNING, the engine is {state}{why}"


def decide(desk: Desk, signal: Signal) -> Order | ParentOrder | Denial:
    """Record the signal and what became of it: an order on its way, a parent of slices, or a denial."""
    signal = msgspec.structs.replace(signal, received_ms=desk.now.wall_ms)
    top = desk.fresh_top(signal.venue, signal.symbol)
    desk.record(SignalReceived(signal=signal, top=top, correlation_id=signal.signal_id))
    desk.trace("CP-O1")
    rules = desk.rules(signal.venue, signal.symbol)
    denial = malformed(signal, rules)
    if denial is None:
        assert rules is not None
        denial = venue_refusal(desk, rules, signal.purpose) or (
            _judge_exit(desk, signal, rules) if signal.purpose is Purpose.EXIT else judge_entry(desk, signal, rules, top)
        )
    if denial is not None:
        return deny(desk, signal.signal_id, denial)
    assert rules is not None
    if signal.purpose is Purpose.ENTRY:
        for lost in conflicts.overrule(desk, signal):
            close_overruled(desk, lost)
    if signal.execution is not Execution.PLAIN:
        return parents.begin(desk, signal, rules)
    order = _order(desk, signal, rules)
    intend(desk, order)
    return order


def close_overruled(desk: Desk, entry: Order) -> None:
    """Close what an overruled entry (R36) has opened, as far as its strategy still holds it."""
    holding = desk.state.holdings.get((entry.strategy, entry.venue, entry.symbol))
    if holding is None or holding.quantity == ZERO or (holding.quantity > ZERO) is not (entry.side is Side.BUY):
        return
    rules = desk.state.rules[(entry.venue, entry.symbol)]
    most = reducible(holding.quantity, ZERO, desk.taker_fee(entry.venue), rules.step_size)
    signal = Signal(
        signal_id=f"{entry.correlation_id}-overruled",
        source="strategy",
        strategy=entry.strategy,
        venue=entry.venue,
        symbol=entry.symbol,
        side=Side.SELL if entry.side is Side.BUY else Side.BUY,
        order_type=OrderType.MARKET,
        quantity=floor_to(most, rules.step_size) if rules.step_size > ZERO else most,
        confidence=ONE,
        purpose=Purpose.EXIT,
        reason="overruled by a higher priority (R36)",
    )
    if not desk.state.knows_signal(signal.signal_id):
        decide(desk, signal)


def deny(desk: Desk, signal_id: str, denial: Denial) -> Denial:
    """Record a denial."""
    desk.record(
        RiskDenied(
            signal_id=signal_id,
            rule=denial.rule,
            code=denial.code,
            limit=denial.limit,
            value=denial.value,
            message=denial.message,
            correlation_id=signal_id,
        )
    )
    return denial


def venue_refusal(desk: Desk, rules: SymbolRules, purpose: Purpose = Purpose.ENTRY) -> Denial | None:
    """Why no order of that symbol may go to its venue now (I25, X31-X33, X36)."""
    if not desk.venue_ready(rules.venue):
        return Denial("I25", RISK_LIMIT, "reconciled", "not reconciled", f"the venue {rules.venue} is not connected and reconciled")
    if rules.status != "TRADING":
        return Denial("STATUS", RISK_LIMIT, "TRADING", rules.status, f"{rules.symbol} is {rules.status} at {rules.venue}")
    other = reserve.refusal(desk, rules) if purpose in (Purpose.ENTRY, Purpose.LEG) else None
    return other or rate_limits.refusal(desk, rules.venue, purpose)


def circuit_refusal(desk: Desk, venue: str) -> Denial | None:
    """R24: nothing is entered at a venue whose order entry does not answer. Exits are kept, and leave with the first probes."""
    if not desk.circuit_open(venue):
        return None
    message = f"the circuit breaker of {venue}/{ORDERS} is open: the venue does not answer"
    return Denial("R24", CIRCUIT_OPEN, CircuitState.CLOSED, CircuitState.OPEN, message)


def limbo(desk: Desk, venue: str, symbol: str) -> Denial | None:
    """While an order of the symbol is UNKNOWN, its symbol opens nothing new (binance-spot section 5)."""
    unknown = next(iter(desk.tally.unknown.get((venue, symbol), ())), None)
    if unknown is None:
        return None
    message = f"the outcome of order {unknown} is unknown; {symbol} opens nothing new until it is resolved"
    return Denial("R26", RISK_LIMIT, "no UNKNOWN order", unknown, message)


def blocked(desk: Desk) -> Denial | None:
    """Why no entry may go now, the day's loss looked at as it is at this moment (R3, R22)."""
    day_loss.look(desk)
    return halts.refusal(desk)


def judge_entry(desk: Desk, signal: Signal, rules: SymbolRules, top: TopOfBook | None) -> Denial | None:
    """The verdict of all rules on an entry, the first refusal (None = it may go); of one by hand the tilt detector takes note."""
    if top is None:
        return no_book(f"{signal.venue}/{signal.symbol}")
    taking = top.ask if signal.side is Side.BUY else top.bid
    price = signal.price if signal.price is not None else taking
    early = (
        blocked(desk)
        or circuit_refusal(desk, signal.venue)
        or tilt.before_entry(desk, signal, price)
        or limbo(desk, signal.venue, signal.symbol)
        or conflicts.refusal(desk, signal)
    )
    if early is not None:
        return early
    view = entry_view(desk, signal, rules, price)
    if isinstance(view, Denial):
        return view
    return (
        judge(view, ENTRY_RULES)
        or own_account.refusal(desk, view)
        or tilt.oversized(desk, signal, view)
        or conflicts.beyond_share(desk, signal, view.notional, view.equity)
        or parents.refusal(desk.settings.execution, signal, view)
    )


def entry_view(desk: Desk, signal: Signal, rules: SymbolRules, price: Decimal, own_cap: Decimal | None = None) -> RiskView | Denial:
    """What an entry is judged by; a denial if the account cannot be valued."""
    halted = blocked(desk)
    if halted is not None:
        return halted
    stands = standing(desk)
    if isinstance(stands, Denial):
        return stands
    conversion = rate(desk, rules.venue, rules.quote)
    if conversion is None:
        return no_book(f"{rules.venue}/{rules.quote}{desk.settings.quote_asset}")
    key = (rules.venue, rules.symbol)
    others, known = open_positions(desk, key)
    leaving = conflicts.given_up(desk, signal)
    committed, short_cash = _short_cash(desk, signal, rules, price, leaving)
    exposed = exposure(desk)
    if exposed is None:
        return no_book("all that is open")
    buy_back = truncate8(-leaving * price * (ONE + desk.settings.risk.market_order_collar)) if leaving < ZERO else ZERO
    return RiskView(
        side=signal.side,
        order_type=signal.order_type,
        quantity=signal.quantity,
        price=price,
        confidence=signal.confidence,
        rules=rules,
        settings=desk.settings.risk,
        tier=stands[0],
        equity=stands[1],
        rate=conversion,
        own_cap=own_cap,
        size=ladder.size(desk),
        free_base=desk.free_of_stops(*key, rules.base) - bought(desk, rules.venue, rules.base) - max(leaving, ZERO),
        free_quote=desk.free_of_stops(*key, rules.quote) - buy_back,
        committed_quote=committed,
        short_cash=short_cash,
        open_positions=others,
        is_new_position=not known,
        opens=_opening(desk, signal, leaving),
        exposure=exposed,
        companion=None if known else companion_of(desk, key, signal.side),
    )


def companion_of(desk: Desk, key: SymbolKey, side: Side) -> Companion | None:
    """The open position that a new one in `key` would go with most (R10)."""
    tally = desk.tally
    return desk.companions.closest(key, 1 if side is Side.BUY else -1, tally.directions(), tally.version)


def _opening(desk: Desk, signal: Signal, leaving: Decimal) -> Decimal:
    """Base that an entry adds to what is open: against the position it closes that first (R5)."""
    position = desk.position(signal.venue, signal.symbol)
    held = (position.quantity if position is not None else ZERO) - leaving
    against = -held if signal.side is Side.BUY else held
    return max(signal.quantity - max(against, ZERO), ZERO)


def open_positions(desk: Desk, key: SymbolKey) -> tuple[int, bool]:
    """(how many positions besides `key` are open or on their way, whether `key` is). A multi-leg trade counts once (R4)."""
    occupied = desk.tally.occupied
    return len(occupied) - (key in occupied) + len(desk.memory.active_trades), key in occupied


def _short_cash(desk: Desk, signal: Signal, rules: SymbolRules, price: Decimal, leaving: Decimal = ZERO) -> tuple[Decimal, Decimal]:
    """(cash committed to buy-backs that this order must leave alone, cash it needs itself if it sells below the target).
    `leaving` = signed base of the position that others are about to close."""
    fee, fraction = desk.taker_fee(rules.venue), desk.settings.risk.stop_fraction
    position = desk.position(rules.venue, rules.symbol)
    held = (position.quantity if position is not None else ZERO) - leaving
    if signal.side is Side.SELL:
        below = min(signal.quantity, max(signal.quantity - max(held, ZERO), ZERO))
        return committed_cash(desk, rules.venue, rules.quote), short_entry_cash(below, price, fraction, fee)
    committed = committed_cash(desk, rules.venue, rules.quote, but_symbol=rules.symbol)
    left_short = -held - signal.quantity * (ONE - fee)
    if position is not None and left_short > ZERO:
        committed += buy_back_cash(position, left_short, fee)
    return committed, ZERO


def _judge_exit(desk: Desk, signal: Signal, rules: SymbolRules) -> Denial | None:
    top = desk.memory.tops.get((rules.venue, rules.symbol))
    taking = (top.ask if signal.side is Side.BUY else top.bid) if top is not None else None
    price = signal.price or taking or desk.state.last_fill_price.get((rules.venue, rules.symbol))
    if price is None:
        return no_book(f"{rules.venue}/{rules.symbol}")
    view = RiskView(
        side=signal.side,
        order_type=signal.order_type,
        quantity=signal.quantity,
        price=price,
        confidence=signal.confidence,
        rules=rules,
        settings=desk.settings.risk,
        tier=Tier.SNIPER,
        equity=ZERO,
        free_base=desk.free_of_stops(rules.venue, rules.symbol, rules.base),
        free_quote=desk.free_of_stops(rules.venue, rules.symbol, rules.quote),
        reducible=_reducible(desk, signal, rules),
    )
    return judge(view, EXIT_RULES)


def _reducible(desk: Desk, signal: Signal, rules: SymbolRules) -> Decimal:
    most = closable(desk, rules, signal.side, closing(desk, rules))
    return min(most, _own_reducible(desk, signal, rules)) if signal.strategy in desk.strategies else most


def _own_reducible(desk: Desk, signal: Signal, rules: SymbolRules) -> Decimal:
    """A strategy closes no more than its own part of the position."""
    holding = desk.state.holdings.get((signal.strategy, rules.venue, rules.symbol))
    if holding is None or holding.quantity == ZERO or (holding.quantity > ZERO) is (signal.side is Side.BUY):
        return ZERO
    return reducible(holding.quantity, ZERO, desk.taker_fee(rules.venue), rules.step_size)


def _order(desk: Desk, signal: Signal, rules: SymbolRules) -> Order:
    if signal.order_type is not OrderType.MARKET:
        return limit_order(signal, rules, mint(desk), desk.now.wall_ms)
    top = desk.memory.tops.get((rules.venue, rules.symbol))
    taking = (top.ask if signal.side is Side.BUY else top.bid) if top is not None else None
    price = taking or desk.state.last_fill_price[(rules.venue, rules.symbol)]
    return market_order(
        client_order_id=mint(desk),
        rules=rules,
        side=signal.side,
        quantity=signal.quantity,
        taking_price=price,
        collar=desk.settings.risk.market_order_collar,
        purpose=signal.purpose,
        strategy=signal.strategy,
        correlation_id=signal.signal_id,
        now_ms=desk.now.wall_ms,
    )
