"""Public questions over REST and WebSocket API: exact shapes, limits, refusals (binance-spot 1.4), and what a restart keeps."""

from __future__ import annotations

import contextlib
import json
import time
from pathlib import Path
from typing import Any

import pytest
import requests
import websocket

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
MARKET = """
[[symbol]]
symbol = "BTCUSDT"
base = "BTC"
quote = "USDT"
reference_price = "101.5"
[[symbol]]
symbol = "OLDUSDT"
base = "OLD"
quote = "USDT"
status = "BREAK"
[[symbol]]
symbol = "ETHUSDT"
base = "ETH"
quote = "USDT"
"""


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """BTCUSDT traded: three fills of one order at 100 and 101, then one of another at 101."""
    market = tmp_path_factory.mktemp("venue") / "market.toml"
    market.write_text(MARKET)
    process = Process("--market", market)
    process.book("BTCUSDT", [("99", "1")], [("100", "1"), ("101", "3")])
    sell(process, "100", "1")
    buy(process, "2.5")
    buy(process, "0.5")
    yield process
    assert process.terminate() == 0


def buy(process: Process, quantity: str, symbol: str = "BTCUSDT") -> None:
    body = {"symbol": symbol, "side": "BUY", "type": "MARKET", "quantity": quantity, "account": "crowd"}
    answer = process.admin("POST", "orders", body)
    assert answer.status_code == 200, answer.text


def sell(process: Process, price: str, quantity: str, symbol: str = "BTCUSDT") -> None:
    body = {"symbol": symbol, "side": "SELL", "type": "LIMIT", "quantity": quantity, "price": price}
    assert process.admin("POST", "orders", body).status_code == 200


def get(process: Process, path: str, base: str = "/api/v3/", **params: Any) -> requests.Response:
    return requests.get(process.ready["rest_url"] + base + path, params=params, timeout=DEADLINE_S)


def answer(process: Process, path: str, **params: Any) -> Any:
    response = get(process, path, **params)
    assert response.status_code == 200, response.text
    return response.json()


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


ILLEGAL_ID = "Illegal characters found in parameter 'fromId'; legal range is '^[0-9]{1,20}$'."
COMBINATION = "Combination of optional parameters invalid."
INVALID = "Invalid symbol."
RANGE = "^[A-Z0-9-_.]{1,20}$"
BTC = {"symbol": "BTCUSDT"}
MANY = json.dumps([f"A{number}" for number in range(101)])


@pytest.mark.parametrize(
    ("path", "params", "code", "text"),
    [
        ("depth", {}, -1102, "Mandatory parameter 'symbol' was not sent, was empty/null, or malformed."),
        ("depth", {"symbol": "btcusdt"}, -1100, f"Illegal characters found in parameter 'symbol'; legal range is '{RANGE}'."),
        ("depth", {"symbol": "NOSUCH"}, -1121, INVALID),
        ("depth", BTC | {"limit": "ten"}, -1100, "Illegal characters found in parameter 'limit'; legal range is '^[0-9]{1,20}$'."),
        ("depth", BTC | {"limit": ""}, -1105, "Parameter 'limit' was empty."),
        ("depth", BTC | {"limit": "99999999999999999999"}, -1108, "Parameter 'limit' overflowed."),
        ("depth", BTC | {"symbolStatus": "ASLEEP"}, -1122, "Invalid symbolStatus."),
        ("depth", BTC | {"symbolStatus": "HALT"}, -1220, "The symbol's status does not match the requested symbolStatus."),
        (
            "historicalTrades",
            BTC | {"fromId": "-1"},
            -1100,
            ILLEGAL_ID,
        ),
        ("historicalBlockTrades", BTC, -1102, "Mandatory parameter 'fromId' was not sent, was empty/null, or malformed."),
        ("aggTrades", BTC | {"fromId": "1", "startTime": "1"}, -1128, COMBINATION),
        ("klines", BTC, -1102, "Mandatory parameter 'interval' was not sent, was empty/null, or malformed."),
        ("klines", BTC | {"interval": "1D"}, -1120, "Invalid interval."),
        ("klines", BTC | {"interval": "1d", "timeZone": "15"}, -1130, "Data sent for parameter 'timeZone' is not valid."),
        ("klines", BTC | {"interval": "1d", "timeZone": "-12:01"}, -1130, "Data sent for parameter 'timeZone' is not valid."),
        ("klines", BTC | {"interval": "1d", "timeZone": "UTC"}, -1130, "Data sent for parameter 'timeZone' is not valid."),
        ("referencePrice", {"symbol": "ETHUSDT"}, -2043, "This symbol doesn't have a reference price."),
        ("referencePrice/calculation", {"symbol": "ETHUSDT"}, -2043, "This symbol doesn't have a reference price."),
        ("ticker/24hr", BTC | {"type": "SMALL"}, -1139, "Invalid ticker type."),
        ("ticker/24hr", BTC | {"symbols": '["BTCUSDT"]'}, -1128, COMBINATION),
        ("ticker/24hr", {"symbols": '["BTCUSDT","BTCUSDT"]'}, -1151, "Symbol is present multiple times in the list."),
        ("ticker/price", {"symbols": '["BTCUSDT","NOSUCH"]'}, -1121, INVALID),
        ("ticker/price", {"symbols": "[]"}, -1105, "Parameter 'symbols' was empty."),
        ("ticker/bookTicker", BTC | {"symbolStatus": "BREAK"}, -1220, "The symbol's status does not match the requested symbolStatus."),
        ("ticker", {}, -1102, "Param 'symbol' or 'symbols' must be sent, but both were empty/null!"),
        ("ticker", BTC | {"windowSize": "60m"}, -1130, "Data sent for parameter 'windowSize' is not valid."),
        ("ticker", BTC | {"windowSize": "24h"}, -1130, "Data sent for parameter 'windowSize' is not valid."),
        ("ticker", BTC | {"windowSize": "8d"}, -1130, "Data sent for parameter 'windowSize' is not valid."),
        ("ticker", BTC | {"windowSize": "1d2h"}, -1130, "Data sent for parameter 'windowSize' is not valid."),
        ("ticker", {"symbols": MANY}, -1101, "Too many parameters; expected '100' and received '101'."),
        ("ticker/tradingDay", {}, -1102, "Param 'symbol' or 'symbols' must be sent, but both were empty/null!"),
        ("ticker/tradingDay", {"symbol": "OLDUSDT"}, -2016, "No trading window could be found for the symbol. Try ticker/24hrs instead."),
        ("exchangeInfo", BTC | {"symbols": '["BTCUSDT"]'}, -1128, COMBINATION),
        ("exchangeInfo", BTC | {"permissions": "SPOT"}, -1128, COMBINATION),
        ("exchangeInfo", BTC | {"symbolStatus": "TRADING"}, -1128, COMBINATION),
        ("exchangeInfo", {"symbols": '["BTCUSDT"]', "symbolStatus": "TRADING"}, -1128, COMBINATION),
        ("exchangeInfo", {"permissions": "MOON"}, -1130, "Data sent for parameter 'permissions' is not valid."),
        ("exchangeInfo", {"showPermissionSets": "maybe"}, -1130, "Data sent for parameter 'showPermissionSets' is not valid."),
        ("executionRules", BTC | {"symbolStatus": "TRADING"}, -1128, COMBINATION),
    ],
)
def test_refusals(exchange: Process, path: str, params: dict[str, str], code: int, text: str) -> None:
    response = get(exchange, path, **params)
    assert (response.status_code, response.json()) == (400, {"code": code, "msg": text})


def used(response: requests.Response) -> int:
    return int(response.headers["X-MBX-USED-WEIGHT-1M"])


NAMES_20, NAMES_21 = json.dumps(["X"] * 20), json.dumps(["X"] * 21)


@pytest.mark.parametrize(
    ("path", "params", "weight"),
    [
        ("ping", {}, 1),
        ("time", {}, 1),
        ("exchangeInfo", {}, 20),
        *(
            ("depth", BTC | {"limit": limit}, weight)
            for limit, weight in ((100, 5), (101, 25), (500, 25), (501, 50), (1000, 50), (1001, 250))
        ),
        ("depth", BTC, 5),
        ("trades", BTC, 25),
        ("historicalTrades", BTC, 25),
        ("aggTrades", BTC, 4),
        ("klines", BTC, 2),
        ("uiKlines", BTC, 2),
        ("avgPrice", BTC, 2),
        ("ticker/24hr", BTC, 2),
        ("ticker/24hr", {"symbols": NAMES_20}, 2),
        ("ticker/24hr", {"symbols": NAMES_21}, 40),
        ("ticker/24hr", {"symbols": MANY}, 80),
        ("ticker/24hr", {}, 80),
        ("ticker/tradingDay", BTC, 4),
        ("ticker/tradingDay", {"symbols": NAMES_20}, 80),
        ("ticker", {"symbols": MANY}, 200),
        ("ticker/price", BTC, 2),
        ("ticker/price", {}, 4),
        ("ticker/bookTicker", BTC, 2),
        ("ticker/bookTicker", {"symbols": '["BTCUSDT"]'}, 4),
        ("referencePrice", BTC, 2),
    ],
)
def test_weights(exchange: Process, path: str, params: dict[str, Any], weight: int) -> None:
    for _ in range(3):  # a minute may end between the two
        before = used(get(exchange, "ping"))
        after = used(get(exchange, path, **params))
        if after > before:
            break
    assert after - before == weight


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


def timeless(value: Any) -> Any:
    """Without what the clock alone changes."""
    if isinstance(value, list):
        return [timeless(each) for each in value]
    if isinstance(value, dict):
        return {k: timeless(v) for k, v in value.items() if k not in ("serverTime", "closeTime", "openTime", "timestamp")}
    return value


def test_rest_in_microseconds(exchange: Process) -> None:
    def in_microseconds(path: str) -> Any:
        url = exchange.ready["rest_url"] + "/api/v3/" + path
        return requests.get(url, headers={"X-MBX-TIME-UNIT": "MICROSECOND"}, timeout=DEADLINE_S).json()

    for path, name in (("trades", "time"), ("aggTrades", "T"), ("referencePrice", "timestamp"), ("avgPrice", "closeTime")):
        rows = in_microseconds(f"{path}?symbol=BTCUSDT")
        assert (rows[0] if isinstance(rows, list) else rows)[name] > 10**15, path
    assert in_microseconds("klines?symbol=BTCUSDT&interval=1d")[0][0] > 10**15


# -- courtesy answers --------------------------------------------------------------------------------------------------


def test_courtesy_answers_that_need_no_key(exchange: Process) -> None:
    assert get(exchange, "system/status", "/sapi/v1/").json() == {"status": 0, "msg": "normal"}
    for path in ("margin/allPairs", "margin/isolated/allPairs"):
        assert get(exchange, path, "/sapi/v1/").json() == []
    for base in ("/fapi/v1/", "/dapi/v1/"):
        assert get(exchange, "exchangeInfo", base).json()["symbols"] == []
    assert get(exchange, "nothing", "/sapi/v1/").status_code == 404


def test_courtesy_answers_that_must_be_signed(exchange: Process) -> None:
    client = exchange.account(USDT="1000", BTC="2")

    def ask(path: str, **params: str) -> Any:
        query = "&".join(f"{name}={value}" for name, value in {**params, "timestamp": str(time.time_ns() // 1_000_000)}.items())
        url = f"{exchange.ready['rest_url']}/sapi/v1/{path}?{query}&signature={client.sign(query)}"
        return requests.get(url, headers={"X-MBX-APIKEY": client.key}, timeout=DEADLINE_S).json()

    assert ask("asset/tradeFee", symbol="BTCUSDT") == [
        {"symbol": "BTCUSDT", "makerCommission": "0.00100000", "takerCommission": "0.00100000"}
    ]
    assert len(ask("asset/tradeFee")) == 3
    coins = {each["coin"]: each for each in ask("capital/config/getall")}
    assert sorted(coins) == ["BTC", "ETH", "OLD", "USDT"]
    assert (coins["BTC"]["free"], coins["ETH"]["free"], coins["USDT"]["networkList"][0]["network"]) == (
        *("2.00000000", "0.00000000", "LOOPBACK"),
    )
    assert get(exchange, "capital/config/getall", "/sapi/v1/").status_code == 401


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


# -- limits of stream connections --------------------------------------------------------------------------------------


def test_an_address_that_keeps_sending_too_fast_is_banned_from_everything(tmp_path: Path) -> None:
    limits = tmp_path / "limits.toml"
    limits.write_text("cuts_before_ban = 2\nstream_messages_1s = 1\n")
    process = Process("--limits", limits)
    url = process.ready["stream_url"] + "/ws"
    for _ in range(3):
        with contextlib.closing(websocket.create_connection(url, timeout=DEADLINE_S)) as connection:
            for number in range(2):
                connection.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": number}))
            assert json.loads(connection.recv())["id"] == 0
            opcode, frame = connection.recv_data_frame()
            assert (opcode, frame.data[:2]) == (websocket.ABNF.OPCODE_CLOSE, b"\x03\xf0"), "1008"
    with pytest.raises(websocket.WebSocketBadStatusException) as refusal:
        websocket.create_connection(url, timeout=DEADLINE_S)
    assert refusal.value.status_code == 418
    assert get(process, "ping").status_code == 418
    process.admin("POST", "limits", {"ban_ms": 0})
    websocket.create_connection(url, timeout=DEADLINE_S).close()
    assert process.terminate() == 0


def test_attempts_to_connect_are_counted_over_streams_and_websocket_api(tmp_path: Path) -> None:
    limits = tmp_path / "limits.toml"
    limits.write_text("connections_5m = 2\n")
    process = Process("--limits", limits)
    urls = [process.ready["stream_url"] + "/ws", process.ready["ws_api_url"], process.ready["stream_url"] + "/stream"]
    websocket.create_connection(urls[0], timeout=DEADLINE_S).close()
    websocket.create_connection(urls[1], timeout=DEADLINE_S).close()
    with pytest.raises(websocket.WebSocketBadStatusException) as refusal:
        websocket.create_connection(urls[2], timeout=DEADLINE_S)
    assert refusal.value.status_code == 429
    assert process.terminate() == 0


def test_a_shutdown_is_announced_on_streams_by_admin_request_and_by_sigterm() -> None:
    process = Process()
    urls = (process.ready["stream_url"] + "/ws", process.ready["stream_url"] + "/stream")
    told = [websocket.create_connection(url, timeout=DEADLINE_S) for url in urls]
    assert process.admin("POST", "connections/shutdown", {"after_ms": 0}).json() == {"told": 2}
    events = [json.loads(connection.recv()) for connection in told]
    assert events[0]["e"] == "serverShutdown"
    assert (events[1]["stream"], events[1]["data"]["e"]) == ("!serverShutdown", "serverShutdown")
    late = websocket.create_connection(urls[0], timeout=DEADLINE_S)
    process.process.terminate()
    assert json.loads(late.recv())["e"] == "serverShutdown"
    process.process.communicate(timeout=DEADLINE_S)
    assert process.process.returncode == 0
    for connection in (*told, late):
        connection.close()
