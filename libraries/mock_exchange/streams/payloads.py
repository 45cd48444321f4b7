"""Payloads of market streams as JSON bytes, keys in the documented order, times in the reader's unit (binance-spot 1.9). Pure.

`event_us` is E: the venue's clock in microseconds.
"""

from __future__ import annotations

import msgspec

from ..core.agg_trades import AggTrade
from ..core.amounts import text8
from ..core.klines import Candle
from ..core.reports import ZERO
from ..core.symbols import SymbolSpec
from ..core.time_unit import TimeUnit, last_stamp, stamp, stamp_us
from ..core.venue_events import PublicTrade
from ..core.window_statistics import WindowStatistics
from .depth import DepthDiff, Levels
from .names import Stream

Best = tuple[tuple[int, int] | None, tuple[int, int] | None]
Json = dict[str, object]
encode = msgspec.json.Encoder().encode
SHUTDOWN_STREAM = "!serverShutdown"


def combined(stream: str, data: bytes) -> bytes:
    """The wrapper of combined streams around a payload that stays byte for byte."""
    return b'{"stream":' + encode(stream) + b',"data":' + data + b"}"


def server_shutdown(event_us: int, unit: TimeUnit) -> bytes:
    return encode({"e": "serverShutdown", "E": stamp_us(event_us, unit)})


def depth_update(diff: DepthDiff, event_us: int, unit: TimeUnit) -> bytes:
    return encode(
        {
            "e": "depthUpdate",
            "E": stamp_us(event_us, unit),
            "s": diff.symbol,
            "U": diff.first_id,
            "u": diff.last_id,
            "b": _levels(diff.bids),
            "a": _levels(diff.asks),
        }
    )


def partial_depth(update_id: int, bids: Levels, asks: Levels) -> bytes:
    return encode({"lastUpdateId": update_id, "bids": _levels(bids), "asks": _levels(asks)})


def book_ticker(symbol: str, update_id: int, best: Best) -> bytes:
    bid, ask = best
    return encode(
        {
            "u": update_id,
            "s": symbol,
            "b": text8(bid[0]) if bid else ZERO,
            "B": text8(bid[1]) if bid else ZERO,
            "a": text8(ask[0]) if ask else ZERO,
            "A": text8(ask[1]) if ask else ZERO,
        }
    )


def trade(event: PublicTrade, event_us: int, unit: TimeUnit) -> bytes:
    return encode(
        {
            "e": "trade",
            "E": stamp_us(event_us, unit),
            "s": event.symbol,
            "t": event.trade_id,
            "p": text8(event.price),
            "q": text8(event.quantity),
            "T": stamp(event.time_ms, unit),
            "m": event.buyer_is_maker,
            "M": True,
        }
    )


def agg_trade(symbol: str, aggregate: AggTrade, event_us: int, unit: TimeUnit) -> bytes:
    return encode(
        {
            "e": "aggTrade",
            "E": stamp_us(event_us, unit),
            "s": symbol,
            "a": aggregate.agg_id,
            "p": text8(aggregate.price),
            "q": text8(aggregate.quantity),
            "f": aggregate.first_trade_id,
            "l": aggregate.last_trade_id,
            "T": stamp(aggregate.time_ms, unit),
            "m": aggregate.buyer_is_maker,
            "M": True,
        }
    )


def average_price(spec: SymbolSpec, price: int, last_trade_ms: int, event_us: int, unit: TimeUnit) -> bytes:
    return encode(
        {
            "e": "avgPrice",
            "E": stamp_us(event_us, unit),
            "s": spec.symbol,
            "i": f"{spec.average_price_minutes}m",
            "w": text8(price),
            "T": stamp(last_trade_ms, unit),
        }
    )


def reference_price(spec: SymbolSpec, event_us: int, unit: TimeUnit) -> bytes:
    """No E: `t` says when the price was valid."""
    return encode({"e": "referencePrice", "s": spec.symbol, "r": text8(spec.reference_price), "t": stamp_us(event_us, unit)})


def kline(stream: Stream, candle: Candle, closed: bool, event_us: int, unit: TimeUnit) -> bytes:
    body = {
        "t": stamp(candle.open_ms, unit),
        "T": last_stamp(candle.close_ms, unit),
        "s": stream.symbol,
        "i": stream.interval,
        "f": candle.first_trade_id,
        "L": candle.last_trade_id,
        "o": text8(candle.open),
        "c": text8(candle.close),
        "h": text8(candle.high),
        "l": text8(candle.low),
        "v": text8(candle.volume),
        "n": candle.trades,
        "x": closed,
        "q": text8(candle.quote_volume),
        "V": text8(candle.taker_volume),
        "Q": text8(candle.taker_quote_volume),
        "B": "0",
    }
    return encode({"e": "kline", "E": stamp_us(event_us, unit), "s": stream.symbol, "k": body})


def mini_ticker(symbol: str, statistics: WindowStatistics, event_us: int, unit: TimeUnit) -> Json:
    return {
        "e": "24hrMiniTicker",
        "E": stamp_us(event_us, unit),
        "s": symbol,
        "c": text8(statistics.last),
        "o": text8(statistics.open),
        "h": text8(statistics.high),
        "l": text8(statistics.low),
        "v": text8(statistics.volume),
        "q": text8(statistics.quote_volume),
    }


def ticker(symbol: str, statistics: WindowStatistics, best: Best, event_us: int, unit: TimeUnit) -> Json:
    bid, ask = best
    return {
        "e": "24hrTicker",
        "E": stamp_us(event_us, unit),
        "s": symbol,
        "p": text8(statistics.change),
        "P": statistics.change_percent,
        "w": text8(statistics.weighted_average),
        "x": text8(statistics.previous_close),
        "c": text8(statistics.last),
        "Q": text8(statistics.last_quantity),
        "b": text8(bid[0]) if bid else ZERO,
        "B": text8(bid[1]) if bid else ZERO,
        "a": text8(ask[0]) if ask else ZERO,
        "A": text8(ask[1]) if ask else ZERO,
        "o": text8(statistics.open),
        "h": text8(statistics.high),
        "l": text8(statistics.low),
        "v": text8(statistics.volume),
        "q": text8(statistics.quote_volume),
    } | _span(statistics, unit)


def window_ticker(symbol: str, window: str, statistics: WindowStatistics, event_us: int, unit: TimeUnit) -> Json:
    return {
        "e": f"{window}Ticker",
        "E": stamp_us(event_us, unit),
        "s": symbol,
        "p": text8(statistics.change),
        "P": statistics.change_percent,
        "o": text8(statistics.open),
        "h": text8(statistics.high),
        "l": text8(statistics.low),
        "c": text8(statistics.last),
        "w": text8(statistics.weighted_average),
        "v": text8(statistics.volume),
        "q": text8(statistics.quote_volume),
    } | _span(statistics, unit)


def _span(statistics: WindowStatistics, unit: TimeUnit) -> Json:
    return {
        "O": stamp(statistics.open_ms, unit),
        "C": stamp(statistics.close_ms, unit),
        "F": statistics.first_trade_id,
        "L": statistics.last_trade_id,
        "n": statistics.trades,
    }


def _levels(side: Levels) -> list[tuple[str, str]]:
    return [(text8(price), text8(quantity)) for price, quantity in side]
