"""Where the public questions and the courtesy answers are asked: REST paths and WebSocket API methods."""

from __future__ import annotations

from . import courtesy, market_data, tickers
from .api import Endpoint

REST: dict[str, dict[str, Endpoint]] = {
    path: {"GET": endpoint}
    for path, endpoint in {
        "/api/v3/ping": market_data.PING,
        "/api/v3/time": market_data.TIME,
        "/api/v3/exchangeInfo": market_data.EXCHANGE_INFO,
        "/api/v3/executionRules": market_data.EXECUTION_RULES,
        "/api/v3/depth": market_data.DEPTH,
        "/api/v3/trades": market_data.TRADES,
        "/api/v3/historicalTrades": market_data.HISTORICAL_TRADES,
        "/api/v3/historicalBlockTrades": market_data.BLOCK_TRADES,
        "/api/v3/aggTrades": market_data.AGG_TRADES,
        "/api/v3/klines": market_data.KLINES,
        "/api/v3/uiKlines": market_data.KLINES,
        "/api/v3/avgPrice": market_data.AVERAGE_PRICE,
        "/api/v3/referencePrice": market_data.REFERENCE_PRICE,
        "/api/v3/referencePrice/calculation": market_data.REFERENCE_CALCULATION,
        "/api/v3/ticker": tickers.WINDOW,
        "/api/v3/ticker/24hr": tickers.DAY,
        "/api/v3/ticker/tradingDay": tickers.TRADING_DAY,
        "/api/v3/ticker/price": tickers.PRICE,
        "/api/v3/ticker/bookTicker": tickers.BOOK,
        "/sapi/v1/system/status": courtesy.SYSTEM_STATUS,
        "/sapi/v1/asset/tradeFee": courtesy.TRADE_FEE,
        "/sapi/v1/capital/config/getall": courtesy.ALL_COINS,
        "/sapi/v1/margin/allPairs": courtesy.MARGIN_PAIRS,
        "/sapi/v1/margin/isolated/allPairs": courtesy.MARGIN_PAIRS,
        "/fapi/v1/exchangeInfo": courtesy.FUTURES,
        "/dapi/v1/exchangeInfo": courtesy.FUTURES,
    }.items()
}
WS_API: dict[str, Endpoint] = {
    "ping": market_data.PING,
    "time": market_data.TIME,
    "exchangeInfo": market_data.EXCHANGE_INFO,
    "executionRules": market_data.EXECUTION_RULES,
    "depth": market_data.DEPTH,
    "trades.recent": market_data.TRADES,
    "trades.historical": market_data.HISTORICAL_TRADES,
    "blockTrades.historical": market_data.BLOCK_TRADES,
    "trades.aggregate": market_data.AGG_TRADES,
    "klines": market_data.KLINES,
    "uiKlines": market_data.KLINES,
    "avgPrice": market_data.AVERAGE_PRICE,
    "referencePrice": market_data.REFERENCE_PRICE,
    "referencePrice.calculation": market_data.REFERENCE_CALCULATION,
    "ticker": tickers.WINDOW,
    "ticker.24hr": tickers.DAY,
    "ticker.tradingDay": tickers.TRADING_DAY,
    "ticker.price": tickers.PRICE,
    "ticker.book": tickers.BOOK,
}
