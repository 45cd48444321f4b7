"""What the rules of risk count, kept as it changes: a decision costs the same whatever is open (R4, R5, R7, equity).

A view of the state and of the newest books, never stored: made from the state at the start, then moved by each fact and each book.
All of it is exact: sums are of decimals, and what is taken off again is what was added.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from genesis.core.facts import (
    BalanceOpened,
    BalanceTransferred,
    Fact,
    MultiLegChanged,
    OrderChanged,
    OrderFilled,
    OrderIntended,
    ParentChanged,
    RulesLoaded,
    StopArmed,
    TargetAdjusted,
)
from genesis.core.models import (
    PAIR,
    Knowledge,
    MultiLegTrade,
    Order,
    OrderType,
    ParentOrder,
    ParentState,
    Purpose,
    Side,
    StrategyHolding,
    TopOfBook,
)
from genesis.core.money import ZERO
from genesis.core.portfolio import balance_changes, buy_back_cash, short_entry_cash
from genesis.core.settings import EngineSettings
from genesis.core.shares import trade_holdings
from genesis.core.state import AssetKey, HoldingKey, State, SymbolKey
from genesis.engine.worth import Worth, made


class Part(msgspec.Struct):
    """One symbol: base that counts at the middle of its book, quote that counts as it is, and what of it is worth now, in quote."""

    held: Decimal = ZERO  # the position, without its sign
    legs: Decimal = ZERO  # what legs of pairs hold, without their signs
    unpriced: Decimal = ZERO  # what MARKET entries may still bring
    priced: Decimal = ZERO  # what LIMIT entries may still bring, and slices that were not sent yet
    entries: dict[Side, int] = {}  # open entries that are no legs
    stops: Decimal = ZERO  # cash that stops which rest at the venue reserve
    buy_back: Decimal = ZERO  # what the position needs at its stop beyond that, if it is short
    worth: Decimal = ZERO


class Counted(NamedTuple):
    """What one open order counts for."""

    key: SymbolKey
    side: Side
    unpriced: Decimal
    priced: Decimal
    entry: bool
    short_cash: Decimal
    bound: Decimal


class Tally:
    """One per desk."""

    def __init__(self, settings: EngineSettings, state: State) -> None:
        self._state = state
        self._stop_fraction = settings.risk.stop_fraction
        self._fees = {terms.name: terms.taker_fee for terms in settings.venues}
        self.worth = Worth(settings, state)
        self.made = Worth(settings, state, made)
        self._parts: dict[SymbolKey, Part] = {}
        self.version = 0  # counts the changes of what is open (R10)
        self.occupied: dict[SymbolKey, tuple[int, ...]] = {}  # symbols with a position, or an entry on its way to one (R4)
        self.in_quote: dict[AssetKey, Decimal] = {}  # exposure by (venue, quote) (R5)
        self.unknown: dict[SymbolKey, dict[str, None]] = {}  # orders whose outcome is unknown
        self.market_shorts: dict[str, Order] = {}  # open MARKET sales that open something: their price is that of the book
        self._committed: dict[AssetKey, Decimal] = {}  # cash that shorts and LIMIT sales need, by (venue, quote) (R7)
        self._bound: dict[tuple[str, str, str], Decimal] = {}  # (strategy, venue, asset) that its entries reserve
        self._holders: dict[str, dict[HoldingKey, None]] = {}  # by strategy
        self._orders: dict[str, Counted] = {}
        self._trades: dict[str, dict[SymbolKey, Decimal]] = {}
        self._parents: dict[str, tuple[SymbolKey, Decimal]] = {}
        self._steps: dict[type[Fact], Callable[[Any], None]] = {
            RulesLoaded: lambda _: self._learn(),
            BalanceOpened: lambda fact: self._hold((fact.venue, fact.asset)),
            BalanceTransferred: lambda fact: self._hold((fact.venue, fact.asset)),
            TargetAdjusted: self._target_adjusted,
            StopArmed: lambda fact: self._count_position((fact.venue, fact.symbol)),
            OrderIntended: lambda fact: self._count_order(state.orders[fact.order.client_order_id]),
            OrderChanged: lambda fact: self._count_order(state.orders[fact.client_order_id]),
            OrderFilled: self._filled,
            MultiLegChanged: lambda fact: self._count_trade(state.multi_legs[fact.multi_leg_id]),
            ParentChanged: lambda fact: self._count_parent(fact.parent),
        }
        self._begin()

    def _begin(self) -> None:
        for holding in self._state.holdings:
            self._holders.setdefault(holding[0], {})[holding] = None
        for order in self._state.open.by_id.values():
            self._count_order(order)
        for key in self._state.positions:
            self._count_position(key)
        for trade in self._state.multi_legs.values():
            self._count_trade(trade)
        for parent in self._state.working_parents.values():
            self._count_parent(parent)

    def follow(self, fact: Fact) -> None:
        """A fact was folded into the state."""
        step = self._steps.get(type(fact))
        if step is not None:
            step(fact)

    def see(self, top: TopOfBook) -> None:
        """A book has changed."""
        key = (top.venue, top.symbol)
        self.made.see(top)
        if self.worth.see(top) and key in self._parts:
            self._value(key)

    def lose(self, key: SymbolKey) -> None:
        """A book is gone until it is whole again."""
        self.worth.lose(key)
        self.made.lose(key)

    def cover(self, venue: str, by: str) -> None:
        """`venue` is out: what is there is valued by the books of `by`; "" = by its own again."""
        self.worth.cover(venue, by)
        self.made.cover(venue, by)

    def _learn(self) -> None:
        self.worth.learn()
        self.made.learn()

    def _hold(self, key: AssetKey) -> None:
        self.worth.hold(key)
        self.made.hold(key)

    # -- what is asked

    def exposure_of(self, key: SymbolKey) -> Decimal:
        """What is open of a symbol, orders included, in its quote (R5)."""
        part = self._parts.get(key)
        return part.worth if part is not None else ZERO

    def exposed(self) -> list[SymbolKey]:
        """The symbols of which something is open."""
        return [key for key, part in self._parts.items() if part.worth != ZERO]

    def directions(self) -> Iterator[tuple[SymbolKey, int]]:
        """(symbol, 1 or -1) of every position, entry on its way and leg of a pair: a symbol may come more than once (R10)."""
        for key, directions in self.occupied.items():
            for direction in directions:
                yield key, direction
        for trade_id in self._trades:
            for leg in self._state.multi_legs[trade_id].legs[:2]:
                yield (leg.venue, leg.symbol), 1 if leg.side is Side.BUY else -1

    def committed(self, venue: str, asset: str, but_symbol: str = "") -> Decimal:
        """Cash that short positions and LIMIT sales that open something need for their buy-back, without those of pairs (R7)."""
        part = self._parts.get((venue, but_symbol))
        own = part.buy_back if part is not None and self._quote((venue, but_symbol)) == asset else ZERO
        return self._committed.get((venue, asset), ZERO) - own

    def holdings(self, strategy: str) -> list[StrategyHolding]:
        """What a strategy holds."""
        return [self._state.holdings[key] for key in self._holders.get(strategy, ())]

    def bound(self, strategy: str) -> Iterator[tuple[AssetKey, Decimal]]:
        """((venue, asset), amount) that the open entries and legs of a strategy reserve."""
        for (of, venue, asset), amount in self._bound.items():
            if of == strategy and amount != ZERO:
                yield (venue, asset), amount

    # -- what is counted

    def _quote(self, key: SymbolKey) -> str:
        return self._state.rules[key].quote

    def _part(self, key: SymbolKey) -> Part:
        part = self._parts.get(key)
        if part is None:
            part = self._parts[key] = Part()
        return part

    def _value(self, key: SymbolKey) -> None:
        """Bring what a symbol is worth up to date."""
        part = self._parts[key]
        at_middle = part.held + part.legs + part.unpriced
        worth = part.priced + (at_middle * self.worth.middle(key) if at_middle != ZERO else ZERO)
        if worth != part.worth:
            quote = (key[0], self._quote(key))
            self.in_quote[quote] = self.in_quote.get(quote, ZERO) + worth - part.worth
            part.worth = worth

    def _occupy(self, key: SymbolKey) -> None:
        part = self._parts[key]
        direction = self._direction(key, part)
        if direction == self.occupied.get(key):
            return
        self.version += 1
        if direction is None:
            del self.occupied[key]
        else:
            self.occupied[key] = direction

    def _direction(self, key: SymbolKey, part: Part) -> tuple[int, ...] | None:
        """1 = long, -1 = short; of a position that is on its way what its entries would make it, which may be both. None = flat."""
        if part.held != ZERO:
            return (1 if self._state.positions[key].quantity > ZERO else -1,)
        return tuple(1 if side is Side.BUY else -1 for side in part.entries) or None

    def _count_position(self, key: SymbolKey) -> None:
        position, part = self._state.positions[key], self._part(key)
        part.held = abs(position.quantity)
        short = position.quantity < ZERO and position.stop_price is not None
        needs = buy_back_cash(position, -position.quantity, self._fees[key[0]]) if short and key[0] in self._fees else ZERO
        needs = max(needs - part.stops, ZERO)  # what a resting stop reserves is not free any more
        self._commit(key, needs - part.buy_back)
        part.buy_back = needs
        self._occupy(key)
        self._value(key)

    def _commit(self, key: SymbolKey, change: Decimal) -> None:
        if change != ZERO:
            asset = (key[0], self._quote(key))
            self._committed[asset] = self._committed.get(asset, ZERO) + change

    def _count_order(self, order: Order) -> None:
        if order.rests_as_stop:
            self._count_stop(order)
            return
        before = self._orders.get(order.client_order_id)
        after = self._counted(order)
        if before is not None:
            self._add(order, before, -1)
        if after is not None:
            self._orders[order.client_order_id] = after
            self._add(order, after, 1)
        else:
            self._orders.pop(order.client_order_id, None)
        if before is not None or after is not None:
            self._occupy((order.venue, order.symbol))
            self._value((order.venue, order.symbol))
        self._note_unknown(order)

    def _count_stop(self, order: Order) -> None:
        key = (order.venue, order.symbol)
        stops = self._state.open.resting(key)
        self._part(key).stops = sum((stop.reserved for stop in stops if stop.side is Side.BUY), ZERO)
        self._count_position(key)
        self._note_unknown(order)

    def _counted(self, order: Order) -> Counted | None:
        if order.state.terminal or order.purpose.reduces:
            return None
        remaining = order.quantity - order.executed
        market = order.order_type is OrderType.MARKET or order.price is None
        opens = order.purpose is Purpose.ENTRY or (
            order.multi_leg_id is not None and self._state.multi_legs[order.multi_leg_id].kind == PAIR
        )
        short_cash = ZERO
        if opens and order.side is Side.SELL and order.price is not None and not market and order.venue in self._fees:
            short_cash = short_entry_cash(remaining, order.price, self._stop_fraction, self._fees[order.venue])
        if opens and order.side is Side.SELL and market:
            self.market_shorts[order.client_order_id] = order
        return Counted(
            key=(order.venue, order.symbol),
            side=order.side,
            unpriced=remaining if market else ZERO,
            priced=ZERO if order.price is None or market else remaining * order.price,
            entry=order.purpose is Purpose.ENTRY and order.multi_leg_id is None,
            short_cash=short_cash,
            bound=order.reserved,
        )

    def _add(self, order: Order, counted: Counted, sign: int) -> None:
        part = self._part(counted.key)
        part.unpriced += sign * counted.unpriced
        part.priced += sign * counted.priced
        if counted.entry:
            number = part.entries.get(counted.side, 0) + sign
            part.entries = {**part.entries, counted.side: number}
            if not number:
                part.entries = {side: left for side, left in part.entries.items() if left}
        self._commit(counted.key, sign * counted.short_cash)
        bound = (order.strategy, order.venue, order.reserved_asset)
        self._bound[bound] = self._bound.get(bound, ZERO) + sign * counted.bound
        if order.state.terminal:
            self.market_shorts.pop(order.client_order_id, None)

    def _note_unknown(self, order: Order) -> None:
        of_symbol = self.unknown.setdefault((order.venue, order.symbol), {})
        if order.knowledge is Knowledge.UNKNOWN and not order.state.terminal:
            of_symbol[order.client_order_id] = None
        else:
            of_symbol.pop(order.client_order_id, None)

    def _filled(self, fact: OrderFilled) -> None:
        fill, order = fact.fill, self._state.orders[fact.fill.client_order_id]
        rules = self._state.rules[(fill.venue, fill.symbol)]
        for asset, _ in balance_changes(fill, rules.base, rules.quote):
            self._hold((fill.venue, asset))
        if order.multi_leg_id is None:
            self._count_position((fill.venue, fill.symbol))
            holding = (order.strategy, fill.venue, fill.symbol)
            if holding in self._state.holdings:
                self._holders.setdefault(order.strategy, {})[holding] = None
        else:
            self._count_trade(self._state.multi_legs[order.multi_leg_id])

    def _target_adjusted(self, fact: TargetAdjusted) -> None:
        self.made.hold((fact.venue, fact.asset))
        if fact.symbol:
            self._count_position((fact.venue, fact.symbol))

    def _count_trade(self, trade: MultiLegTrade) -> None:
        """What the legs of a pair hold; of an arbitrage its open orders alone count."""
        if trade.kind != PAIR:
            return
        self.version += trade.pnl is not None or trade.multi_leg_id not in self._trades
        before = self._trades.pop(trade.multi_leg_id, {})
        after: dict[SymbolKey, Decimal] = {}
        if trade.pnl is None:
            for leg in trade_holdings(self._state, trade):
                after[leg.venue, leg.symbol] = after.get((leg.venue, leg.symbol), ZERO) + abs(leg.quantity)
            self._trades[trade.multi_leg_id] = after
        for key in {**before, **after}:
            self._part(key).legs += after.get(key, ZERO) - before.get(key, ZERO)
            self._value(key)

    def _count_parent(self, parent: ParentOrder) -> None:
        key = (parent.venue, parent.symbol)
        before = self._parents.pop(parent.parent_id, (key, ZERO))[1]
        after = ZERO
        if parent.state is ParentState.WORKING:
            after = sum(parent.slices[len(parent.orders) :], ZERO) * parent.arrival_price
            self._parents[parent.parent_id] = (key, after)
        self._part(key).priced += after - before
        self._value(key)
