"""The simulated venue: commands and public trades in, the events out that a gateway would give. No clock, no I/O.

No order ever meets a price from before it arrived: an order that takes waits for the first public trade at or after its
arrival, one that rests is filled by later trades only, at its own price.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

import msgspec

from genesis.backtesting.account import Account
from genesis.backtesting.matching import Quote, capacity, crosses, filter_failure, quote_around, taker_price, traded_through
from genesis.backtesting.settings import BacktestSettings
from genesis.backtesting.tape import Print
from genesis.core.commands import CancelOrder, QueryOrder, Reconcile
from genesis.core.events import (
    BalanceReported,
    CancelRefused,
    Event,
    OrderNotFound,
    OrderRefused,
    OrderReported,
    VenueOrder,
    VenueSnapshot,
)
from genesis.core.models import Fill, Order, OrderType, Side, SymbolRules, TimeInForce
from genesis.core.money import ZERO, floor_to, truncate8
from genesis.core.settings import VenueTerms

NEW_ORDER_REJECTED = -2010
FILTER_FAILURE = -1013
CANCEL_REJECTED = -2011
_OPEN = ("NEW", "PARTIALLY_FILLED")


class VenueSide(msgspec.Struct, kw_only=True):
    """An order as the venue has it. `waiting` = it takes, and has not met the market yet."""

    order: Order
    venue_order_id: int
    status: str = "NEW"
    waiting: bool = False
    executed: Decimal = ZERO
    cum_quote: Decimal = ZERO
    locked: Decimal = ZERO
    fills: list[Fill] = msgspec.field(default_factory=list)

    @property
    def remaining(self) -> Decimal:
        return self.order.quantity - self.executed


class SimulatedVenue:
    """One venue with one account. Every method returns what the account hears, in order; the caller adds the latency."""

    def __init__(
        self, terms: VenueTerms, rules: Iterable[SymbolRules], settings: BacktestSettings, balances: Mapping[str, Decimal]
    ) -> None:
        self.account = Account(balances)
        self.quotes: dict[str, Quote] = {}
        self.fills: list[Fill] = []
        self._terms = terms
        self._rules = {each.symbol: each for each in rules}
        self._settings = settings
        self._orders: dict[str, VenueSide] = {}
        self._open: dict[str, dict[str, VenueSide]] = {symbol: {} for symbol in self._rules}
        self._trade_ids = dict.fromkeys(self._rules, 0)

    # -- commands

    def place(self, order: Order, at_ms: int) -> list[Event]:
        """A new order arrives: accepted or refused with the venue's code and text."""
        rules, quote = self._rules[order.symbol], self.quotes.get(order.symbol)
        refusal = self._refusal(order, rules, quote)
        if refusal is not None:
            return [OrderRefused(client_order_id=order.client_order_id, code=refusal[0], message=refusal[1])]
        taking = order.order_type is OrderType.MARKET or order.time_in_force in (TimeInForce.IOC, TimeInForce.FOK)
        if not taking and order.order_type is OrderType.LIMIT:
            assert order.price is not None, order
            taking = quote is None or crosses(order.side, order.price, quote)
        held = VenueSide(order=order, venue_order_id=len(self._orders) + 1, waiting=taking)
        self._orders[order.client_order_id] = held
        self._open[order.symbol][order.client_order_id] = held
        self._lock(held)
        return [self._report(held, at_ms, "answer")]

    def cancel(self, command: CancelOrder, at_ms: int) -> list[Event]:
        """A cancel arrives: the order is cancelled, or -2011."""
        held = self._orders.get(command.client_order_id)
        if held is None or held.status not in _OPEN:
            return [CancelRefused(client_order_id=command.client_order_id, code=CANCEL_REJECTED, message="Unknown order sent.")]
        self._end(held, "CANCELED")
        return [self._report(held, at_ms, "answer")]

    def query(self, command: QueryOrder, at_ms: int) -> list[Event]:
        """What became of an order, with all its fills; or -2013."""
        held = self._orders.get(command.client_order_id)
        if held is None:
            return [OrderNotFound(client_order_id=command.client_order_id, venue_time_ms=at_ms)]
        return [self._report(held, at_ms, "query", tuple(held.fills))]

    def reconcile(self, command: Reconcile, at_ms: int) -> list[Event]:
        """The venue's whole state."""
        asked = [client_order_id for _, client_order_id in command.unresolved]
        is_open = [held for of_symbol in self._open.values() for held in of_symbol.values()]
        return [
            VenueSnapshot(
                venue=self._terms.name,
                rules=tuple(self._rules.values()),
                balances=self.account.reported(self.account.totals()),
                open_orders=tuple(_shown(held, at_ms) for held in is_open),
                queried_orders=tuple(_shown(self._orders[key], at_ms) for key in asked if key in self._orders),
                missing_orders=tuple(key for key in asked if key not in self._orders),
                fills=tuple(fill for fill in self.fills if fill.trade_id > command.trades_after.get(fill.symbol, -1)),
                venue_time_ms=at_ms,
            )
        ]

    # -- the market

    def trade(self, traded: Print) -> list[Event]:
        """A public trade: resting orders beyond which it went are filled at their prices, in order of price and time; the book
        moves to stand around it; then the waiting orders meet that book."""
        symbol, of_symbol = traded.symbol, self._open[traded.symbol]
        heard = self._fill_resting(traded, [held for held in of_symbol.values() if not held.waiting]) if of_symbol else []
        self.quotes[symbol] = quote_around(traded.price, self._settings.half_spread, self._rules[symbol].tick_size)
        for held in [held for held in of_symbol.values() if held.waiting] if of_symbol else ():
            heard += self._meet(held, traded.at_ms)
        if heard:
            heard.append(self._balances(symbol, traded.at_ms))
        return heard

    def _fill_resting(self, traded: Print, resting: list[VenueSide]) -> list[Event]:
        heard: list[Event] = []
        left = traded.quantity
        for held in sorted(resting, key=_nearest):
            order = held.order
            assert order.price is not None, order
            if left > ZERO and traded_through(order.side, order.price, traded.price):
                quantity = floor_to(min(held.remaining, left), self._rules[order.symbol].step_size or order.quantity)
                if quantity > ZERO:
                    left -= quantity
                    heard.append(self._execute(held, quantity, order.price, traded.at_ms, maker=True))
        return heard

    def _meet(self, held: VenueSide, at_ms: int) -> list[Event]:
        """A taking order meets the book: what the limit, the depth and the funds allow is executed, the rest waits or ends."""
        held.waiting = False
        order, quote = held.order, self.quotes[held.order.symbol]
        if order.price is not None and not crosses(order.side, order.price, quote):
            return [] if _rests(order) else [self._expire(held, at_ms)]
        rules = self._rules[order.symbol]
        quantity = min(held.remaining, capacity(order.side, quote, self._settings, rules))
        if order.time_in_force is TimeInForce.FOK and quantity < held.remaining:
            return [self._expire(held, at_ms)]
        price = taker_price(order.side, quantity, quote, self._settings, rules)
        if order.price is not None:
            price = min(price, order.price) if order.side is Side.BUY else max(price, order.price)
        elif order.side is Side.BUY:
            quantity = min(quantity, floor_to(self.account.free(rules.quote) / price, rules.step_size or quantity))
        heard: list[Event] = [self._execute(held, quantity, price, at_ms, maker=False)] if quantity > ZERO else []
        if held.status in _OPEN and not _rests(order):
            heard.append(self._expire(held, at_ms))
        return heard

    def _execute(self, held: VenueSide, quantity: Decimal, price: Decimal, at_ms: int, *, maker: bool) -> Event:
        order, rules = held.order, self._rules[held.order.symbol]
        buying = order.side is Side.BUY
        quote_quantity = truncate8(price * quantity)
        rate = self._terms.maker_fee if maker else self._terms.taker_fee
        fee = truncate8((quantity if buying else quote_quantity) * rate)
        self._trade_ids[order.symbol] += 1
        fill = Fill(
            venue=self._terms.name,
            symbol=order.symbol,
            trade_id=self._trade_ids[order.symbol],
            client_order_id=order.client_order_id,
            side=order.side,
            price=price,
            quantity=quantity,
            quote_quantity=quote_quantity,
            fee=fee,
            fee_asset=rules.base if buying else rules.quote,
            maker=maker,
            venue_time_ms=at_ms,
        )
        held.executed += quantity
        held.cum_quote += quote_quantity
        held.fills.append(fill)
        self.fills.append(fill)
        held.status = "FILLED" if held.remaining == ZERO else "PARTIALLY_FILLED"
        self._lock(held)
        if held.status == "FILLED":
            del self._open[order.symbol][order.client_order_id]
        sign = 1 if buying else -1
        self.account.move(rules.base if buying else rules.quote, (quantity if buying else quote_quantity) - fee)
        self.account.move(rules.quote if buying else rules.base, -sign * quote_quantity if buying else -quantity)
        return self._report(held, at_ms, "stream", (fill,))

    # -- books

    def _refusal(self, order: Order, rules: SymbolRules, quote: Quote | None) -> tuple[int, str] | None:
        if order.client_order_id in self._orders:
            return NEW_ORDER_REJECTED, "Duplicate order sent."
        failed = filter_failure(order, rules, quote)
        if failed:
            return FILTER_FAILURE, f"Filter failure: {failed}"
        if order.order_type is OrderType.LIMIT_MAKER:
            assert order.price is not None, order
            if quote is not None and crosses(order.side, order.price, quote):
                return NEW_ORDER_REJECTED, "Order would immediately match and take."
        asset, need = self._needs(order, order.quantity, rules)
        if order.order_type is OrderType.MARKET and order.side is Side.BUY and quote is not None:
            need = quote.ask * order.quantity
        if need > self.account.free(asset):
            return NEW_ORDER_REJECTED, "Account has insufficient balance for requested action."
        return None

    @staticmethod
    def _needs(order: Order, remaining: Decimal, rules: SymbolRules) -> tuple[str, Decimal]:
        """(asset, amount) that an open order holds locked; a MARKET buy nothing, it is decided in one instant."""
        if order.side is Side.SELL:
            return rules.base, remaining
        return rules.quote, truncate8(order.price * remaining) if order.price is not None else ZERO

    def _lock(self, held: VenueSide) -> None:
        """Bring what is locked to what the order holds now."""
        remaining = held.remaining if held.status in _OPEN else ZERO
        asset, need = self._needs(held.order, remaining, self._rules[held.order.symbol])
        self.account.lock(asset, need - held.locked)
        held.locked = need

    def _end(self, held: VenueSide, status: str) -> None:
        held.status, held.waiting = status, False
        del self._open[held.order.symbol][held.order.client_order_id]
        self._lock(held)

    def _expire(self, held: VenueSide, at_ms: int) -> Event:
        self._end(held, "EXPIRED")
        return self._report(held, at_ms, "stream")

    def _report(self, held: VenueSide, at_ms: int, source: str, fills: tuple[Fill, ...] = ()) -> Event:
        return OrderReported(
            venue=self._terms.name,
            symbol=held.order.symbol,
            client_order_id=held.order.client_order_id,
            venue_order_id=held.venue_order_id,
            status=held.status,
            executed=held.executed,
            cum_quote=held.cum_quote,
            source=source,
            venue_time_ms=at_ms,
            fills=fills,
        )

    def _balances(self, symbol: str, at_ms: int) -> Event:
        rules = self._rules[symbol]
        return BalanceReported(venue=self._terms.name, balances=self.account.reported((rules.base, rules.quote)), venue_time_ms=at_ms)


def _rests(order: Order) -> bool:
    return order.order_type is not OrderType.MARKET and order.time_in_force not in (TimeInForce.IOC, TimeInForce.FOK)


def _nearest(held: VenueSide) -> tuple[Decimal, int]:
    """Price-time priority: the best price first, the older order first."""
    assert held.order.price is not None
    return (-held.order.price if held.order.side is Side.BUY else held.order.price), held.venue_order_id


def _shown(held: VenueSide, at_ms: int) -> VenueOrder:
    return VenueOrder(
        client_order_id=held.order.client_order_id,
        venue_order_id=held.venue_order_id,
        symbol=held.order.symbol,
        side=held.order.side,
        status=held.status,
        executed=held.executed,
        cum_quote=held.cum_quote,
        venue_time_ms=at_ms,
    )
