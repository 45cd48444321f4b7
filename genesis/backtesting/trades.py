"""Round trips, told from the facts: every fill belongs to exactly one, so that their results add up to what the account gained.

A round trip lasts from flat to flat of one position, or is one multi-leg trade. Its result is what its fills moved, each asset
at its price when it ended: gross before fees, net after. What it leaves (dust, base fees not sold back) is revalued afterwards.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal

import msgspec

from genesis.core.facts import Fact, MultiLegChanged, OrderFilled, TargetAdjusted
from genesis.core.models import Fill, TradeState
from genesis.core.money import ZERO
from genesis.core.state import AssetKey, State, SymbolKey

PriceOf = Callable[[str, str], Decimal]
"""(venue, asset) -> its price in the quote asset now."""


class RoundTrip(msgspec.Struct, frozen=True, kw_only=True):
    """One finished trade (or, at the end of a backtest, an unfinished one: `closed_ms` None). Amounts in the quote asset."""

    name: str
    strategy: str
    symbol: str
    side: str
    opened_ms: int
    closed_ms: int | None
    fills: int
    gross: Decimal
    fees: Decimal

    @property
    def net(self) -> Decimal:
        return self.gross - self.fees


class _Open(msgspec.Struct, kw_only=True):
    name: str
    strategy: str
    symbol: str
    side: str
    opened_ms: int
    fills: int = 0
    moved: dict[AssetKey, Decimal] = {}
    fees: dict[AssetKey, Decimal] = {}


class TradeBook:
    """Sees every decision's facts in order."""

    def __init__(self, state: State) -> None:
        self.finished: list[RoundTrip] = []
        self.residuals: list[tuple[AssetKey, Decimal, Decimal]] = []
        """What finished trades left: asset, amount, its price then."""
        self._state = state
        self._open: dict[SymbolKey | str, _Open] = {}

    @property
    def legging(self) -> bool:
        """Whether a multi-leg trade is under way; a pair that is held is not."""
        trades = (self._state.multi_legs[key] for key in self._open if isinstance(key, str))
        return any(trade.state is not TradeState.COMPLETE for trade in trades)

    def see(self, facts: Sequence[Fact], now_ms: int, price_of: PriceOf) -> None:
        """Take in the facts of one decision, which the state has folded."""
        ended: set[SymbolKey | str] = set()
        for fact in facts:
            if isinstance(fact, OrderFilled):
                self._take(fact.fill)
                ended.add((fact.fill.venue, fact.fill.symbol))
            elif isinstance(fact, TargetAdjusted):
                ended.add((fact.venue, fact.symbol))
            elif isinstance(fact, MultiLegChanged) and fact.after == TradeState.CLOSED:
                ended.add(fact.multi_leg_id)
        for key in sorted(ended, key=str):
            if key in self._open and (isinstance(key, str) or self._state.positions[key].quantity == ZERO):
                self.finished.append(self._settle(self._open.pop(key), now_ms, price_of, now_ms))

    def unfinished(self, now_ms: int, price_of: PriceOf) -> list[RoundTrip]:
        """What is still open, valued at the prices of now."""
        still = [self._settle(trade, now_ms, price_of, None) for trade in self._open.values()]
        self._open.clear()
        return still

    def _take(self, fill: Fill) -> None:
        order, rules = self._state.orders[fill.client_order_id], self._state.rules[(fill.venue, fill.symbol)]
        key: SymbolKey | str = order.multi_leg_id if order.multi_leg_id is not None else (fill.venue, fill.symbol)
        trade = self._open.get(key)
        if trade is None:
            name = order.multi_leg_id or order.correlation_id
            trade = _Open(name=name, strategy=order.strategy, symbol=fill.symbol, side=fill.side, opened_ms=fill.venue_time_ms)
            self._open[key] = trade
        trade.fills += 1
        sign = 1 if fill.side == "BUY" else -1
        for book, asset, amount in (
            (trade.moved, rules.base, sign * fill.quantity),
            (trade.moved, rules.quote, -sign * fill.quote_quantity),
            (trade.fees, fill.fee_asset, fill.fee),
        ):
            book[(fill.venue, asset)] = book.get((fill.venue, asset), ZERO) + amount

    def _settle(self, trade: _Open, now_ms: int, price_of: PriceOf, closed_ms: int | None) -> RoundTrip:
        prices = {key: price_of(*key) for key in {**trade.moved, **trade.fees}}
        for key, price in prices.items():
            left = trade.moved.get(key, ZERO) - trade.fees.get(key, ZERO)
            self.residuals.append((key, left, price))
        return RoundTrip(
            name=trade.name,
            strategy=trade.strategy,
            symbol=trade.symbol,
            side=trade.side,
            opened_ms=trade.opened_ms,
            closed_ms=closed_ms,
            fills=trade.fills,
            gross=sum((amount * prices[key] for key, amount in trade.moved.items()), ZERO),
            fees=sum((amount * prices[key] for key, amount in trade.fees.items()), ZERO),
        )
