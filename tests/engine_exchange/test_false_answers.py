"""Answers over REST that can be read and are false, for every kind of answer that the engine reads: none is believed, each is named and
counted, and the next true one is taken (facts A5). The lines are pure arithmetic; at the end, a few of them over a socket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from genesis.core.commands import Reconcile
from genesis.core.events import ReconcileFailed, VenueSnapshot
from genesis.exchange import credible, strict_json, wire
from genesis.exchange.errors import UNREADABLE, MalformedMessage
from tests.engine_exchange.conftest import Desk
from tests.engine_exchange.kit_exchange import Json, ScriptedVenue, symbol_info
from tests.engine_exchange.test_account_reader import Ledger, account, ledger, rest_order, rest_trade

__all__ = ["ledger"]
MINUTE_MS = 60_000
START_MS = 1_700_000_040_000
NAME = "x" * 41
ORDER = credible.order("BTCUSDT", "gabcdef-1")
TRADES = credible.trades("BTCUSDT", 3, 2)
BARS = credible.klines(MINUTE_MS, START_MS, START_MS + 9 * MINUTE_MS, 2)


def kline(opened: int = START_MS, **changes: Any) -> list[Any]:
    row = [opened, "99.0", "101.0", "98.0", "100.0", "5.0", opened + MINUTE_MS - 1, "500.0", 7, "2.0", "200.0", "0"]
    for column, value in changes.items():
        row[int(column[1:])] = value
    return row


def an_order(**changes: Any) -> Json:
    return {**rest_order(7, "gabcdef-1", "0.50000000", "PARTIALLY_FILLED"), "cummulativeQuoteQty": "50.00", **changes}


def a_trade(**changes: Any) -> Json:
    return {**rest_trade(3, 7), **changes}


def info(**changes: Any) -> Json:
    return {"symbols": [{**symbol_info("BTCUSDT", "BTC", "USDT"), **changes}]}


def balance(asset: str, free: str = "1", locked: str = "0") -> Json:
    return {"asset": asset, "free": free, "locked": locked}


def rules(kind: str, **changes: str) -> Json:
    filters = [{**entry, **changes} if entry["filterType"] == kind else entry for entry in symbol_info("BTCUSDT", "BTC", "USDT")["filters"]]
    return info(filters=filters)


def heard(kind: Any, check: Callable[[Any], None], document: object) -> None:
    """As the client reads an answer of that type."""
    check(strict_json.read(msgspec.json.encode(document), msgspec.json.Decoder(kind)))


TRUE = [
    (wire.ServerTime, credible.server_time, {"serverTime": START_MS}),
    (wire.ExchangeInfo, credible.exchange_info(("BTCUSDT",)), info()),
    (wire.DepthSnapshot, credible.depth, {"lastUpdateId": 7, "bids": [["1", "2"]], "asks": []}),
    (wire.AccountInfo, credible.account, account()),
    (wire.RestOrder, ORDER, an_order()),
    (list[wire.RestOrder], credible.open_orders("BTCUSDT"), [an_order(), rest_order(8, "web_9")]),
    (list[wire.RestOrder], credible.open_orders(None), [an_order(symbol="ETHUSDT")]),
    (list[wire.RestOrder], credible.orders("BTCUSDT", 7, 2), [an_order(), rest_order(8, "web_9", status="CANCELED")]),
    (list[wire.RestTrade], TRADES, [rest_trade(3, 7), rest_trade(4, 8)]),
    (list[wire.RestTrade], credible.trades("BTCUSDT", 0, 2, 7), []),
    (
        list[wire.RestTrade],
        TRADES,
        [a_trade(price="0.33333333", qty="3", quoteQty="0.99999999", commission="-0.01", commissionAsset="BNB")],
    ),
    (list[wire.Kline], BARS, [kline(), kline(START_MS + MINUTE_MS)]),
]


@pytest.mark.parametrize(("kind", "check", "document"), TRUE)
def test_a_true_answer_is_believed(kind: Any, check: Callable[[Any], None], document: object) -> None:
    """Also a rebate, and a fee in a third asset."""
    heard(kind, check, document)


FALSE: dict[str, tuple[Any, Callable[[Any], None], object, str]] = {
    "time of zero": (wire.ServerTime, credible.server_time, {"serverTime": 0}, "expected a time in milliseconds"),
    "time below zero": (wire.ServerTime, credible.server_time, {"serverTime": -1}, "expected a time in milliseconds"),
    "time in seconds": (wire.ServerTime, credible.server_time, {"serverTime": 1_700_000_000}, "expected a time in milliseconds"),
    "time in microseconds": (wire.ServerTime, credible.server_time, {"serverTime": START_MS * 1_000}, "expected a time in milliseconds"),
    "time as text": (wire.ServerTime, credible.server_time, {"serverTime": str(START_MS)}, "Expected `int`"),
    "time that is missing": (wire.ServerTime, credible.server_time, {}, "missing required field `serverTime`"),
    "rules of another market": (wire.ExchangeInfo, credible.exchange_info(("BTCUSDT",)), info(symbol="ETHBTC"), "expected symbol BTCUSDT"),
    "rules with another base": (wire.ExchangeInfo, credible.exchange_info(("BTCUSDT",)), info(baseAsset="ETH"), "its own assets, got ETH"),
    "rules with another quote": (wire.ExchangeInfo, credible.exchange_info(("BTCUSDT",)), info(quoteAsset="EUR"), "got BTC and EUR"),
    "rules twice": (
        wire.ExchangeInfo, credible.exchange_info(("BTCUSDT",)), {"symbols": info()["symbols"] * 2}, "expected each once, got 'BTCUSDT'",
    ),
    "tick below zero": (wire.ExchangeInfo, credible.exchange_info(("BTCUSDT",)), rules("PRICE_FILTER", tickSize="-0.01"), "tickSize"),
    "step that is no number": (wire.ExchangeInfo, credible.exchange_info(("BTCUSDT",)), rules("LOT_SIZE", stepSize="NaN"), "stepSize"),
    "least price above the most": (
        wire.ExchangeInfo, credible.exchange_info(("BTCUSDT",)), rules("PRICE_FILTER", minPrice="2", maxPrice="1"), "minPrice <= maxPrice",
    ),
    "least quantity above the most": (
        wire.ExchangeInfo, credible.exchange_info(("BTCUSDT",)), rules("LOT_SIZE", minQty="2", maxQty="1"), "minQty <= maxQty",
    ),
    "status without end": (wire.ExchangeInfo, credible.exchange_info(("BTCUSDT",)), info(status=NAME), "status: expected a name"),
    "snapshot of number zero": (wire.DepthSnapshot, credible.depth, {"lastUpdateId": 0, "bids": [], "asks": []}, "depth.lastUpdateId"),
    "snapshot below zero": (wire.DepthSnapshot, credible.depth, {"lastUpdateId": -7, "bids": [], "asks": []}, "depth.lastUpdateId"),
    "snapshot beyond all bounds": (wire.DepthSnapshot, credible.depth, {"lastUpdateId": 2**63, "bids": [], "asks": []}, "2^63 - 1"),
    "level of JSON numbers": (wire.DepthSnapshot, credible.depth, {"lastUpdateId": 7, "bids": [[1.5, 2]], "asks": []}, "Expected `str`"),
    "balance below zero": (wire.AccountInfo, credible.account, {"balances": [balance("BTC", "-1")]}, "balance of BTC, free"),
    "locked below zero": (wire.AccountInfo, credible.account, {"balances": [balance("BTC", "1", "-1")]}, "balance of BTC, locked"),
    "balance with an exponent": (wire.AccountInfo, credible.account, {"balances": [balance("BTC", "1e3")]}, "balance of BTC, free"),
    "balance as JSON number": (wire.AccountInfo, credible.account, {"balances": [{**balance("BTC"), "free": 1.5}]}, "Expected `str`"),
    "balance twice": (wire.AccountInfo, credible.account, {"balances": [balance("BTC"), balance("BTC", "2")]}, "got 'BTC' twice"),
    "asset without a name": (wire.AccountInfo, credible.account, {"balances": [balance("")]}, "expected a name of 1 to 40"),
    "asset with a line break": (wire.AccountInfo, credible.account, {"balances": [balance("B\nTC")]}, "printable"),
    "order of another client": (wire.RestOrder, ORDER, an_order(clientOrderId="gother-1"), "expected gabcdef-1 of BTCUSDT, got 'gother-1'"),
    "order of another market": (wire.RestOrder, ORDER, an_order(symbol="ETHUSDT"), "of 'ETHUSDT'"),
    "order of an id without end": (wire.RestOrder, ORDER, an_order(clientOrderId="g" * 9_999), "expected gabcdef-1"),
    "order of number zero": (wire.RestOrder, ORDER, an_order(orderId=0), "order.orderId"),
    "order of a number beyond all bounds": (wire.RestOrder, ORDER, an_order(orderId=2**63), "order.orderId"),
    "order of no side": (wire.RestOrder, ORDER, an_order(side="HOLD"), "order.side: expected BUY or SELL"),
    "order of no status": (wire.RestOrder, ORDER, an_order(status=""), "order.status: expected a name"),
    "order in seconds": (wire.RestOrder, ORDER, an_order(updateTime=1_700_000_000), "order.updateTime"),
    "executed below zero": (wire.RestOrder, ORDER, an_order(executedQty="-0.1"), "order.executedQty"),
    "executed infinitely": (wire.RestOrder, ORDER, an_order(executedQty="Infinity"), "order.executedQty"),
    "executed above the order": (wire.RestOrder, ORDER, an_order(executedQty="7"), "expected sums that add up"),
    "new and executed": (wire.RestOrder, ORDER, an_order(status="NEW"), "got NEW with 0.50000000 of 1 executed"),
    "filled by half": (wire.RestOrder, ORDER, an_order(status="FILLED"), "got FILLED with 0.50000000 of 1 executed"),
    "paid and nothing executed": (wire.RestOrder, ORDER, an_order(executedQty="0"), "executed for 50.00"),
    "open order of another market": (
        list[wire.RestOrder], credible.open_orders("BTCUSDT"), [an_order(symbol="ETHUSDT")], "got one of 'ETHUSDT'",
    ),
    "open order that has ended": (
        list[wire.RestOrder], credible.open_orders(None), [an_order(status="CANCELED")], "expected open orders, got CANCELED",
    ),
    "open order twice": (
        list[wire.RestOrder], credible.open_orders(None), [an_order(), an_order(executedQty="0.6")], "expected each once, got 'BTCUSDT 7'",
    ),
    "orders from before": (list[wire.RestOrder], credible.orders("BTCUSDT", 8, 9), [an_order()], "expected 8 or more, got 7"),
    "orders backwards": (
        list[wire.RestOrder], credible.orders("BTCUSDT", 7, 9), [rest_order(8, "g-2"), rest_order(7, "g-1")], "in order, got 7 after 8",
    ),
    "more orders than a page": (
        list[wire.RestOrder], credible.orders("BTCUSDT", 7, 1), [rest_order(7, "g-1"), rest_order(8, "g-2")], "a page of at most 1, got 2",
    ),
    "orders of another market": (list[wire.RestOrder], credible.orders("BTCUSDT", 7, 9), [an_order(symbol="ETHUSDT")], "got one of"),
    "trade of another market": (list[wire.RestTrade], TRADES, [a_trade(symbol="ETHUSDT")], "of 'ETHUSDT'"),
    "trade of another order": (
        list[wire.RestTrade], credible.trades("BTCUSDT", 0, 9, 8), [a_trade()], "expected those of order 8 of BTCUSDT, got one of order 7",
    ),
    "trade from before": (list[wire.RestTrade], TRADES, [rest_trade(2, 7)], "expected 3 or more, got 2"),
    "trade twice": (list[wire.RestTrade], TRADES, [a_trade(), a_trade()], "got 3 after 3"),
    "more trades than a page": (list[wire.RestTrade], TRADES, [rest_trade(number, 7) for number in (3, 4, 5)], "at most 2, got 3"),
    "trade of number zero": (list[wire.RestTrade], credible.trades("BTCUSDT", 0, 9), [a_trade(id=0)], "trade.id"),
    "trade of no order": (list[wire.RestTrade], TRADES, [a_trade(orderId=-1)], "trade.orderId"),
    "trade of nothing": (list[wire.RestTrade], TRADES, [a_trade(qty="0", quoteQty="0")], "expected amounts above 0"),
    "trade of less than nothing": (list[wire.RestTrade], TRADES, [a_trade(qty="-0.5")], "trade.qty"),
    "trade at no price": (list[wire.RestTrade], TRADES, [a_trade(price="0")], "expected amounts above 0"),
    "trade whose sums do not add up": (list[wire.RestTrade], TRADES, [a_trade(quoteQty="50.01")], "expected 50 for 0.5"),
    "trade with a fee that is no number": (list[wire.RestTrade], TRADES, [a_trade(commission="NaN")], "trade.commission"),
    "trade in microseconds": (list[wire.RestTrade], TRADES, [a_trade(time=START_MS * 1_000)], "trade.time"),
    "trade of nobody's side": (list[wire.RestTrade], TRADES, [a_trade(isBuyer="yes")], "Expected `bool`"),
    "bar at no price": (list[wire.Kline], BARS, [kline(c3="0")], "expected prices above 0"),
    "bar with a close above its high": (list[wire.Kline], BARS, [kline(c4="102.0")], "expected low <= open, close <= high"),
    "bar of another length": (list[wire.Kline], BARS, [kline(c6=START_MS + 5 * MINUTE_MS - 1)], "expected 60000 ms"),
    "bar between two": (list[wire.Kline], BARS, [kline(START_MS + 1)], "expected 60000 ms"),
    "bar from before": (list[wire.Kline], BARS, [kline(START_MS - MINUTE_MS)], f"expected {START_MS} or more"),
    "bar from after": (list[wire.Kline], BARS, [kline(START_MS + 10 * MINUTE_MS)], "until"),
    "bar twice": (list[wire.Kline], BARS, [kline(), kline()], "each once and in order"),
    "bars backwards": (list[wire.Kline], BARS, [kline(START_MS + MINUTE_MS), kline()], "each once and in order"),
    "more bars than a page": (list[wire.Kline], BARS, [kline(START_MS + index * MINUTE_MS) for index in range(3)], "at most 2, got 3"),
    "bar with trades below zero": (list[wire.Kline], BARS, [kline(c8=-1)], "a number of trades"),
    "bar of half the columns": (list[wire.Kline], BARS, [kline()[:6]], "Expected `array` of length 12"),
}  # fmt: skip


@pytest.mark.parametrize("what", FALSE)
def test_a_false_answer_is_named_and_not_believed(what: str) -> None:
    kind, check, document, said = FALSE[what]
    with pytest.raises((*UNREADABLE, MalformedMessage)) as error:
        heard(kind, check, document)
    assert said in str(error.value)
    assert len(str(error.value)) < 400


# -- how it is written ------------------------------------------------------------------------------------------------

BODY = '{"serverTime":1700000000000}'
BROKEN: dict[str, tuple[bytes, str]] = {
    "a key twice": (b'{"serverTime":1700000000000,"serverTime":1800000000000}', "got 'serverTime' twice"),
    "a key twice, once escaped": (b'{"serverTime":1700000000000,"serverTim\\u0065":1800000000000}', "got 'serverTime' twice"),
    "a key twice, deep inside": (b'{"serverTime":1700000000000,"x":[{"a":"1:2","b":{"c":1,"c":2}}]}', "got 'c' twice"),
    "NaN": (b'{"serverTime":NaN}', "malformed"),
    "Infinity where nobody looks": (b'{"serverTime":1700000000000,"x":Infinity}', "malformed"),
    "1e999": (b'{"serverTime":1e999}', "out of range"),
    "1e999 where nobody looks": (b'{"serverTime":1700000000000,"x":1e999}', "out of range"),
    "digits without end": (b'{"serverTime":' + b"9" * 100_000 + b"}", "out of range"),
    "a time as a fraction": (b'{"serverTime":1700000000000.5}', "Expected `int`"),
    "nesting without end": (b'{"serverTime":1700000000000,"x":' + b"[" * 100_000, "recursion"),
    "no UTF-8": (b'{"serverTime":1700000000000,"x":"\xff"}', "utf-8"),
    "half a surrogate": (b'{"serverTime":1700000000000,"x":"\\ud800"}', "truncated"),
    "a NUL": (b'{"serverTime":1700000000000,"x":"\\u0000"}', "expected text without NUL"),
    "a byte order mark": (b"\xef\xbb\xbf" + BODY.encode(), "malformed"),
    "half": (BODY[:14].encode(), "truncated"),
    "nothing": (b"", "truncated"),
    "two answers": (BODY.encode() * 2, "malformed"),
    "a comma too many": (b'{"serverTime":1700000000000,}', "malformed"),
    "null": (b"null", "Expected `object`"),
    "a list": (b"[]", "Expected `object`"),
    "HTML": (b"<html>maintenance</html>", "malformed"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_no_strict_json_is_named_and_not_read(what: str) -> None:
    body, said = BROKEN[what]
    with pytest.raises((*UNREADABLE, MalformedMessage)) as error:
        strict_json.read(body, msgspec.json.Decoder(wire.ServerTime))
    assert said in str(error.value)


@pytest.mark.parametrize(
    "body", [BODY, '{"serverTime":1700000000000,"x":"a:b","y":[{"c":1},{"c":2}]}', ' { "serverTime" : 1700000000000 } ']
)
def test_strict_json_is_read(body: str) -> None:
    """Colons in texts, and the same key in two objects, are nothing bad."""
    assert strict_json.read(memoryview(body.encode()), msgspec.json.Decoder(wire.ServerTime)).server_time == 1_700_000_000_000


def test_a_refusals_words_are_of_bounded_length_and_on_one_line() -> None:
    words = wire.RefusalBody(code=-1, msg='no\r\n{"level":"error"}' + "x" * 1_000_000).words
    assert words.startswith('no??{"level":"error"}')
    assert len(words) == 300


# -- over a socket ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "document", "said"),
    [
        ("time", {"serverTime": 0}, "GET time: time.serverTime"),
        ("exchangeInfo", info(baseAsset="ETH"), "GET exchangeInfo: exchangeInfo of BTCUSDT: expected its own assets"),
        ("account", {"balances": [balance("BTC"), balance("BTC")]}, "GET account: account.balances: expected each once"),
        ("openOrders", [an_order(status="CANCELED")], "GET openOrders: openOrders: expected open orders"),
        ("order", an_order(clientOrderId="gother-1"), "GET order: order: expected gabcdef-3"),
        ("allOrders", [an_order(orderId=4)], "GET allOrders: allOrders.orderId: expected 7 or more, got 4"),
        ("myTrades", [a_trade(quoteQty="1")], "GET myTrades: trade 3: expected 50"),
        ("account", b'{"balances":[],"balances":[]}', "GET account: expected each key of an object once"),
    ],
)
async def test_nothing_of_a_false_answer_reaches_the_engine_and_the_next_true_one_does(
    venue: ScriptedVenue, ledger: Ledger, desk: Desk, path: str, document: object, said: str
) -> None:
    ledger.orders, ledger.trades = [rest_order(7, "gabcdef-1", "0.5", "PARTIALLY_FILLED")], [rest_trade(3, 7)]
    wish = Reconcile(
        venue="binance", unresolved=(("BTCUSDT", "gabcdef-3"),), trades_after={"BTCUSDT": -1}, orders_after={"BTCUSDT": 6},
    )  # fmt: skip
    truth = venue.rest[path]
    venue.rest[path] = lambda _: (200, document)
    desk.gateway.reconcile(wish)
    assert said in (await desk.told.wait(ReconcileFailed)).reason
    assert desk.gateway.counters["malformed_messages"] == 1
    assert not desk.told.of(VenueSnapshot)
    venue.rest[path] = truth
    desk.gateway.reconcile(wish)
    await desk.told.wait(VenueSnapshot)
