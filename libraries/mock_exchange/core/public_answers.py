"""Rows of the public market answers: trades, aggregates, candles, tickers (binance-spot 1.4). Pure."""

from __future__ import annotations

from .agg_trades import AggTrade
from .amounts import text8
from .klines import Candle
from .reports import ZERO
from .venue_events import PublicTrade
from .window_statistics import WindowStatistics

Json = dict[str, object]
KlineRow = list[int | str]
Best = tuple[tuple[int, int] | None, tuple[int, int] | None]
"""Best bid and best ask as (price, quantity), None where that side is empty."""


def trade(event: PublicTrade) -> Json:
    return {
        "id": event.trade_id,
        "price": text8(event.price),
        "qty": text8(event.quantity),
        "quoteQty": text8(event.quote_quantity),
        "time": event.time_ms,
        "isBuyerMaker": event.buyer_is_maker,
        "isBestMatch": True,
    }


def agg_trade(aggregate: AggTrade) -> Json:
    return {
        "a": aggregate.agg_id,
        "p": text8(aggregate.price),
        "q": text8(aggregate.quantity),
        "f": aggregate.first_trade_id,
        "l": aggregate.last_trade_id,
        "T": aggregate.time_ms,
        "m": aggregate.buyer_is_maker,
        "M": True,
    }


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


def levels(side: list[tuple[int, int]]) -> list[tuple[str, str]]:
    return [(text8(price), text8(quantity)) for price, quantity in side]


def mini_ticker(symbol: str, statistics: WindowStatistics) -> Json:
    return {
        "symbol": symbol,
        "openPrice": text8(statistics.open),
        "highPrice": text8(statistics.high),
        "lowPrice": text8(statistics.low),
        "lastPrice": text8(statistics.last),
        "volume": text8(statistics.volume),
        "quoteVolume": text8(statistics.quote_volume),
    } | _span(statistics)


def window_ticker(symbol: str, statistics: WindowStatistics) -> Json:
    """FULL of `ticker` and `ticker/tradingDay`."""
    return {
        "symbol": symbol,
        "priceChange": text8(statistics.change),
        "priceChangePercent": statistics.change_percent,
        "weightedAvgPrice": text8(statistics.weighted_average),
        "openPrice": text8(statistics.open),
        "highPrice": text8(statistics.high),
        "lowPrice": text8(statistics.low),
        "lastPrice": text8(statistics.last),
        "volume": text8(statistics.volume),
        "quoteVolume": text8(statistics.quote_volume),
    } | _span(statistics)


def day_ticker(symbol: str, statistics: WindowStatistics, best: Best) -> Json:
    """FULL of `ticker/24hr`: with the best prices and what was before the window."""
    return {
        "symbol": symbol,
        "priceChange": text8(statistics.change),
        "priceChangePercent": statistics.change_percent,
        "weightedAvgPrice": text8(statistics.weighted_average),
        "prevClosePrice": text8(statistics.previous_close),
        "lastPrice": text8(statistics.last),
        "lastQty": text8(statistics.last_quantity),
        **best_prices(best),
        "openPrice": text8(statistics.open),
        "highPrice": text8(statistics.high),
        "lowPrice": text8(statistics.low),
        "volume": text8(statistics.volume),
        "quoteVolume": text8(statistics.quote_volume),
    } | _span(statistics)


def best_prices(best: Best) -> Json:
    """An empty side is zero."""
    bid, ask = best
    return {
        "bidPrice": text8(bid[0]) if bid else ZERO,
        "bidQty": text8(bid[1]) if bid else ZERO,
        "askPrice": text8(ask[0]) if ask else ZERO,
        "askQty": text8(ask[1]) if ask else ZERO,
    }


def _span(statistics: WindowStatistics) -> Json:
    return {
        "openTime": statistics.open_ms,
        "closeTime": statistics.close_ms,
        "firstId": statistics.first_trade_id,
        "lastId": statistics.last_trade_id,
        "count": statistics.trades,
    }
