"""Orders through the pure engine and into journal rows, without a socket or a disk: what one decision costs, to be counted exactly.

Each order is a MARKET entry that the venue fills at once, BUY and SELL in turn on one symbol after another, told by the answer and again
by the user stream, with the balances after it; the stop of the position is placed and cancelled as the engine wishes. Commits come in
groups, as under load.
"""

from __future__ import annotations

from collections import deque
from decimal import Decimal

import msgspec

from genesis.core.commands import CancelOrder, Command, PlaceOrder
from genesis.core.events import (
    AssetBalance,
    BalanceReported,
    BookChanged,
    ConnectionChanged,
    EngineBooted,
    Event,
    MarketTrade,
    Now,
    OrderReported,
    OrderSent,
    SignalSubmitted,
    VenueSnapshot,
)
from genesis.core.models import Fill, Order, OrderType, Purpose, Side, Signal, SymbolRules, TopOfBook
from genesis.core.money import ZERO
from genesis.core.settings import DEFAULT_TIERS, EngineSettings, HistorySettings, RiskSettings, TiltSettings, TimingSettings, VenueTerms
from genesis.core.state import State
from genesis.data.codec import payload_of
from genesis.data.rows import upserts_of
from genesis.engine.engine import TradingEngine

VENUE = "binance"
CASH = Decimal(1_000_000_000)
HELD = Decimal(100_000)
QUANTITY, PRICE, TICK = Decimal("0.2"), Decimal(100), Decimal("0.01")
FEE = Decimal("0.001")
BEGAN_MS = 1_700_000_000_000
EVENT_NS = 100_000
COMMIT_EVERY = 64
"""Events between two commits."""


def name(number: int) -> str:
    """Of a symbol."""
    return f"A{number:04d}USDT"


def settings(symbols: int) -> EngineSettings:
    """Limits by number and by day out of the way; every rule is looked at."""
    tiers = {tier: msgspec.structs.replace(limits, open_positions=10**6, daily_loss=CASH) for tier, limits in DEFAULT_TIERS.items()}
    return EngineSettings(
        venues=(VenueTerms(name=VENUE, symbols=tuple(name(number) for number in range(symbols))),),
        risk=RiskSettings(trades_a_day=10**9, max_correlation=Decimal(1), tiers=tiers),
        timing=TimingSettings(book_stale_ms=86_400_000),
        tilt=TiltSettings(baseline_values=1_000_000),
        history=HistorySettings(remembered=10**6),
    )


class Flow:
    """One engine over so many symbols. `source`: "external" = signals by hand, "strategy" = those of a strategy."""

    def __init__(self, symbols: int, source: str = "external") -> None:
        self.symbols = symbols
        self.engine = TradingEngine(settings(symbols), State(), "bench01")
        self._source = source
        self._events: deque[Event] = deque()
        self._since_commit = 0
        self._mono_ns, self._signals, self._entries, self._messages, self._trades = 1_000_000_000, 0, 0, 0, 0
        self._held = {name(number): HELD for number in range(symbols)}
        self._cash = CASH
        self._resting: dict[str, Order] = {}
        self._begin()

    def trade(self, orders: int) -> None:
        """So many entries, each to its end."""
        for _ in range(orders):
            self._enter(name(self._signals // 2 % self.symbols), Side.SELL if self._signals % 2 else Side.BUY)

    def hold_all(self) -> None:
        """A position in every symbol, each with its stop at the venue."""
        for number in range(self.symbols):
            self._enter(name(number), Side.BUY)
        self._signals = 0

    def hear(self, messages: int) -> None:
        """So many public trades, each with the book that it leaves."""
        for _ in range(messages):
            symbol = name(self._messages % self.symbols)
            self._messages += 1
            self._do(
                MarketTrade(venue=VENUE, symbol=symbol, price=PRICE, quantity=QUANTITY, venue_time_ms=BEGAN_MS, trade_id=self._messages)
            )
            self._do(BookChanged(top=self._top(symbol)))
            self._settle()

    def _enter(self, symbol: str, side: Side) -> None:
        self._signals += 1
        self._entries += 1
        self._do(SignalSubmitted(signal=self._signal(symbol, side), reply_to=self._entries))
        self._settle()

    def _signal(self, symbol: str, side: Side) -> Signal:
        return Signal(
            signal_id=f"s{self._entries}",
            source=self._source,
            strategy=self._source,
            venue=VENUE,
            symbol=symbol,
            side=side,
            order_type=OrderType.MARKET,
            quantity=QUANTITY,
            confidence=Decimal(1),
            purpose=Purpose.ENTRY,
        )

    def _begin(self) -> None:
        self._do(EngineBooted(epoch=1, version="0", config_digest="", test_hooks=False))
        for channel in ("market", "orders"):
            self._do(ConnectionChanged(venue=VENUE, channel=channel, connected=True))
        for number in range(self.symbols):
            self._do(BookChanged(top=self._top(name(number))))
        self._do(self._snapshot())
        self._settle()

    def _top(self, symbol: str) -> TopOfBook:
        return TopOfBook(
            venue=VENUE,
            symbol=symbol,
            bid=PRICE,
            bid_quantity=HELD,
            ask=PRICE + TICK,
            ask_quantity=HELD,
            update_id=1,
            received_ns=self._mono_ns,
        )

    def _snapshot(self) -> VenueSnapshot:
        return VenueSnapshot(
            venue=VENUE,
            rules=tuple(_rules(symbol) for symbol in self._held),
            balances=(AssetBalance(asset="USDT", free=CASH, locked=ZERO), *(_free(symbol, HELD) for symbol in self._held)),
            open_orders=(),
            queried_orders=(),
            missing_orders=(),
            fills=(),
            venue_time_ms=BEGAN_MS,
        )

    # -- the engine's turn

    def _settle(self) -> None:
        while self._events:
            self._do(self._events.popleft())

    def _do(self, event: Event) -> None:
        self._mono_ns += EVENT_NS
        decision = self.engine.handle(event, Now(BEGAN_MS + self._mono_ns // 1_000_000, self._mono_ns))
        for fact in decision.facts:
            payload_of(fact)
        self._since_commit += 1
        if self._since_commit >= COMMIT_EVERY:
            self._since_commit = 0
            upserts_of(self.engine.state, self.engine.state.take_dirty(), 1)
        for command in decision.commands:
            self._venue(command)

    # -- the venue's turn

    def _venue(self, command: Command) -> None:
        match command:
            case PlaceOrder(order=order):
                self._events.append(OrderSent(client_order_id=order.client_order_id, signed_ms=BEGAN_MS))
                self._rest(order) if order.rests_as_stop else self._fill(order)
            case CancelOrder(client_order_id=client_order_id):
                stop = self._resting.pop(client_order_id)
                self._tell(stop, "CANCELED", ())

    def _rest(self, order: Order) -> None:
        self._resting[order.client_order_id] = order
        self._tell(order, "NEW", ())

    def _fill(self, order: Order) -> None:
        self._trades += 1
        buying = order.side is Side.BUY
        price = PRICE + TICK if buying else PRICE
        quote = price * order.quantity
        fee = (order.quantity if buying else quote) * FEE
        base = order.symbol.removesuffix("USDT")
        fill = Fill(
            venue=VENUE,
            symbol=order.symbol,
            trade_id=self._trades,
            client_order_id=order.client_order_id,
            side=order.side,
            price=price,
            quantity=order.quantity,
            quote_quantity=quote,
            fee=fee,
            fee_asset=base if buying else "USDT",
            maker=False,
            venue_time_ms=BEGAN_MS,
        )
        self._held[order.symbol] += order.quantity - fee if buying else -order.quantity
        self._cash += -quote if buying else quote - fee
        self._tell(order, "FILLED", (fill,))

    def _tell(self, order: Order, status: str, fills: tuple[Fill, ...]) -> None:
        """By the answer, and by the stream."""
        executed, quote = (order.quantity, fills[0].quote_quantity) if fills else (ZERO, ZERO)
        told = OrderReported(
            venue=VENUE,
            symbol=order.symbol,
            client_order_id=order.client_order_id,
            venue_order_id=int(order.client_order_id.rpartition("-")[2]),
            status=status,
            executed=executed,
            cum_quote=quote,
            source="answer",
            venue_time_ms=BEGAN_MS,
            fills=fills,
        )
        self._events.append(told)
        if fills:
            self._events.append(msgspec.structs.replace(told, source="stream", status="NEW", executed=ZERO, cum_quote=ZERO, fills=()))
        self._events.append(msgspec.structs.replace(told, source="stream"))
        self._events.append(BalanceReported(venue=VENUE, balances=self._balances(order.symbol), venue_time_ms=BEGAN_MS))

    def _balances(self, symbol: str) -> tuple[AssetBalance, ...]:
        return AssetBalance(asset="USDT", free=self._cash, locked=ZERO), _free(symbol, self._held[symbol])


def _free(symbol: str, amount: Decimal) -> AssetBalance:
    return AssetBalance(asset=symbol.removesuffix("USDT"), free=amount, locked=ZERO)


def _rules(symbol: str) -> SymbolRules:
    return SymbolRules(
        venue=VENUE,
        symbol=symbol,
        base=symbol.removesuffix("USDT"),
        quote="USDT",
        status="TRADING",
        tick_size=TICK,
        min_price=TICK,
        max_price=Decimal(1_000_000),
        step_size=Decimal("0.00001"),
        min_qty=Decimal("0.00001"),
        max_qty=Decimal(9_000),
        min_notional=Decimal(5),
    )
