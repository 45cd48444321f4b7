"""A round trip as the engine itself recorded it (signal, order, fill, stop, exit), and the same again under other ids and times.

The venue takes no fees and the price stands still, so that a trip leaves the account as it was: any number of them fits together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import msgspec

from genesis.core.commands import PlaceOrder
from genesis.core.events import (
    AssetBalance,
    BookChanged,
    ConnectionChanged,
    EngineBooted,
    Event,
    Now,
    OrderReported,
    OrderSent,
    SignalSubmitted,
    VenueSnapshot,
)
from genesis.core.facts import Fact, OrderChanged, OrderFilled, OrderIntended, SignalReceived
from genesis.core.models import Fill, Order, OrderType, Purpose, Side, Signal, SymbolRules, TopOfBook
from genesis.core.money import ZERO
from genesis.core.settings import EngineSettings, ProtectionSettings, RiskSettings, TimingSettings, VenueTerms
from genesis.core.state import State
from genesis.engine.engine import TradingEngine

VENUE, SYMBOL = "venue", "BTCUSDT"
INSTANCE = "bench001"
PRICE, QUANTITY, CASH = Decimal(100), Decimal("0.5"), Decimal(50_000)
BEGAN_MS = 1_700_000_000_000
RULES = SymbolRules(
    venue=VENUE,
    symbol=SYMBOL,
    base="BTC",
    quote="USDT",
    status="TRADING",
    tick_size=Decimal("0.01"),
    min_price=Decimal("0.01"),
    max_price=Decimal(1_000_000),
    step_size=Decimal("0.00001"),
    min_qty=Decimal("0.00001"),
    max_qty=Decimal(9_000),
    min_notional=Decimal(5),
)
SETTINGS = EngineSettings(
    venues=(VenueTerms(name=VENUE, symbols=(SYMBOL,), maker_fee=ZERO, taker_fee=ZERO),),
    risk=RiskSettings(trades_a_day=10**9),
    timing=TimingSettings(book_stale_ms=86_400_000),
    protection=ProtectionSettings(rest_at_venue=False),
)


class Trader:
    """The engine, and a venue that fills everything at once at one price. `facts`: all that was recorded."""

    def __init__(self) -> None:
        self.engine = TradingEngine(SETTINGS, State(), INSTANCE)
        self.facts: list[Fact] = []
        self._placed: list[Order] = []
        self._trades = 0
        self._do(EngineBooted(epoch=1, version="bench", config_digest="0" * 64, test_hooks=False))
        for channel in ("market", "orders"):
            self._do(ConnectionChanged(venue=VENUE, channel=channel, connected=True))
        self._do(
            VenueSnapshot(
                venue=VENUE,
                rules=(RULES,),
                balances=(AssetBalance(asset="USDT", free=CASH, locked=ZERO), AssetBalance(asset="BTC", free=Decimal(1), locked=ZERO)),
                open_orders=(),
                queried_orders=(),
                missing_orders=(),
                fills=(),
                venue_time_ms=BEGAN_MS,
            )
        )
        top = TopOfBook(
            venue=VENUE, symbol=SYMBOL, bid=PRICE, bid_quantity=CASH, ask=PRICE, ask_quantity=CASH, update_id=1, received_ns=1_000_000_000
        )
        self._do(BookChanged(top=top))

    def trade(self, number: int, side: Side, purpose: Purpose) -> list[Fact]:
        """A signal that becomes an order that is filled; the facts of it."""
        before = len(self.facts)
        signal = Signal(
            signal_id=f"signal-{number}",
            source="external",
            strategy="external",
            venue=VENUE,
            symbol=SYMBOL,
            side=side,
            order_type=OrderType.MARKET,
            quantity=QUANTITY,
            confidence=Decimal("0.9"),
            purpose=purpose,
        )
        self._do(SignalSubmitted(signal=signal, reply_to=1))
        order = self._placed.pop()
        self._do(OrderSent(client_order_id=order.client_order_id, signed_ms=BEGAN_MS))
        self._report(order, "NEW", ())
        self._trades += 1
        fill = Fill(
            venue=VENUE,
            symbol=SYMBOL,
            trade_id=self._trades,
            client_order_id=order.client_order_id,
            side=side,
            price=PRICE,
            quantity=QUANTITY,
            quote_quantity=PRICE * QUANTITY,
            fee=ZERO,
            fee_asset="BTC" if side is Side.BUY else "USDT",
            maker=False,
            venue_time_ms=BEGAN_MS,
        )
        self._report(order, "FILLED", (fill,))
        return self.facts[before:]

    def _report(self, order: Order, status: str, fills: tuple[Fill, ...]) -> None:
        executed = sum((fill.quantity for fill in fills), ZERO)
        report = OrderReported(
            venue=VENUE,
            symbol=SYMBOL,
            client_order_id=order.client_order_id,
            venue_order_id=7_000_000,
            status=status,
            executed=executed,
            cum_quote=executed * PRICE,
            source="stream",
            venue_time_ms=BEGAN_MS,
            fills=fills,
        )
        self._do(report)

    def _do(self, event: Event) -> None:
        decision = self.engine.handle(event, Now(BEGAN_MS, 1_000_000_000))
        self.facts += decision.facts
        self._placed += [command.order for command in decision.commands if isinstance(command, PlaceOrder)]


class Lives:
    """`opening`: what the journal begins with. `trip(number, at_ms)`: the facts of one more round trip."""

    def __init__(self) -> None:
        trader = Trader()
        self.opening = list(trader.facts)
        self._template = [*trader.trade(1, Side.BUY, Purpose.ENTRY), *trader.trade(2, Side.SELL, Purpose.EXIT)]
        assert {type(fact) for fact in self._template} >= set(_ANEW), "a trip has signals, orders, changes and fills"

    def trip(self, number: int, at_ms: int) -> Iterator[Fact]:
        """Of the `number`th trip, from 0 on: two orders."""
        for fact in self._template:
            anew = _ANEW.get(type(fact))
            correlation = _signal(fact.correlation_id, number)
            if anew is not None:
                yield msgspec.structs.replace(fact, correlation_id=correlation, **anew(fact, number, at_ms))
            else:
                yield msgspec.structs.replace(fact, correlation_id=correlation)


def _signal(name: str, number: int) -> str:
    """signal-1 and signal-2 of the first trip are signal-3 and signal-4 of the second."""
    return f"signal-{int(name.removeprefix('signal-')) + 2 * number}" if name.startswith("signal-") else name


def _order(name: str, number: int) -> str:
    return f"g{INSTANCE}-{int(name.rsplit('-', 1)[1]) + 2 * number}"


def _signal_received(fact: SignalReceived, number: int, at_ms: int) -> dict[str, Any]:
    name = _signal(fact.signal.signal_id, number)
    return {"signal": msgspec.structs.replace(fact.signal, signal_id=name, received_ms=at_ms)}


def _order_intended(fact: OrderIntended, number: int, at_ms: int) -> dict[str, Any]:
    order = fact.order
    ids = {"client_order_id": _order(order.client_order_id, number), "correlation_id": _signal(order.correlation_id, number)}
    return {"order": msgspec.structs.replace(order, created_ms=at_ms, updated_ms=at_ms, **ids)}


def _order_changed(fact: OrderChanged, number: int, at_ms: int) -> dict[str, Any]:
    return {"client_order_id": _order(fact.client_order_id, number), "changed_ms": at_ms}


def _order_filled(fact: OrderFilled, number: int, at_ms: int) -> dict[str, Any]:
    ids = {"client_order_id": _order(fact.fill.client_order_id, number), "trade_id": fact.fill.trade_id + 2 * number}
    return {"fill": msgspec.structs.replace(fact.fill, venue_time_ms=at_ms, **ids)}


_ANEW: dict[type[Fact], Callable[[Any, int, int], dict[str, Any]]] = {
    SignalReceived: _signal_received,
    OrderIntended: _order_intended,
    OrderChanged: _order_changed,
    OrderFilled: _order_filled,
}
