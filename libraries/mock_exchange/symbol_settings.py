"""`[[symbol]]` and `[exchange]` of a market file: every filter and permission by name, amounts as text (docs/mock-exchange.md)."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from .core.amounts import parse_e8
from .core.orders import OrderType, StpMode
from .core.symbols import (
    ORDER_TYPES,
    STP_MODES,
    ExchangeLimits,
    Lot,
    MinNotional,
    PercentPrice,
    PercentPriceBySide,
    SymbolSpec,
    TrailingDelta,
)
from .errors import MarketError

BUILT_IN_TRAILING_DELTA = TrailingDelta(min_above=10, max_above=2_000, min_below=10, max_below=2_000)


class _Lot(msgspec.Struct, forbid_unknown_fields=True):
    min_qty: str = "0"
    max_qty: str = "0"
    step_size: str = "0"


class _PercentPrice(msgspec.Struct, forbid_unknown_fields=True):
    up: str
    down: str


class _PercentPriceBySide(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    bid_up: str
    bid_down: str
    ask_up: str
    ask_down: str


class SymbolSettings(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One symbol; numbers of 0 and tables that are left out switch a filter off, but for those that the built-in market has, too."""

    symbol: str
    base: str
    quote: str
    tick_size: str = "0.01"
    min_price: str | None = None
    max_price: str = "1000000.00"
    step_size: str = "0.00001"
    min_qty: str | None = None
    max_qty: str = "9000.00"
    base_precision: int = 8
    quote_precision: int = 8
    min_notional: str = "5.00"
    min_notional_on_market: bool = True
    max_notional: str = "9000000.00"
    max_notional_on_market: bool = False
    older_min_notional: str | None = None
    older_min_notional_on_market: bool = True
    market_lot: _Lot | None = None
    percent_price: _PercentPrice | None = None
    percent_price_by_side: _PercentPriceBySide | None = _PercentPriceBySide(bid_up="5", bid_down="0.2", ask_up="5", ask_down="0.2")
    average_price_minutes: int = 5
    reference_price: str = "0"
    status: Literal["TRADING", "END_OF_DAY", "HALT", "BREAK", "CANCEL_ONLY"] = "TRADING"
    iceberg_parts: int = 10
    max_num_orders: int = 200
    max_num_algo_orders: int = 5
    max_num_iceberg_orders: int = 0
    max_num_order_lists: int = 20
    max_num_order_amends: int = 10
    max_position: str = "0"
    trailing_delta: TrailingDelta | None = BUILT_IN_TRAILING_DELTA
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
    bids: list[tuple[str, str]] = msgspec.field(default_factory=list)
    asks: list[tuple[str, str]] = msgspec.field(default_factory=list)


class ExchangeSettings(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What an account may have open on the whole exchange, and MAX_ASSET by asset."""

    max_num_orders: int = 0
    max_num_algo_orders: int = 0
    max_num_iceberg_orders: int = 0
    max_num_order_lists: int = 0
    max_asset: dict[str, str] = msgspec.field(default_factory=dict)


def amount(path: Path, key: str, text: str) -> int:
    """An amount of a file in units of 1e-8. Raises MarketError."""
    try:
        return parse_e8(text)
    except ValueError as error:
        raise MarketError(f"file {path}: {key}: {error}") from None


def exchange_limits(path: Path, each: ExchangeSettings) -> ExchangeLimits:
    """Raises MarketError."""
    return ExchangeLimits(
        max_num_orders=each.max_num_orders,
        max_num_algo_orders=each.max_num_algo_orders,
        max_num_iceberg_orders=each.max_num_iceberg_orders,
        max_num_order_lists=each.max_num_order_lists,
        max_asset={asset: amount(path, f"exchange.max_asset.{asset}", text) for asset, text in each.max_asset.items()},
    )


def symbol_spec(path: Path, each: SymbolSettings) -> SymbolSpec:
    """Raises MarketError."""

    def field(name: str, text: str) -> int:
        return amount(path, f"symbol {each.symbol}: {name}", text)

    _check(path, each)
    return SymbolSpec(
        symbol=each.symbol,
        base=each.base,
        quote=each.quote,
        tick_size=field("tick_size", each.tick_size),
        min_price=field("min_price", each.min_price if each.min_price is not None else each.tick_size),
        max_price=field("max_price", each.max_price),
        step_size=field("step_size", each.step_size),
        min_qty=field("min_qty", each.min_qty if each.min_qty is not None else each.step_size),
        max_qty=field("max_qty", each.max_qty),
        base_precision=each.base_precision,
        quote_precision=each.quote_precision,
        min_notional=field("min_notional", each.min_notional),
        min_notional_on_market=each.min_notional_on_market,
        max_notional=field("max_notional", each.max_notional),
        max_notional_on_market=each.max_notional_on_market,
        older_min_notional=_older_min_notional(path, each),
        market_lot=_market_lot(path, each),
        percent_price=_percent_price(path, each),
        percent_price_by_side=_percent_price_by_side(path, each),
        average_price_minutes=each.average_price_minutes,
        reference_price=field("reference_price", each.reference_price),
        status=each.status,
        iceberg_parts=each.iceberg_parts,
        max_num_orders=each.max_num_orders,
        max_num_algo_orders=each.max_num_algo_orders,
        max_num_iceberg_orders=each.max_num_iceberg_orders,
        max_num_order_lists=each.max_num_order_lists,
        max_num_order_amends=each.max_num_order_amends,
        max_position=field("max_position", each.max_position),
        trailing_delta=each.trailing_delta,
        order_types=each.order_types,
        iceberg_allowed=each.iceberg_allowed,
        trailing_stop_allowed=each.trailing_stop_allowed,
        quote_order_qty_allowed=each.quote_order_qty_allowed,
        oco_allowed=each.oco_allowed,
        oto_allowed=each.oto_allowed,
        opo_allowed=each.opo_allowed,
        cancel_replace_allowed=each.cancel_replace_allowed,
        amend_allowed=each.amend_allowed,
        default_stp_mode=each.default_stp_mode,
        stp_modes=each.stp_modes,
    )


def _older_min_notional(path: Path, each: SymbolSettings) -> MinNotional | None:
    if each.older_min_notional is None:
        return None
    minimum = amount(path, f"symbol {each.symbol}: older_min_notional", each.older_min_notional)
    return MinNotional(minimum, each.older_min_notional_on_market)


def _market_lot(path: Path, each: SymbolSettings) -> Lot | None:
    return None if each.market_lot is None else Lot(*_amounts(path, each, "market_lot", each.market_lot))


def _percent_price(path: Path, each: SymbolSettings) -> PercentPrice | None:
    return None if each.percent_price is None else PercentPrice(*_amounts(path, each, "percent_price", each.percent_price))


def _percent_price_by_side(path: Path, each: SymbolSettings) -> PercentPriceBySide | None:
    by_side = each.percent_price_by_side
    return None if by_side is None else PercentPriceBySide(*_amounts(path, each, "percent_price_by_side", by_side))


def _amounts(path: Path, each: SymbolSettings, table: str, values: msgspec.Struct) -> list[int]:
    """The table's amounts in the order of its fields."""
    shown = msgspec.structs.asdict(values)
    return [amount(path, f"symbol {each.symbol}: {table}.{name}", text) for name, text in shown.items()]


def _check(path: Path, each: SymbolSettings) -> None:
    def wrong(key: str, expected: str, got: object) -> MarketError:
        return MarketError(f"market file {path}: symbol {each.symbol}: {key}: expected {expected}, got {got!r}")

    if not (each.symbol.isascii() and each.symbol.isalnum() and each.symbol.isupper()):
        raise MarketError(f"market file {path}: symbol: expected upper-case letters and digits such as BTCUSDT, got {each.symbol!r}")
    for key in ("base_precision", "quote_precision"):
        if not 0 <= getattr(each, key) <= 8:
            raise wrong(key, "0 to 8 decimal places", getattr(each, key))
    if each.default_stp_mode not in each.stp_modes:
        raise wrong("default_stp_mode", f"one of stp_modes ({', '.join(each.stp_modes)})", each.default_stp_mode)
    counts = ("iceberg_parts", "max_num_orders", "max_num_algo_orders", "max_num_iceberg_orders", "max_num_order_lists")
    for key in (*counts, "max_num_order_amends", "average_price_minutes"):
        if getattr(each, key) < 0:
            raise wrong(key, "a number from 0 on (0 = no limit)", getattr(each, key))
