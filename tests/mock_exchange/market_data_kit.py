"""A venue that traded, and questions to it: what the tests of public market data share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import requests

from tests.mock_exchange.venue_client import DEADLINE_S, Process

BTC = {"symbol": "BTCUSDT"}
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


def traded(directory: Path) -> Iterator[Process]:
    """BTCUSDT traded: three fills of one order at 100 and 101, then one of another at 101."""
    market = directory / "market.toml"
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


def timeless(value: Any) -> Any:
    """Without what the clock alone changes."""
    if isinstance(value, list):
        return [timeless(each) for each in value]
    if isinstance(value, dict):
        return {k: timeless(v) for k, v in value.items() if k not in ("serverTime", "closeTime", "openTime", "timestamp")}
    return value
