"""The documentation's example answers (`answers.py`) as cassettes, and what the gateway must make of each.

They are the second witness beside this venue: what both agree on is not a shared mistake of ours. Values are the documentation's own.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import msgspec
import yaml

from genesis.core.events import AssetBalance, OrderReported, VenueOrder
from genesis.core.models import Fill, Order, OrderType, Purpose, Side, SymbolRules
from genesis.exchange import translate, wire
from genesis.exchange.errors import MalformedMessage, VenueRefused, VenueUnreachable
from tests.contracts import answers
from tests.contracts.gateway import ADDRESS, NOW_MS, VENUE, Desk

Json = Any
_SIGNED = {"recvWindow": 1_500, "timestamp": NOW_MS}


@dataclass(frozen=True)
class Example:
    """One documented answer: the request it answers, the answer, how the gateway asks, and what it must make of it.

    `expected` is a domain object, or an exception (its type and text).
    """

    name: str
    path: str
    query: dict[str, Any]
    answer: Json
    ask: Callable[[Desk], Awaitable[Any]]
    expected: Any
    method: str = "GET"
    status: int = 200
    needs: tuple[str, ...] = field(default=())
    """Paths into the answer that the gateway needs: without one of them, or with another type there, it must not go on."""


def write_cassette(path: Path, example: Example, answer: Json | None = None) -> None:
    """The example as VCR.py keeps it; with another `answer` in its place, if one is given."""
    body = json.dumps(example.answer if answer is None else answer, indent=1)
    interaction = {
        "request": {
            "body": None,
            "headers": {},
            "method": example.method,
            "uri": f"{ADDRESS}/api/v3/{example.path}?{urlencode(example.query)}",
        },
        "response": {
            "body": {"string": body},
            "headers": {"Content-Type": ["application/json;charset=UTF-8"]},
            "status": {"code": example.status, "message": "OK" if example.status == 200 else "Refused"},
        },
    }
    path.write_text(yaml.dump({"interactions": [interaction], "version": 1}, sort_keys=True), encoding="utf-8")


# -- how the gateway asks ---------------------------------------------------------------------------------------------


async def _rules(desk: Desk) -> SymbolRules:
    info = await desk.rest.exchange_info(("ETHBTC",))
    return translate.symbol_rules(VENUE, info.symbols[0])


async def _depth(desk: Desk) -> wire.DepthSnapshot:
    return await desk.rest.depth("BTCUSDT")


async def _account(desk: Desk) -> tuple[AssetBalance, ...]:
    account = await desk.rest.account()
    return tuple(translate.asset_balance(entry.asset, entry.free, entry.locked) for entry in account.balances)


async def _query(desk: Desk) -> VenueOrder:
    found = await desk.rest.order("LTCBTC", "myOrder1")
    assert found is not None
    return translate.venue_order(found)


async def _open_orders(desk: Desk) -> list[VenueOrder]:
    return [translate.venue_order(order) for order in await desk.rest.open_orders("LTCBTC")]


async def _all_orders(desk: Desk) -> list[VenueOrder]:
    return [translate.venue_order(order) for order in await desk.rest.recent_orders("LTCBTC")]


async def _trades(desk: Desk) -> list[Fill]:
    return [translate.rest_fill(VENUE, trade, "the order's id") for trade in await desk.rest.recent_trades("BNBBTC")]


def _placed(response_type: str) -> Callable[[Desk], Awaitable[OrderReported]]:
    """The gateway places on the WebSocket API, whose `result` is this very object."""

    async def ask(_desk: Desk) -> OrderReported:
        return translate.placed(_ORDER, await _post(_placing(response_type)))

    return ask


async def _cancelled(_desk: Desk) -> OrderReported:
    return translate.cancelled(VENUE, "LTCBTC", "myOrder1", await _post(_CANCEL, "DELETE"))


async def _post(query: dict[str, Any], method: str = "POST") -> wire.AnswerResult:
    async with aiohttp.ClientSession() as session, session.request(method, f"{ADDRESS}/api/v3/order", params=query) as response:
        body = await response.read()
    try:
        return msgspec.json.decode(body, type=wire.AnswerResult)
    except msgspec.MsgspecError as error:
        raise MalformedMessage(str(error)) from error


def _placing(response_type: str) -> dict[str, Any]:
    order = {"symbol": "BTCUSDT", "side": "SELL", "type": "MARKET", "quantity": 10}
    return {**order, "newClientOrderId": "6gCrw2kRUAF9CvJDGP16IP", "newOrderRespType": response_type, "timestamp": NOW_MS}


_CANCEL = {"symbol": "LTCBTC", "origClientOrderId": "myOrder1", "timestamp": NOW_MS}
_ORDER = Order(
    client_order_id="6gCrw2kRUAF9CvJDGP16IP",
    venue=VENUE,
    symbol="BTCUSDT",
    side=Side.SELL,
    order_type=OrderType.MARKET,
    quantity=Decimal(10),
    purpose=Purpose.EXIT,
    strategy="",
    correlation_id="",
    created_ms=NOW_MS,
    updated_ms=NOW_MS,
)

# -- what the gateway must make of them -------------------------------------------------------------------------------


def _report(status: str, executed: str, quote: str, fills: tuple[Fill, ...] = (), **more: Any) -> OrderReported:
    base = {
        "symbol": "BTCUSDT",
        "client_order_id": "6gCrw2kRUAF9CvJDGP16IP",
        "venue_order_id": 28,
        "source": "answer",
        "venue_time_ms": 1507725176595,
    }
    amounts = {"executed": Decimal(executed), "cum_quote": Decimal(quote)}
    return OrderReported(venue=VENUE, status=status, fills=fills, **{**base, **amounts, **more})


def _fill(price: str, quantity: str, fee: str, number: int) -> Fill:
    return Fill(
        venue=VENUE,
        symbol="BTCUSDT",
        trade_id=number,
        client_order_id="6gCrw2kRUAF9CvJDGP16IP",
        side=Side.SELL,
        price=Decimal(price),
        quantity=Decimal(quantity),
        quote_quantity=Decimal(price) * Decimal(quantity),
        fee=Decimal(fee),
        fee_asset="USDT",
        maker=False,
        venue_time_ms=1507725176595,
    )


_LTCBTC = VenueOrder(
    client_order_id="myOrder1",
    venue_order_id=1,
    symbol="LTCBTC",
    side=Side.BUY,
    status="NEW",
    executed=Decimal(0),
    cum_quote=Decimal(0),
    venue_time_ms=1499827319559,
)
_BNBBTC = Fill(
    venue=VENUE,
    symbol="BNBBTC",
    trade_id=28457,
    client_order_id="the order's id",
    side=Side.BUY,
    price=Decimal("4.000001"),
    quantity=Decimal(12),
    quote_quantity=Decimal("48.000012"),
    fee=Decimal("10.1"),
    fee_asset="BNB",
    maker=False,
    venue_time_ms=1499865549590,
)
_ETHBTC = SymbolRules(
    venue=VENUE,
    symbol="ETHBTC",
    base="ETH",
    quote="BTC",
    status="TRADING",
    tick_size=Decimal("0.000001"),
    min_price=Decimal("0.000001"),
    max_price=Decimal(100_000),
    step_size=Decimal("0.001"),
    min_qty=Decimal("0.001"),
    max_qty=Decimal(100_000),
    min_notional=Decimal("0.001"),
)
_OF_AN_ORDER = ("symbol", "orderId", "clientOrderId", "side", "status", "executedQty", "cummulativeQuoteQty", "updateTime")
_OF_A_TRADE = ("symbol", "id", "orderId", "price", "qty", "quoteQty", "commission", "commissionAsset", "time", "isBuyer", "isMaker")
_OF_A_RESULT = ("symbol", "orderId", "clientOrderId", "transactTime", "status", "executedQty", "cummulativeQuoteQty")
_OF_A_FILL = ("price", "qty", "commission", "commissionAsset", "tradeId")


def _refusal(name: str, code: int, message: str, ask: Callable[[Desk], Awaitable[Any]], **request: Any) -> Example:
    status = request.pop("status", 400)
    kind = VenueUnreachable if status >= 500 else VenueRefused
    return Example(name, answer={"code": code, "msg": message}, ask=ask, expected=(kind, message), status=status, **request)


DOCUMENTED = (
    Example(
        "exchange-info",
        "exchangeInfo",
        {"symbols": '["ETHBTC"]'},
        answers.EXCHANGE_INFO,
        _rules,
        _ETHBTC,
        needs=(
            "symbols",
            *(f"symbols.0.{name}" for name in ("symbol", "status", "baseAsset", "quoteAsset", "filters")),
            "symbols.0.filters.0.filterType",
        ),
    ),
    Example(
        "depth",
        "depth",
        {"symbol": "BTCUSDT", "limit": 1000},
        answers.DEPTH,
        _depth,
        wire.DepthSnapshot(last_update_id=1027024, bids=[["4.00000000", "431.00000000"]], asks=[["4.00000200", "12.00000000"]]),
        needs=("lastUpdateId", "bids", "asks"),
    ),
    Example(
        "order-ack",
        "order",
        _placing("ACK"),
        answers.ACK,
        _placed("ACK"),
        (MalformedMessage, "expected orderId, status and transactTime"),
        method="POST",
    ),
    Example(
        "order-result",
        "order",
        _placing("RESULT"),
        answers.RESULT,
        _placed("RESULT"),
        _report("FILLED", "10", "10"),
        method="POST",
        needs=_OF_A_RESULT,
    ),
    Example(
        "order-full",
        "order",
        _placing("FULL"),
        answers.FULL,
        _placed("FULL"),
        _report("FILLED", "10", "10", tuple(_fill(*row) for row in answers.FILLS)),
        method="POST",
        needs=(*_OF_A_RESULT, *(f"fills.4.{name}" for name in _OF_A_FILL)),
    ),
    Example(
        "order-cancelled",
        "order",
        _CANCEL,
        answers.CANCELED,
        _cancelled,
        _report("CANCELED", "0", "0", symbol="LTCBTC", client_order_id="myOrder1", venue_order_id=4, venue_time_ms=1684804350068),
        method="DELETE",
        needs=("symbol", "origClientOrderId", "orderId", "transactTime", "status", "executedQty", "cummulativeQuoteQty"),
    ),
    Example(
        "account",
        "account",
        _SIGNED,
        answers.ACCOUNT,
        _account,
        (
            AssetBalance(asset="BTC", free=Decimal("4723846.89208129"), locked=Decimal(0)),
            AssetBalance(asset="LTC", free=Decimal("4763368.68006011"), locked=Decimal(0)),
        ),
        needs=("balances", *(f"balances.1.{name}" for name in ("asset", "free", "locked"))),
    ),
    Example(
        "query-order",
        "order",
        {"symbol": "LTCBTC", "origClientOrderId": "myOrder1", **_SIGNED},
        answers.OPEN_ORDER,
        _query,
        _LTCBTC,
        needs=_OF_AN_ORDER,
    ),
    Example(
        "open-orders",
        "openOrders",
        {"symbol": "LTCBTC", **_SIGNED},
        [answers.OPEN_ORDER],
        _open_orders,
        [_LTCBTC],
        needs=tuple(f"0.{name}" for name in _OF_AN_ORDER),
    ),
    Example(
        "all-orders",
        "allOrders",
        {"symbol": "LTCBTC", "limit": 1000, **_SIGNED},
        [answers.OPEN_ORDER],
        _all_orders,
        [_LTCBTC],
        needs=tuple(f"0.{name}" for name in _OF_AN_ORDER),
    ),
    Example(
        "my-trades",
        "myTrades",
        {"symbol": "BNBBTC", "limit": 1000, **_SIGNED},
        answers.TRADES,
        _trades,
        [_BNBBTC],
        needs=tuple(f"0.{name}" for name in _OF_A_TRADE),
    ),
    _refusal("invalid-symbol", -1121, "Invalid symbol.", _depth, path="depth", query={"symbol": "BTCUSDT", "limit": 1000}),
    _refusal("invalid-key", -2015, "Invalid API-key, IP, or permissions for action.", _account, path="account", query=_SIGNED, status=401),
    _refusal(
        "timeout-of-the-backend",
        -1007,
        "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
        _account,
        path="account",
        query=_SIGNED,
        status=503,
    ),
)
