"""Builders: the nouns of the engine with sensible defaults, so that a test says only what it is about.

Amounts may be given as text; names and ids that do not matter come from a seeded faker.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from faker import Faker

from genesis.core import money
from genesis.core.events import AssetBalance, VenueOrder, VenueSnapshot
from genesis.core.models import (
    Fill,
    Order,
    OrderType,
    Position,
    PositionState,
    Purpose,
    Side,
    Signal,
    SymbolRules,
    TimeInForce,
    TopOfBook,
)
from genesis.core.portfolio import Holding
from genesis.core.settings import ArbitrageSettings, EngineSettings, ProtectionSettings, RiskSettings, TimingSettings, VenueTerms

money.install_context()

VENUE = "binance"
SYMBOL = "BTCUSDT"
START_MS = 1_700_000_000_000

Amount = str | Decimal | int

_fake = Faker()
_fake.seed_instance(20240501)


def d(amount: Amount) -> Decimal:
    """An amount from text, int or Decimal."""
    return amount if isinstance(amount, Decimal) else Decimal(amount)


def a_name() -> str:
    """A name that does not matter."""
    return f"{_fake.word()}-{_fake.unique.random_int(1, 999_999)}"


def rules(symbol: str = SYMBOL, base: str = "BTC", quote: str = "USDT", **changes: Any) -> SymbolRules:
    """Rules of a symbol: tick 0.01, step 0.00001, least notional 5."""
    amounts = {
        "tick_size": "0.01",
        "min_price": "0.01",
        "max_price": "1000000",
        "step_size": "0.00001",
        "min_qty": "0.00001",
        "max_qty": "9000",
        "min_notional": "5",
    }
    amounts |= {key: value for key, value in changes.items() if key in amounts}
    others = {key: value for key, value in changes.items() if key not in amounts}
    named = {"venue": VENUE, "symbol": symbol, "base": base, "quote": quote, "status": "TRADING", **others}
    return SymbolRules(**named, **{key: d(value) for key, value in amounts.items()})


def top(bid: Amount = "99", ask: Amount = "101", **changes: Any) -> TopOfBook:
    """A top of book, 10 on each side."""
    values: dict[str, Any] = {
        "venue": VENUE,
        "symbol": SYMBOL,
        "bid_quantity": d(10),
        "ask_quantity": d(10),
        "update_id": 1,
        "received_ns": 0,
    }
    return TopOfBook(bid=d(bid), ask=d(ask), **(values | changes))


def signal(side: Side = Side.BUY, quantity: Amount = "0.5", **changes: Any) -> Signal:
    """A confident external MARKET entry on BTCUSDT."""
    values: dict[str, Any] = {
        "signal_id": a_name(),
        "source": "external",
        "strategy": "external",
        "venue": VENUE,
        "symbol": SYMBOL,
        "order_type": OrderType.MARKET,
        "confidence": d("0.9"),
        "purpose": Purpose.ENTRY,
    }
    return Signal(side=side, quantity=d(quantity), **(values | changes))


def limit_signal(side: Side = Side.BUY, quantity: Amount = "0.5", price: Amount = "100", **changes: Any) -> Signal:
    """As `signal`, a LIMIT GTC."""
    values = {"order_type": OrderType.LIMIT, "time_in_force": TimeInForce.GTC, "price": d(price)}
    return signal(side, quantity, **(values | changes))


def order(client_order_id: str = "gtest01-1", side: Side = Side.BUY, quantity: Amount = "1", **changes: Any) -> Order:
    """A LIMIT order at 100 that was just intended."""
    values: dict[str, Any] = {
        "venue": VENUE,
        "symbol": SYMBOL,
        "order_type": OrderType.LIMIT,
        "purpose": Purpose.ENTRY,
        "strategy": "external",
        "correlation_id": a_name(),
        "created_ms": START_MS,
        "updated_ms": START_MS,
        "price": d(100),
        "time_in_force": TimeInForce.GTC,
        "reserved_asset": "USDT" if side is Side.BUY else "BTC",
        "reserved": d(quantity) * 100 if side is Side.BUY else d(quantity),
    }
    return Order(client_order_id=client_order_id, side=side, quantity=d(quantity), **(values | changes))


def fill(trade_id: int, side: Side, quantity: Amount, price: Amount, fee: Amount = "0", fee_asset: str = "BTC", **changes: Any) -> Fill:
    """An execution; its quote quantity is price x quantity truncated to 8 places."""
    values: dict[str, Any] = {
        "venue": VENUE,
        "symbol": SYMBOL,
        "client_order_id": "gtest01-1",
        "quote_quantity": money.truncate8(d(price) * d(quantity)),
        "maker": False,
        "venue_time_ms": START_MS,
    }
    values |= changes
    return Fill(trade_id=trade_id, side=side, quantity=d(quantity), price=d(price), fee=d(fee), fee_asset=fee_asset, **values)


def holding(quantity: Amount = 0, cost: Amount = 0, realised: Amount = 0) -> Holding:
    """The arithmetic of a position."""
    return Holding(d(quantity), d(cost), d(realised))


def position(quantity: Amount = "1", cost: Amount = "100", **changes: Any) -> Position:
    """An open position on BTCUSDT."""
    values: dict[str, Any] = {"venue": VENUE, "symbol": SYMBOL, "state": PositionState.OPEN}
    return Position(quantity=d(quantity), cost=d(cost), **(values | changes))


def balances(**amounts: Amount) -> tuple[AssetBalance, ...]:
    """The venue's word on balances, all of it free."""
    return tuple(AssetBalance(asset=asset, free=d(amount), locked=money.ZERO) for asset, amount in amounts.items())


def snapshot(**changes: Any) -> VenueSnapshot:
    """A reading of the venue: BTCUSDT, 1,000 USDT and 1 BTC, nothing open."""
    values: dict[str, Any] = {
        "venue": VENUE,
        "rules": (rules(),),
        "balances": balances(USDT=1000, BTC=1),
        "open_orders": (),
        "queried_orders": (),
        "missing_orders": (),
        "fills": (),
        "venue_time_ms": START_MS,
    }
    return VenueSnapshot(**(values | changes))


def venue_order(client_order_id: str, status: str, executed: Amount = 0, **changes: Any) -> VenueOrder:
    """An order as the venue's REST answers state it."""
    values: dict[str, Any] = {
        "venue_order_id": 77,
        "symbol": SYMBOL,
        "side": Side.BUY,
        "cum_quote": money.ZERO,
        "venue_time_ms": START_MS,
    }
    return VenueOrder(client_order_id=client_order_id, status=status, executed=d(executed), **(values | changes))


def settings(**changes: Any) -> EngineSettings:
    """One venue with BTCUSDT; risk, arbitrage, timing by default; stops are the engine's alone."""
    values: dict[str, Any] = {
        "venues": (VenueTerms(name=VENUE, symbols=(SYMBOL,), targets={"BTC": d(1)}),),
        "risk": RiskSettings(),
        "arbitrage": ArbitrageSettings(),
        "timing": TimingSettings(),
        "protection": ProtectionSettings(rest_at_venue=False),  # two more commands a fill: test_resting_stops.py has them
    }
    return EngineSettings(**(values | changes))
