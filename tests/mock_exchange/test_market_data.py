"""Public questions over REST and WebSocket API: exact shapes and what is chosen (binance-spot 1.4), and what a restart keeps."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import websocket

from tests.mock_exchange.market_data_kit import BTC, answer, buy, sell, timeless, traded
from tests.mock_exchange.venue_client import DEADLINE_S, Process

FULL = [
    *("symbol", "priceChange", "priceChangePercent", "weightedAvgPrice", "prevClosePrice", "lastPrice", "lastQty", "bidPrice", "bidQty"),
    *("askPrice", "askQty", "openPrice", "highPrice", "lowPrice", "volume", "quoteVolume", "openTime", "closeTime"),
    *("firstId", "lastId", "count"),
]
WINDOW = [
    *("symbol", "priceChange", "priceChangePercent", "weightedAvgPrice", "openPrice", "highPrice", "lowPrice", "lastPrice"),
    *("volume", "quoteVolume", "openTime", "closeTime", "firstId", "lastId", "count"),
]
MINI = [
    *("symbol", "openPrice", "highPrice", "lowPrice", "lastPrice", "volume", "quoteVolume", "openTime", "closeTime"),
    *("firstId", "lastId", "count"),
]


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    yield from traded(tmp_path_factory.mktemp("venue"))


def test_trades(exchange: Process) -> None:
    rows = answer(exchange, "trades", symbol="BTCUSDT")
    assert [(row["id"], row["price"], row["qty"], row["quoteQty"]) for row in rows] == [
        (1, "100.00000000", "1.00000000", "100.00000000"),
        (2, "100.00000000", "1.00000000", "100.00000000"),
        (3, "101.00000000", "0.50000000", "50.50000000"),
        (4, "101.00000000", "0.50000000", "50.50000000"),
    ]
    assert list(rows[0]) == ["id", "price", "qty", "quoteQty", "time", "isBuyerMaker", "isBestMatch"]
    assert answer(exchange, "trades", symbol="BTCUSDT", limit=1) == rows[-1:]
    assert answer(exchange, "historicalTrades", symbol="BTCUSDT", limit=2) == rows[-2:]
    assert answer(exchange, "historicalTrades", symbol="BTCUSDT", fromId=2, limit=2) == rows[1:3]
    assert answer(exchange, "historicalTrades", symbol="BTCUSDT", fromId=99) == []
    assert answer(exchange, "historicalBlockTrades", symbol="BTCUSDT", fromId=1) == []


def test_agg_trades(exchange: Process) -> None:
    rows = answer(exchange, "aggTrades", symbol="BTCUSDT")
    assert [(row["a"], row["p"], row["q"], row["f"], row["l"]) for row in rows] == [
        (1, "100.00000000", "2.00000000", 1, 2),
        (2, "101.00000000", "0.50000000", 3, 3),
        (3, "101.00000000", "0.50000000", 4, 4),
    ]
    assert list(rows[0]) == list("apqflTmM")
    assert answer(exchange, "aggTrades", symbol="BTCUSDT", fromId=2) == rows[1:]
    assert answer(exchange, "aggTrades", symbol="BTCUSDT", limit=1) == rows[-1:]
    first = rows[0]["T"]
    assert answer(exchange, "aggTrades", symbol="BTCUSDT", startTime=first, limit=1) == rows[:1], "with a start: the oldest from there"
    assert answer(exchange, "aggTrades", symbol="BTCUSDT", startTime=first * 1000, limit=1) == rows[:1], "microseconds are understood"
    assert answer(exchange, "aggTrades", symbol="BTCUSDT", endTime=first - 1) == []
    assert answer(exchange, "aggTrades", symbol="BTCUSDT", endTime=rows[-1]["T"], limit=1) == rows[-1:], "with an end: the latest up to it"
    assert answer(exchange, "aggTrades", symbol="BTCUSDT", startTime=first, endTime=first - 1) == []


def test_klines_of_a_time_zone_open_at_its_midnight(exchange: Process) -> None:
    [utc] = answer(exchange, "klines", symbol="BTCUSDT", interval="1d")
    assert (len(utc), utc[0] % 86_400_000, utc[6] - utc[0], utc[5], utc[8], utc[11]) == (12, 0, 86_399_999, "3.00000000", 4, "0")
    for zone, hours in (("8", 8), ("08:00", 8), ("+8:00", 8), ("-1:00", -1), ("05:45", 5.75), ("14:00", 14), ("-12", -12)):
        row = answer(exchange, "klines", symbol="BTCUSDT", interval="1d", timeZone=zone)[-1]
        assert (row[0] + hours * 3_600_000) % 86_400_000 == 0, zone
        assert row[8] == 4, "all of it is the same moment"
    assert answer(exchange, "uiKlines", symbol="BTCUSDT", interval="1d") == [utc]
    assert answer(exchange, "klines", symbol="ETHUSDT", interval="1d") == []


def test_average_and_reference_price(exchange: Process) -> None:
    last = answer(exchange, "trades", symbol="BTCUSDT")[-1]
    assert answer(exchange, "avgPrice", symbol="BTCUSDT") == {"mins": 5, "price": "100.33333333", "closeTime": last["time"]}
    reference = answer(exchange, "referencePrice", symbol="BTCUSDT")
    assert list(reference) == ["symbol", "referencePrice", "timestamp"]
    assert reference["referencePrice"] == "101.50000000"
    calculation = answer(exchange, "referencePrice/calculation", symbol="BTCUSDT")
    assert calculation == {"symbol": "BTCUSDT", "calculationType": "EXTERNAL", "externalCalculationId": 1}


def test_day_ticker(exchange: Process) -> None:
    row = answer(exchange, "ticker/24hr", symbol="BTCUSDT")
    assert list(row) == FULL
    assert (row["priceChange"], row["priceChangePercent"], row["weightedAvgPrice"]) == ("1.00000000", "1.000", "100.33333333")
    assert (row["openPrice"], row["highPrice"], row["lowPrice"], row["lastPrice"]) == (
        *("100.00000000", "101.00000000", "100.00000000", "101.00000000"),
    )
    assert (row["volume"], row["quoteVolume"], row["firstId"], row["lastId"], row["count"]) == ("3.00000000", "301.00000000", 1, 4, 4)
    assert (row["bidPrice"], row["askPrice"], row["askQty"], row["lastQty"], row["prevClosePrice"]) == (
        *("99.00000000", "101.00000000", "2.00000000", "0.50000000", "0.00000000"),
    )
    assert list(answer(exchange, "ticker/24hr", symbol="BTCUSDT", type="MINI")) == MINI
    assert [each["symbol"] for each in answer(exchange, "ticker/24hr")] == ["BTCUSDT", "OLDUSDT", "ETHUSDT"]
    assert [each["symbol"] for each in answer(exchange, "ticker/24hr", symbolStatus="BREAK")] == ["OLDUSDT"]
    quiet = answer(exchange, "ticker/24hr", symbol="ETHUSDT")
    assert (quiet["lastPrice"], quiet["count"], quiet["firstId"], quiet["priceChangePercent"]) == ("0.00000000", 0, -1, "0.000")


def test_window_ticker(exchange: Process) -> None:
    for size, length in (("1m", 60_000), ("59m", 3_540_000), ("23h", 82_800_000), ("7d", 604_800_000)):
        row = answer(exchange, "ticker", symbol="BTCUSDT", windowSize=size)
        assert list(row) == WINDOW
        assert row["openTime"] % 60_000 == 0
        assert length <= row["closeTime"] - row["openTime"] < length + 60_000
    assert answer(exchange, "ticker", symbol="BTCUSDT")["count"] == 4, "a day by default"
    assert list(answer(exchange, "ticker", symbol="BTCUSDT", type="MINI")) == MINI
    rows = answer(exchange, "ticker", symbols='["ETHUSDT","BTCUSDT"]')
    assert [each["symbol"] for each in rows] == ["ETHUSDT", "BTCUSDT"], "as asked"


def test_trading_day_ticker(exchange: Process) -> None:
    row = answer(exchange, "ticker/tradingDay", symbol="BTCUSDT")
    assert list(row) == WINDOW
    assert (row["openTime"] % 86_400_000, row["closeTime"] - row["openTime"], row["count"]) == (0, 86_399_999, 4)
    zone = answer(exchange, "ticker/tradingDay", symbol="BTCUSDT", timeZone="05:45")
    assert (zone["openTime"] + 20_700_000) % 86_400_000 == 0
    assert list(answer(exchange, "ticker/tradingDay", symbol="BTCUSDT", type="MINI")) == MINI
    assert [each["symbol"] for each in answer(exchange, "ticker/tradingDay", symbols='["OLDUSDT","ETHUSDT"]')] == ["ETHUSDT"]


def test_one_symbol_is_an_object_and_several_are_an_array(exchange: Process) -> None:
    for path in ("ticker/price", "ticker/bookTicker", "ticker/24hr", "ticker", "ticker/tradingDay"):
        assert isinstance(answer(exchange, path, symbol="BTCUSDT"), dict)
        assert isinstance(answer(exchange, path, symbols='["BTCUSDT"]'), list)
    assert answer(exchange, "ticker/price", symbol="BTCUSDT") == {"symbol": "BTCUSDT", "price": "101.00000000"}


def test_depth_is_cut_to_the_limit(exchange: Process) -> None:
    book = answer(exchange, "depth", symbol="BTCUSDT", limit=1)
    assert (book["bids"], book["asks"]) == ([["99.00000000", "1.00000000"]], [["101.00000000", "2.00000000"]])
    assert answer(exchange, "depth", symbol="BTCUSDT", limit=9_999, symbolStatus="TRADING") == answer(exchange, "depth", symbol="BTCUSDT")


def test_exchange_info_chooses(exchange: Process) -> None:
    def names(**params: str) -> list[str]:
        return [each["symbol"] for each in answer(exchange, "exchangeInfo", **params)["symbols"]]

    assert names() == ["BTCUSDT", "OLDUSDT", "ETHUSDT"]
    assert names(symbol="OLDUSDT") == ["OLDUSDT"]
    assert names(symbols='["ETHUSDT","BTCUSDT"]') == ["ETHUSDT", "BTCUSDT"]
    assert names(permissions="SPOT") == names(permissions='["SPOT","MARGIN"]') == names()
    assert names(permissions='["MARGIN","TRD_GRP_012"]') == []
    assert names(symbolStatus="BREAK", permissions="SPOT") == ["OLDUSDT"]
    assert "permissionSets" not in answer(exchange, "exchangeInfo", symbol="BTCUSDT", showPermissionSets="false")["symbols"][0]


METHODS = {
    "ping": "ping",
    "time": "time",
    "exchangeInfo": "exchangeInfo",
    "executionRules": "executionRules",
    "depth": "depth",
    "trades": "trades.recent",
    "historicalTrades": "trades.historical",
    "historicalBlockTrades": "blockTrades.historical",
    "aggTrades": "trades.aggregate",
    "klines": "klines",
    "uiKlines": "uiKlines",
    "avgPrice": "avgPrice",
    "referencePrice": "referencePrice",
    "referencePrice/calculation": "referencePrice.calculation",
    "ticker": "ticker",
    "ticker/24hr": "ticker.24hr",
    "ticker/tradingDay": "ticker.tradingDay",
    "ticker/price": "ticker.price",
    "ticker/bookTicker": "ticker.book",
}


def test_the_websocket_api_answers_the_same(exchange: Process) -> None:
    with contextlib.closing(websocket.create_connection(exchange.ready["ws_api_url"], timeout=DEADLINE_S)) as connection:
        for path, method in METHODS.items():
            params: dict[str, Any] = {} if path in ("ping", "time") else {"symbol": "BTCUSDT"}
            params |= {"interval": "1m"} if "lines" in path else {"fromId": 1} if "Block" in path else {}
            connection.send(json.dumps({"id": path, "method": method, "params": params}))
            reply = json.loads(connection.recv())
            assert (reply["id"], reply["status"]) == (path, 200), reply
            assert timeless(reply["result"]) == timeless(answer(exchange, path, **params)), path
        connection.send('{"id": 1, "method": "ticker", "params": {"symbols": ["ETHUSDT", "BTCUSDT"], "windowSize": "2h"}}')
        assert [each["symbol"] for each in json.loads(connection.recv())["result"]] == ["ETHUSDT", "BTCUSDT"]


def test_rest_in_microseconds(exchange: Process) -> None:
    def in_microseconds(path: str) -> Any:
        url = exchange.ready["rest_url"] + "/api/v3/" + path
        return requests.get(url, headers={"X-MBX-TIME-UNIT": "MICROSECOND"}, timeout=DEADLINE_S).json()

    for path, name in (("trades", "time"), ("aggTrades", "T"), ("referencePrice", "timestamp"), ("avgPrice", "closeTime")):
        rows = in_microseconds(f"{path}?symbol=BTCUSDT")
        assert (rows[0] if isinstance(rows, list) else rows)[name] > 10**15, path
    assert in_microseconds("klines?symbol=BTCUSDT&interval=1d")[0][0] > 10**15


# -- over a restart ----------------------------------------------------------------------------------------------------


def test_history_and_ids_go_on_over_a_restart(ledger: Path) -> None:
    first = Process("--ledger", ledger)
    first.book("BTCUSDT", [("99", "1")], [("100", "1"), ("101", "3")])
    sell(first, "100", "1")
    buy(first, "2.5")
    questions = {"trades": BTC, "aggTrades": BTC, "klines": BTC | {"interval": "1d"}, "ticker/price": BTC, "avgPrice": BTC}
    before = {path: answer(first, path, **params) for path, params in questions.items()}
    day = timeless(answer(first, "ticker/24hr", **BTC))
    first.kill()
    second = Process("--ledger", ledger)
    assert {path: answer(second, path, **params) for path, params in questions.items()} == before
    assert timeless(answer(second, "ticker/24hr", **BTC)) == day
    buy(second, "0.5")
    rows, aggregates = answer(second, "trades", **BTC), answer(second, "aggTrades", **BTC)
    assert [row["id"] for row in rows] == [1, 2, 3, 4]
    assert [(row["a"], row["f"], row["l"]) for row in aggregates] == [(1, 1, 2), (2, 3, 3), (3, 4, 4)]
    assert second.terminate() == 0
