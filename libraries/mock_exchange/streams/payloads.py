"""Payloads of market streams as JSON bytes, keys in the documented order (binance-spot 1.9). Pure."""

from __future__ import annotations

import msgspec

from ..core.amounts import text8
from ..core.venue_events import PublicTrade
from .agg_trades import AggTrade
from .depth import BestPrices, DepthDiff
from .klines import Candle

KlineRow = list[int | str]
_encode = msgspec.json.Encoder().encode


def combined(stream: str, data: bytes) -> bytes:
    """The wrapper of combined streams around a payload that stays byte for byte."""
    return b'{"stream":' + _encode(stream) + b',"data":' + data + b"}"


def depth_update(diff: DepthDiff, event_ms: int) -> bytes:
    levels = [[[text8(price), text8(quantity)] for price, quantity in side] for side in (diff.bids, diff.asks)]
    return _encode(
        {"e": "depthUpdate", "E": event_ms, "s": diff.symbol, "U": diff.first_id, "u": diff.last_id, "b": levels[0], "a": levels[1]}
    )


def book_ticker(symbol: str, update_id: int, best: BestPrices) -> bytes:
    return _encode(
        {
            "u": update_id,
            "s": symbol,
            "b": text8(best.bid),
            "B": text8(best.bid_quantity),
            "a": text8(best.ask),
            "A": text8(best.ask_quantity),
        }
    )


def trade(event: PublicTrade, event_ms: int) -> bytes:
    return _encode(
        {
            "e": "trade",
            "E": event_ms,
            "s": event.symbol,
            "t": event.trade_id,
            "p": text8(event.price),
            "q": text8(event.quantity),
            "T": event.time_ms,
            "m": event.buyer_is_maker,
            "M": True,
        }
    )


def agg_trade(aggregate: AggTrade, event_ms: int) -> bytes:
    return _encode(
        {
            "e": "aggTrade",
            "E": event_ms,
            "s": aggregate.symbol,
            "a": aggregate.agg_id,
            "p": text8(aggregate.price),
            "q": text8(aggregate.quantity),
            "f": aggregate.first_trade_id,
            "l": aggregate.last_trade_id,
            "T": aggregate.time_ms,
            "m": aggregate.buyer_is_maker,
            "M": True,
        }
    )


def kline(symbol: str, interval: str, candle: Candle, closed: bool, event_ms: int) -> bytes:
    body = {
        "t": candle.open_ms,
        "T": candle.close_ms,
        "s": symbol,
        "i": interval,
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
    return _encode({"e": "kline", "E": event_ms, "s": symbol, "k": body})


def kline_row(candle: Candle) -> KlineRow:
    """A row of GET /api/v3/klines: 12 elements."""
    return [
        candle.open_ms,
        text8(candle.open),
        text8(candle.high),
        text8(candle.low),
        text8(candle.close),
        text8(candle.volume),
        candle.close_ms,
        text8(candle.quote_volume),
        candle.trades,
        text8(candle.taker_volume),
        text8(candle.taker_quote_volume),
        "0",
    ]
