"""Public questions that are refused, with the documented code and text, and what each question weighs (binance-spot 1.1, 1.4)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.mock_exchange.market_data_kit import BTC, get, traded
from tests.mock_exchange.venue_client import Process

ILLEGAL_ID = "Illegal characters found in parameter 'fromId'; legal range is '^[0-9]{1,20}$'."
COMBINATION = "Combination of optional parameters invalid."
INVALID = "Invalid symbol."
RANGE = "^[A-Z0-9-_.]{1,20}$"
MANY = json.dumps([f"A{number}" for number in range(101)])


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    yield from traded(tmp_path_factory.mktemp("venue"))


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
