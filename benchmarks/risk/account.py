"""An account with many positions and open orders, made by the engine itself: signals, orders, fills, books."""

from __future__ import annotations

from decimal import Decimal

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
from genesis.core.models import Fill, Order, OrderType, Purpose, Side, Signal, SymbolRules, TimeInForce, TopOfBook
from genesis.core.money import ZERO
from genesis.core.settings import DEFAULT_TIERS, EngineSettings, ProtectionSettings, RiskSettings, TiltSettings, TimingSettings, VenueTerms
from genesis.core.state import State
from genesis.engine.desk import Desk
from genesis.engine.engine import TradingEngine

VENUE = "venue"
CASH = 100_000_000
PRICE = Decimal(100)
ONE_UNIT = Decimal("0.5")
BEGAN_MS = 1_700_000_000_000


def name(number: int) -> str:
    return f"A{number:04d}USDT"


def settings(symbols: int) -> EngineSettings:
    """Limits by number and by day out of the way: what is measured is how long a decision takes that passes all of them."""
    tiers = {tier: msgspec.structs.replace(limits, open_positions=1_000_000) for tier, limits in DEFAULT_TIERS.items()}
    return EngineSettings(
        venues=(VenueTerms(name=VENUE, symbols=tuple(name(number) for number in range(symbols))),),
        risk=RiskSettings(trades_a_day=10**9, tiers=tiers),
        timing=TimingSettings(book_stale_ms=86_400_000),
        tilt=TiltSettings(baseline_values=1_000_000),
        protection=ProtectionSettings(rest_at_venue=False),  # as many orders open as the table says
    )


class Account:
    """`open_ones` positions and as many resting orders, over twice as many symbols, and a few symbols of which nothing is open."""

    def __init__(self, open_ones: int) -> None:
        self.symbols = 2 * open_ones + 10
        self.engine = TradingEngine(settings(self.symbols), State(), "bench01")
        self._mono_ns, self._number, self._update = 1_000_000_000, 0, 0
        self._begin()
        for number in range(open_ones):
            self._fill(self._order(self.signal(name(number))))
            self._rest(self._order(self.signal(name(open_ones + number), price=PRICE - 1)))

    @property
    def desk(self) -> Desk:
        return self.engine._desk

    def begin(self) -> None:
        """A decision is about to be taken, a millisecond after the last."""
        self._mono_ns += 1_000_000
        self.desk.begin(Now(BEGAN_MS + self._mono_ns // 1_000_000, self._mono_ns))

    def signal(self, symbol: str, *, price: Decimal | None = None, confidence: str = "0.9", source: str = "strategy") -> Signal:
        self._number += 1
        return Signal(
            signal_id=f"s{self._number}",
            source=source,
            strategy=source,
            venue=VENUE,
            symbol=symbol,
            side=Side.BUY,
            order_type=OrderType.MARKET if price is None else OrderType.LIMIT,
            time_in_force=None if price is None else TimeInForce.GTC,
            quantity=ONE_UNIT,
            confidence=Decimal(confidence),
            purpose=Purpose.ENTRY,
            price=price,
        )

    def move(self, symbol: str, step: int) -> None:
        """The book of a symbol moves by so many hundredths."""
        self._update += 1
        middle = PRICE + Decimal(step) / 100
        top = TopOfBook(
            venue=VENUE,
            symbol=symbol,
            bid=middle - Decimal("0.01"),
            bid_quantity=PRICE,
            ask=middle + Decimal("0.01"),
            ask_quantity=PRICE,
            update_id=self._update,
            received_ns=self._mono_ns,
        )
        self.do(BookChanged(top=top))

    def do(self, event: Event) -> list[Order]:
        """One event; the orders that it placed."""
        self._mono_ns += 1_000_000
        decision = self.engine.handle(event, Now(BEGAN_MS + self._mono_ns // 1_000_000, self._mono_ns))
        return [command.order for command in decision.commands if isinstance(command, PlaceOrder)]

    def _begin(self) -> None:
        self.do(EngineBooted(epoch=1, version="0", config_digest="c", test_hooks=False))
        for channel in ("market", "orders"):
            self.do(ConnectionChanged(venue=VENUE, channel=channel, connected=True))
        rules = tuple(_rules(name(number)) for number in range(self.symbols))
        cash = (AssetBalance(asset="USDT", free=Decimal(CASH), locked=ZERO),)
        self.do(
            VenueSnapshot(
                venue=VENUE,
                rules=rules,
                balances=cash,
                open_orders=(),
                queried_orders=(),
                missing_orders=(),
                fills=(),
                venue_time_ms=BEGAN_MS,
            )
        )
        for number in range(self.symbols):
            self.move(name(number), 0)

    def _order(self, signal: Signal) -> Order:
        (order,) = self.do(SignalSubmitted(signal=signal, reply_to=1))
        self.do(OrderSent(client_order_id=order.client_order_id, signed_ms=BEGAN_MS))
        return order

    def _fill(self, order: Order) -> None:
        fill = Fill(
            venue=VENUE,
            symbol=order.symbol,
            trade_id=self._number,
            client_order_id=order.client_order_id,
            side=order.side,
            price=PRICE,
            quantity=order.quantity,
            quote_quantity=order.quantity * PRICE,
            fee=order.quantity / 1_000,
            fee_asset=order.symbol.removesuffix("USDT"),
            maker=False,
            venue_time_ms=BEGAN_MS,
        )
        self._report(order, "FILLED", (fill,))

    def _rest(self, order: Order) -> None:
        self._report(order, "NEW", ())

    def _report(self, order: Order, status: str, fills: tuple[Fill, ...]) -> None:
        executed = sum((fill.quantity for fill in fills), ZERO)
        self.do(
            OrderReported(
                venue=VENUE,
                symbol=order.symbol,
                client_order_id=order.client_order_id,
                venue_order_id=self._number,
                status=status,
                executed=executed,
                cum_quote=executed * PRICE,
                source="answer",
                venue_time_ms=BEGAN_MS,
                fills=fills,
            )
        )


def _rules(symbol: str) -> SymbolRules:
    return SymbolRules(
        venue=VENUE,
        symbol=symbol,
        base=symbol.removesuffix("USDT"),
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
