"""Courtesy answers: paths beside `/api/v3` that clients ask when they load their markets (binance-spot 1.4)."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.mock_exchange.market_data_kit import get, traded
from tests.mock_exchange.venue_client import DEADLINE_S, Process


@pytest.fixture(scope="module")
def exchange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Process]:
    yield from traded(tmp_path_factory.mktemp("venue"))


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
