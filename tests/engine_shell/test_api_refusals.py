"""What the control API refuses: signals and bodies field by field, sizes, tokens, hosts, paths."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from tests.engine_shell.api_world import SIGNAL, TOKEN, World

BAD_SIGNALS: list[tuple[dict[str, Any], str]] = [
    ({"quantity": 0.2}, 'quantity: expected a decimal text above 0 to 1000000000000000 such as "0.5", got 0.2 (float)'),
    ({"quantity": 1}, "got 1 (integer)"),
    ({"quantity": "0,2"}, "got '0,2' (text)"),
    ({"quantity": "1e2"}, "got '1e2' (text)"),
    ({"quantity": "NaN"}, "got 'NaN' (text)"),
    ({"quantity": "0"}, "quantity: expected a decimal text above 0"),
    ({"quantity": "-1"}, "quantity: expected a decimal text above 0"),
    ({"quantity": None}, 'quantity: expected a decimal text above 0 to 1000000000000000 such as "0.5", got nothing; add the key'),
    ({"confidence": "1.1"}, "confidence: expected a decimal text from 0 to 1"),
    ({"confidence": 0.9}, "confidence: expected a decimal text from 0 to 1"),
    ({"side": "buy"}, "side: expected one of BUY, SELL, got 'buy' (text)"),
    ({"side": None}, "side: expected one of BUY, SELL, got nothing; add the key"),
    ({"symbol": "ETHUSDT"}, "symbol: expected one of BTCUSDT, got 'ETHUSDT' (text)"),
    ({"venue": "kraken"}, "venue: expected one of binance, got 'kraken' (text)"),
    ({"order_type": "ICEBERG"}, "order_type: expected one of MARKET, LIMIT, LIMIT_MAKER"),
    ({"order_type": "LIMIT"}, "price: expected a decimal text above 0"),
    ({"order_type": "LIMIT", "price": 99}, "price: expected a decimal text above 0"),
    ({"price": "99"}, "price: expected no price with a MARKET order"),
    ({"time_in_force": "GTC"}, "time_in_force: expected none with a MARKET order"),
    ({"purpose": "STOP"}, "purpose: expected ENTRY or EXIT, got 'STOP' (text)"),
    ({"signal_id": "<script>"}, "signal_id: expected 1 to 64 letters"),
    ({"signal_id": "x" * 65}, "signal_id: expected 1 to 64 letters"),
    ({"strategy": "My Own"}, "strategy: expected 1 to 64 lower case letters"),
    ({"qty": "1"}, "qty: expected a known key, got this one"),
]


@pytest.mark.parametrize(("change", "sentence"), BAD_SIGNALS, ids=lambda value: str(value)[:40])
async def test_a_bad_signal_is_named_field_by_field(world: World, change: dict[str, Any], sentence: str) -> None:
    status, answer = await world.post("/signals", {**SIGNAL, **change})
    assert (status, answer["error"]["code"]) == (400, "GENESIS-4501")
    assert sentence in answer["error"]["message"]
    assert world.venue.calls == [call for call in world.venue.calls if call[0] == "reconcile"]


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b"null", b'{"symbol":', b"\xff\xfe", b"[" * 20_000, b'"text"'])
async def test_a_body_that_is_no_object_is_named(world: World, body: bytes) -> None:
    async with world.client.post("/signals", data=body, headers={"Content-Type": "application/json"}) as response:
        assert response.status == 400
        assert "expected a JSON object" in (await response.json())["error"]["message"]


async def test_limits_of_a_request(world: World) -> None:
    async with world.client.post("/signals", data=b"{}" + b" " * 70_000, headers={"Content-Type": "application/json"}) as response:
        assert response.status == 413
        assert "at most 65536 bytes" in (await response.json())["error"]["message"]
    async with world.client.post("/signals", data=b"{}", headers={"Content-Type": "text/plain"}) as response:
        assert response.status == 415
        assert "expected Content-Type application/json, got 'text/plain'" in (await response.json())["error"]["message"]
    status, answer = await world.post("/control/pause", {"until": "tomorrow"})
    assert (status, answer["error"]["message"]) == (400, "body: expected none or {}, got fields; remove them")


@pytest.mark.parametrize("given", [None, "Bearer", f"Bearer {TOKEN}x", TOKEN, "Basic eA==", "Bearer \u00e9"])
async def test_without_the_token_nothing_is_told(world: World, given: str | None) -> None:
    headers = {"Authorization": given} if given else {}
    for method, path in (("GET", "/health"), ("GET", "/nowhere"), ("POST", "/control/halt"), ("GET", "/metrics")):
        async with aiohttp.request(method, world.url + path, headers=headers) as response:
            assert response.status == 401
            assert "expected 'Authorization: Bearer" in (await response.json())["error"]["message"]
    assert world.loop.engine.state.engine_state.value == "RUNNING"


async def test_another_host_name_is_refused(world: World) -> None:
    line = f"GET /health HTTP/1.1\r\nHost: evil.example\r\nAuthorization: Bearer {TOKEN}\r\nConnection: close\r\n\r\n"
    status, answer = await world.raw(line.encode())
    assert status == 403
    assert "expected the Host header 127.0.0.1" in answer["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path", "status", "sentence"),
    [
        ("GET", "/nowhere", 404, "no such route: GET /nowhere"),
        ("DELETE", "/orders", 405, "expected GET or HEAD on /orders, got DELETE"),
        ("GET", "/orders/unknown-1", 404, "no order 'unknown-1'; GET /orders lists them"),
        ("GET", "/orders?state=LOST", 400, "state: expected one of PENDING, SUBMITTED"),
        ("GET", "/books/binance/ETHUSDT", 404, "no synchronised book of 'ETHUSDT' at 'binance'"),
        ("GET", "/books/kraken/BTCUSDT", 404, "at 'kraken'"),
        ("POST", "/orders/unknown-1/cancel", 404, "unknown-1"),
    ],
)
async def test_what_is_not_there_is_named(world: World, method: str, path: str, status: int, sentence: str) -> None:
    async with world.client.request(method, path) as response:
        assert response.status == status
        assert sentence in (await response.json())["error"]["message"]


async def test_it_listens_on_loopback_only(world: World) -> None:
    assert world.api._runner.addresses[0][0] == "127.0.0.1"
