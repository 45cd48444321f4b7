"""What the venue trades: each symbol's rules and permissions, the exchange's own limits, fees (binance-spot 1.4, 1.6)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, get_args

import msgspec

from .orders import OrderType, StpMode, TradingStatus
from .venue_events import E8

RuleName = Literal["tick_size", "min_price", "max_price", "step_size", "min_qty", "max_qty", "min_notional"]
"""The numbers of a symbol that the ledger states, and that may change while it trades."""
ORDER_TYPES: tuple[OrderType, ...] = get_args(OrderType)
STP_MODES: tuple[StpMode, ...] = get_args(StpMode)


class MinNotional(msgspec.Struct, frozen=True):
    """MIN_NOTIONAL, the older form of NOTIONAL; `minimum` in units of 1e-8 quote."""

    minimum: int
    on_market: bool = True


class Lot(msgspec.Struct, frozen=True):
    """MARKET_LOT_SIZE in units of 1e-8 base; a step of 0 disables its check, as in the venue's own data."""

    min_qty: int
    max_qty: int
    step_size: int


class PercentPrice(msgspec.Struct, frozen=True):
    """PERCENT_PRICE: multipliers of the reference price in units of 1e-8."""

    up: int
    down: int


class PercentPriceBySide(msgspec.Struct, frozen=True):
    """PERCENT_PRICE_BY_SIDE: as PERCENT_PRICE, another pair for each side."""

    bid_up: int
    bid_down: int
    ask_up: int
    ask_down: int


class TrailingDelta(msgspec.Struct, frozen=True):
    """TRAILING_DELTA in BIPS; "above" binds STOP_LOSS BUY and TAKE_PROFIT SELL, "below" the others."""

    min_above: int
    max_above: int
    min_below: int
    max_below: int


class SymbolSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One symbol's rules; amounts in units of 1e-8. A number of 0, or None, disables its check and takes the filter out of exchangeInfo
    (PRICE_FILTER, LOT_SIZE and NOTIONAL are always shown).

    `average_price_minutes` 0 = the last price is the reference; `reference_price` > 0 overrides any average (binance-spot 1.6).
    """

    symbol: str
    base: str
    quote: str
    tick_size: int
    min_price: int
    max_price: int
    step_size: int
    min_qty: int
    max_qty: int
    min_notional: int
    status: TradingStatus = "TRADING"
    base_precision: int = 8
    quote_precision: int = 8
    min_notional_on_market: bool = True
    max_notional: int = 9_000_000 * E8
    max_notional_on_market: bool = False
    older_min_notional: MinNotional | None = None
    market_lot: Lot | None = None
    percent_price: PercentPrice | None = None
    percent_price_by_side: PercentPriceBySide | None = None
    average_price_minutes: int = 5
    reference_price: int = 0
    iceberg_parts: int = 0
    max_num_orders: int = 0
    max_num_algo_orders: int = 0
    max_num_iceberg_orders: int = 0
    max_num_order_lists: int = 0
    max_num_order_amends: int = 0
    max_position: int = 0
    trailing_delta: TrailingDelta | None = None
    order_types: tuple[OrderType, ...] = ORDER_TYPES
    iceberg_allowed: bool = True
    trailing_stop_allowed: bool = True
    quote_order_qty_allowed: bool = True
    oco_allowed: bool = True
    oto_allowed: bool = True
    opo_allowed: bool = True
    cancel_replace_allowed: bool = True
    amend_allowed: bool = True
    default_stp_mode: StpMode = "NONE"
    stp_modes: tuple[StpMode, ...] = STP_MODES


class ExchangeLimits(msgspec.Struct, frozen=True, kw_only=True):
    """EXCHANGE_MAX_NUM_*: what an account may have open on all symbols together (0 = no limit); MAX_ASSET by asset, units of 1e-8."""

    max_num_orders: int = 0
    max_num_algo_orders: int = 0
    max_num_iceberg_orders: int = 0
    max_num_order_lists: int = 0
    max_asset: Mapping[str, int] = MappingProxyType({})


NO_LIMITS = ExchangeLimits()


class Fees(msgspec.Struct, frozen=True):
    """Commission rates as fractions in units of 1e-8 (0.001 is 100000)."""

    maker: int = E8 // 1000
    taker: int = E8 // 1000
