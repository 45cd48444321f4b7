"""From wishes of a strategy to signals: checked for sense, sized (R1, R14, the strategy's share), and decided like any other."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from genesis.core.errors import RISK_LIMIT
from genesis.core.facts import SignalReceived
from genesis.core.models import Execution, MarketState, OrderType, Purpose, Side, Signal, StrategyState, SymbolRules, Tier, TopOfBook
from genesis.core.money import ONE, ZERO, floor_to, text, truncate8
from genesis.core.state import SymbolKey
from genesis.engine import own_account, rerouting
from genesis.engine.closing import closing, remaining
from genesis.engine.conflicts import share_left
from genesis.engine.desk import Desk
from genesis.engine.executors.stop import reducible
from genesis.engine.pair_holdings import bought
from genesis.engine.risk_engine import Denial
from genesis.engine.signals import decide, deny, why_closed
from genesis.engine.standing import standing
from genesis.engine.strategy_states import state_of
from genesis.engine.valuation import rate
from genesis.strategies.base import Wish
from genesis.strategies.kelly import kelly_fraction


def nonsense(wish: object, symbols: tuple[tuple[str, str], ...]) -> str:
    """What is wrong with a wish, as a sentence; "" if nothing is. A strategy may only wish for its own symbols."""
    if not isinstance(wish, Wish):
        return f"expected a Wish, got {type(wish).__name__}"
    if (wish.venue, wish.symbol) not in symbols:
        return f"expected one of its own symbols, got {wish.venue}/{wish.symbol}"
    if wish.purpose not in (Purpose.ENTRY, Purpose.EXIT) or not isinstance(wish.side, Side):
        return f"expected a side and ENTRY or EXIT, got {wish.side!r} and {wish.purpose!r}"
    amounts = (wish.confidence, wish.weight, *(amount for amount in (wish.quantity, wish.stop_fraction) if amount is not None))
    if not all(isinstance(amount, Decimal) and amount.is_finite() and amount >= ZERO for amount in amounts):
        return f"expected finite decimals from 0 on, got {', '.join(map(repr, amounts))}"
    return ""


def unpaired(wished: list[Wish]) -> str:
    """What is wrong with the pairs among sensible wishes, as a sentence; "" if nothing is. An entry is one BUY and one SELL of two
    symbols, sized by the engine; one exit is enough to leave both legs."""
    for name in {wish.pair: None for wish in wished if wish.pair is not None}:
        legs = [wish for wish in wished if wish.pair == name]
        purposes, symbols = {wish.purpose for wish in legs}, {(wish.venue, wish.symbol) for wish in legs}
        if len(purposes) > 1 or len(symbols) != len(legs):
            return f"expected the legs of pair {name} to be of one purpose and each symbol once, got {len(legs)} wishes"
        if purposes == {Purpose.ENTRY} and sorted(wish.side for wish in legs) != [Side.BUY, Side.SELL]:
            return f"expected one BUY and one SELL of pair {name}, got {', '.join(wish.side for wish in legs)}"
        if any(wish.weight == ZERO or wish.quantity is not None for wish in legs):
            return f"expected weights above 0 and no quantities of pair {name}: the engine sizes both legs"
    return ""


def carry_out(desk: Desk, strategy: str, wish: Wish, signal_id: str, untraded: Mapping[SymbolKey, MarketState | None]) -> None:
    """Turn one wish into a signal and decide on it. `untraded` = symbols in whose market its strategy may not enter now (R32)."""
    if rerouting.waits(desk, strategy, wish):
        return
    if wish.purpose is Purpose.ENTRY and (wish.venue, wish.symbol) in untraded:
        _out_of_market(desk, strategy, wish, signal_id, untraded[wish.venue, wish.symbol])
    else:
        _single(desk, strategy, wish, signal_id)


def out_of_market(strategy: str, symbol: str, market: MarketState | None) -> Denial:
    """R32: an entry in a market that the strategy does not trade in."""
    said = market.value if market is not None else "unknown"
    return Denial("R32", RISK_LIMIT, "a market it trades in", said, f"{strategy} does not enter {symbol} while its market is {said}")


def _out_of_market(desk: Desk, strategy: str, wish: Wish, signal_id: str, market: MarketState | None) -> None:
    if desk.state.knows_signal(signal_id) or why_closed(desk, wish.purpose) or state_of(desk, strategy) is not StrategyState.RUNNING:
        return
    signal = signal_of(strategy, wish, signal_id, wish.quantity or ZERO)
    _refuse(desk, signal, desk.fresh_top(wish.venue, wish.symbol), out_of_market(strategy, wish.symbol, market))


def _single(desk: Desk, strategy: str, wish: Wish, signal_id: str) -> None:
    """While the engine takes no signal of its kind, nothing is recorded."""
    if desk.state.knows_signal(signal_id) or why_closed(desk, wish.purpose):
        return
    rules = desk.rules(wish.venue, wish.symbol)
    if rules is None:
        return  # the venue was not read yet: the engine is not RUNNING
    if wish.purpose is Purpose.EXIT:
        _leave(desk, strategy, wish, signal_id, rules)
    elif state_of(desk, strategy) is StrategyState.RUNNING and (wish.beside or not _under_way(desk, strategy, wish)):  # IDLE exits (R32)
        _enter(desk, strategy, wish, signal_id, rules)


def _under_way(desk: Desk, strategy: str, wish: Wish) -> bool:
    """Whether an entry of the strategy is on its way: until it is filled or gone, the strategy would wish for it at every bar."""
    entries = [order for order in desk.open_orders(wish.venue, wish.symbol) if order.strategy == strategy and not order.purpose.reduces]
    parents = desk.state.working_parents.values()
    slices = [one for one in parents if (one.strategy, one.venue, one.symbol) == (strategy, wish.venue, wish.symbol)]
    return bool(entries or slices)


def _leave(desk: Desk, strategy: str, wish: Wish, signal_id: str, rules: SymbolRules) -> None:
    quantity = wish.quantity if wish.quantity is not None else _whole_exit(desk, strategy, wish, rules)
    if quantity != ZERO:  # else nothing is held: the stop, or an exit before, was faster
        decide(desk, signal_of(strategy, wish, signal_id, quantity))


def _enter(desk: Desk, strategy: str, wish: Wish, signal_id: str, rules: SymbolRules) -> None:
    top = desk.fresh_top(wish.venue, wish.symbol)
    sized: Decimal | Denial | None = rerouting.refusal(desk, strategy, wish) or wish.quantity
    if sized is None:
        sized = _entry_size(desk, strategy, wish, rules, top)
    if isinstance(sized, Denial):
        _refuse(desk, signal_of(strategy, wish, signal_id, ZERO), top, sized)
        return
    decide(desk, signal_of(strategy, wish, signal_id, sized, execution=_execution(desk, strategy, sized, wish.side, top)))


def signal_of(strategy: str, wish: Wish, signal_id: str, quantity: Decimal, *, execution: Execution = Execution.PLAIN) -> Signal:
    """The signal that a wish becomes: a MARKET order of `quantity` base."""
    return Signal(
        signal_id=signal_id,
        source="strategy",
        strategy=strategy,
        venue=wish.venue,
        symbol=wish.symbol,
        side=wish.side,
        order_type=OrderType.MARKET,
        quantity=quantity,
        confidence=wish.confidence,
        purpose=wish.purpose,
        execution=execution,
        reason=wish.reason,
        stop_fraction=wish.stop_fraction,
        pair=wish.pair or "",
        inputs=dict(wish.inputs),
    )


def _refuse(desk: Desk, signal: Signal, top: TopOfBook | None, denial: Denial) -> None:
    desk.record(SignalReceived(signal=signal, top=top, correlation_id=signal.signal_id))
    deny(desk, signal.signal_id, denial)


def _whole_exit(desk: Desk, strategy: str, wish: Wish, rules: SymbolRules) -> Decimal:
    """All that the strategy holds against the wish's direction, in whole steps; 0 if there is nothing."""
    holding = desk.state.holdings.get((strategy, wish.venue, wish.symbol))
    if holding is None or holding.quantity == ZERO or (holding.quantity > ZERO) is (wish.side is Side.BUY):
        return ZERO
    mine = [order for order in closing(desk, rules) if order.strategy == strategy or order.purpose is Purpose.STOP]
    most = reducible(holding.quantity, remaining(mine), desk.taker_fee(wish.venue), rules.step_size)
    return floor_to(most, rules.step_size) if rules.step_size > ZERO else most


def _entry_size(desk: Desk, strategy: str, wish: Wish, rules: SymbolRules, top: TopOfBook | None) -> Decimal | Denial:
    """The quantity of an entry that its strategy left to the engine: the least of R1, its share, and what is free (R7)."""
    stands = standing(desk)
    conversion = rate(desk, rules.venue, rules.quote)
    if isinstance(stands, Denial):
        return stands
    left = share_left(desk, strategy, stands[1])
    if top is None or not conversion or left is None:
        return Denial("R25", RISK_LIMIT, "fresh book", "none", f"expected fresh books of {rules.symbol} and of all that {strategy} holds")
    price = top.ask if wish.side is Side.BUY else top.bid
    most_notional = _most_notional(desk, strategy, rules, left, stands)
    if isinstance(most_notional, Denial):
        return most_notional
    most = most_notional / conversion / price
    collar = ONE + desk.settings.risk.market_order_collar
    asset = rules.quote if wish.side is Side.BUY else rules.base
    free = desk.free_of_stops(rules.venue, rules.symbol, asset) - bought(desk, rules.venue, asset)
    most = min(most, free / (price * collar) if wish.side is Side.BUY else free)
    quantity = floor_to(most, rules.step_size) if rules.step_size > ZERO else most
    if quantity > ZERO:
        return quantity
    if left > ZERO:
        message = f"expected free {asset} at {rules.venue} for a {wish.side}; {text(free)} are free"
        return Denial("R7", RISK_LIMIT, text(free), "more", message)
    return Denial("SHARE", RISK_LIMIT, "more than 0", text(left), f"nothing is left of the share of {strategy}")


def _most_notional(desk: Desk, strategy: str, rules: SymbolRules, left: Decimal, stands: tuple[Tier, Decimal]) -> Decimal | Denial:
    """The least of the largest order there (R1), what is `left` of its share, and Kelly (R14), in the quote asset."""
    largest = own_account.largest(desk, rules.venue, *stands)
    if isinstance(largest, Denial):
        return largest
    edge = kelly_notional(desk, strategy, *stands)
    return Denial("R14", RISK_LIMIT, "an edge", "none", no_edge(strategy)) if edge == ZERO and left > ZERO else min(largest, left, edge)


def no_edge(strategy: str) -> str:
    """What R14 says to a strategy whose Kelly fraction is 0."""
    return f"{strategy} has no edge: what it won so far does not pay for what it lost"


def kelly_notional(desk: Desk, strategy: str, tier: Tier, equity: Decimal) -> Decimal:
    """R14: what Kelly would risk of the strategy's share, in the quote asset; the whole share while it cannot be told."""
    share = truncate8(equity * desk.strategies[strategy].capital_share)
    results = desk.state.results.get(strategy)
    if results is None or tier is Tier.SNIPER:
        return share
    fraction = kelly_fraction(results.trades, results.wins, results.won, results.lost, desk.settings.kelly)
    return share if fraction is None else truncate8(share * fraction)


def _execution(desk: Desk, strategy: str, quantity: Decimal, side: Side, top: TopOfBook | None) -> Execution:
    """As its configuration says; an order too small for an iceberg (R12) is sent as it is."""
    wanted = desk.strategies[strategy].execution
    if wanted is not Execution.ICEBERG or top is None:
        return wanted
    price = top.ask if side is Side.BUY else top.bid
    return wanted if price * quantity > desk.settings.execution.iceberg_above else Execution.PLAIN
