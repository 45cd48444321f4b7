"""Questions over REST: one order, and everything at one instant, while the venue moves, lies or is down (R26, R30)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from genesis.core.commands import QueryOrder, Reconcile
from genesis.core.events import OrderNotFound, OrderReported, ReconcileFailed, VenueSnapshot
from genesis.exchange import rest_client
from genesis.exchange.signing import Signer
from tests.engine_exchange.conftest import Desk, OpenDesk
from tests.engine_exchange.kit_exchange import Json, ScriptedVenue, execution, refused

QUERY = QueryOrder(venue="binance", symbol="BTCUSDT", client_order_id="gabcdef-1")
Query = dict[str, str]


def rest_order(order_id: int, client_order_id: str, executed: str = "0.00000000", status: str = "NEW") -> Json:
    return {
        "symbol": "BTCUSDT", "orderId": order_id, "clientOrderId": client_order_id, "side": "BUY", "status": status,
        "executedQty": executed, "cummulativeQuoteQty": "0.00000000", "updateTime": 1_700_000_000_077, "price": "1",
        "origQty": executed if status == "FILLED" else "1",
    }  # fmt: skip


def rest_trade(trade_id: int, order_id: int, qty: str = "0.50000000", time: int = 1_700_000_000_005) -> Json:
    return {
        "symbol": "BTCUSDT", "id": trade_id, "orderId": order_id, "price": "100.00", "qty": qty, "quoteQty": "50.00", "time": time,
        "commission": "0.0005", "commissionAsset": "BTC", "isBuyer": True, "isMaker": False,
    }  # fmt: skip


def account(usdt: str = "1000.00", update_time: int = 1) -> Json:
    zeros = [{"asset": "DOGE", "free": "0.00", "locked": "0.00"}]
    return {"balances": [{"asset": "USDT", "free": usdt, "locked": "0.00"}, {"asset": "BTC", "free": "0.00", "locked": "0"}, *zeros],
            "updateTime": update_time}  # fmt: skip


def error(status: int, code: int, msg: str) -> tuple[int, object]:
    return status, refused(status, code, msg)["error"]


class Ledger:
    """The REST side of a small account, by the documented rules of paging."""

    def __init__(self, venue: ScriptedVenue) -> None:
        self.orders: list[Json] = []
        self.trades: list[Json] = []
        self.account = account()
        venue.rest |= {
            "account": lambda _: (200, self.account),
            "order": self._order,
            "openOrders": lambda _: (200, [order for order in self.orders if order["status"] in ("NEW", "PARTIALLY_FILLED")]),
            "allOrders": self._all_orders,
            "myTrades": self._my_trades,
        }

    def _order(self, query: Query) -> tuple[int, object]:
        found = [order for order in self.orders if order["clientOrderId"] == query["origClientOrderId"]]
        return (200, found[-1]) if found else error(400, -2013, "Order does not exist.")

    def _all_orders(self, query: Query) -> tuple[int, object]:
        limit = int(query["limit"])
        if "orderId" not in query:
            return 200, self.orders[-limit:]
        return 200, [order for order in self.orders if order["orderId"] >= int(query["orderId"])][:limit]

    def _my_trades(self, query: Query) -> tuple[int, object]:
        limit = int(query["limit"])
        trades = [trade for trade in self.trades if "orderId" not in query or trade["orderId"] == int(query["orderId"])]
        if "fromId" not in query:
            return 200, trades[-limit:]
        return 200, [trade for trade in trades if trade["id"] >= int(query["fromId"])][:limit]


@pytest.fixture
def ledger(venue: ScriptedVenue) -> Ledger:
    return Ledger(venue)


def asked(venue: ScriptedVenue, wanted: str) -> list[Query]:
    return [query for path, query in venue.questions if path == wanted]


# -- one order --------------------------------------------------------------------------------------------------------


async def test_a_query_brings_the_order_with_all_its_trades(venue: ScriptedVenue, ledger: Ledger, desk: Desk) -> None:
    ledger.orders = [rest_order(7, "gabcdef-1", "1.00000000", "FILLED")]
    ledger.trades = [rest_trade(3, 7), rest_trade(4, 8), rest_trade(5, 7)]
    desk.gateway.query(QUERY)
    reported = await desk.told.wait(OrderReported)
    assert (reported.source, reported.status, reported.executed, reported.venue_time_ms) == (
        "query",
        "FILLED",
        Decimal(1),
        1_700_000_000_077,
    )
    assert [(fill.trade_id, fill.client_order_id) for fill in reported.fills] == [(3, "gabcdef-1"), (5, "gabcdef-1")]


async def test_questions_are_signed_over_the_bytes_that_are_sent(venue: ScriptedVenue, ledger: Ledger, desk: Desk) -> None:
    ledger.orders = [rest_order(7, "gabcdef-1")]
    desk.gateway.query(QUERY)
    await desk.told.wait(OrderReported)
    query = asked(venue, "order")[0]
    signature = query.pop("signature")
    assert list(query) == ["symbol", "origClientOrderId", "recvWindow", "timestamp"]
    assert Signer(venue.settings().api_secret).signed_query(query).endswith(signature)


async def test_an_order_that_fills_between_two_questions_is_read_again(venue: ScriptedVenue, ledger: Ledger, desk: Desk) -> None:
    ledger.orders = [rest_order(7, "gabcdef-1", "0.50000000", "PARTIALLY_FILLED")]
    ledger.trades = [rest_trade(3, 7), rest_trade(4, 7)]

    def filled_now(query: Query) -> tuple[int, object]:
        ledger.orders = [rest_order(7, "gabcdef-1", "1.00000000", "FILLED")]
        return 200, ledger.trades

    venue.rest["myTrades"] = filled_now
    desk.gateway.query(QUERY)
    reported = await desk.told.wait(OrderReported)
    assert (reported.status, reported.executed, len(reported.fills)) == ("FILLED", Decimal(1), 2)


async def test_not_found_carries_a_venue_time_from_before_the_question(venue: ScriptedVenue, ledger: Ledger, desk: Desk) -> None:
    times: list[int] = []

    def slow(query: Query) -> tuple[int, object]:
        times.append(venue.server_ms())
        venue.skew_ms += 60_000  # a minute passes at the venue while it answers
        return error(400, -2013, "Order does not exist.")

    venue.rest["order"] = slow
    desk.gateway.query(QUERY)
    found = await desk.told.wait(OrderNotFound)
    assert found.client_order_id == "gabcdef-1"
    assert found.venue_time_ms <= times[0]


async def test_an_order_that_the_query_overlooks_is_found_in_the_lists(venue: ScriptedVenue, ledger: Ledger, desk: Desk) -> None:
    """Read-after-write lag (X19): -2013 alone is not absence."""
    ledger.orders = [rest_order(7, "gabcdef-1")]
    venue.rest["order"] = lambda _: error(400, -2013, "Order does not exist.")
    desk.gateway.query(QUERY)
    assert (await desk.told.wait(OrderReported)).status == "NEW"
    assert not desk.told.of(OrderNotFound)


async def test_a_trade_of_an_order_that_is_not_listed_forbids_absence(venue: ScriptedVenue, ledger: Ledger, desk: Desk) -> None:
    ledger.trades = [rest_trade(3, 7)]
    desk.gateway.query(QUERY)
    await venue.heard.until(lambda: bool(asked(venue, "myTrades")))
    ledger.trades = []
    answered = False
    while not answered:  # the refused question is over once a new one is taken
        desk.gateway.query(QUERY)
        answered = bool(desk.told.of(OrderNotFound)) or bool(await _a_turn(desk))
    assert desk.gateway.counters["questions_failed"] == 1


async def _a_turn(desk: Desk) -> bool:
    await desk.gateway.barrier(1)
    return bool(desk.told.of(OrderNotFound))


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: (503, b"<html>overloaded</html>"),
        lambda _: (403, b"<html>firewall</html>"),
        lambda _: (200, b"{broken"),
        lambda _: (200, b'{"symbol":"\xff"}'),
        lambda _: (400, b'{"code":-1000,"msg":"\xff"}'),
        lambda _: (200, {"symbol": "BTCUSDT"}),
        lambda _: error(500, -1001, "Internal error; unable to process your request. Please try again."),
        lambda _: error(401, -2015, "Invalid API-key, IP, or permissions for action."),
    ],
)
async def test_a_question_that_fails_says_nothing_of_the_order(
    venue: ScriptedVenue, ledger: Ledger, desk: Desk, answer: Callable[[Query], tuple[int, object]]
) -> None:
    told = len(desk.told.events)
    venue.rest["order"] = answer
    desk.gateway.query(QUERY)
    await venue.heard.until(lambda: bool(asked(venue, "order")))
    venue.rest["order"] = lambda _: (200, rest_order(7, "gabcdef-2"))
    desk.gateway.query(QueryOrder(venue="binance", symbol="BTCUSDT", client_order_id="gabcdef-2"))
    await desk.told.wait(OrderReported)
    assert not [event for event in desk.told.events[told:] if getattr(event, "client_order_id", "") == "gabcdef-1"]


async def test_clock_skew_is_measured_and_the_question_asked_once_more(venue: ScriptedVenue, ledger: Ledger, desk: Desk) -> None:
    venue.skew_ms = -90_000
    ledger.orders = [rest_order(7, "gabcdef-1")]
    plain = venue.rest["order"]
    venue.rest["order"] = lambda query: (
        plain(query) if abs(int(query["timestamp"]) - venue.server_ms()) < 1_000 else error(400, -1021, "Timestamp for this request ...")
    )
    venue.rest["time"] = lambda _: (200, {"serverTime": venue.server_ms() - (50_000 if not asked(venue, "order") else 0)})
    desk.gateway.query(QUERY)
    assert (await desk.told.wait(OrderReported)).status == "NEW"
    assert len(asked(venue, "order")) == 2


async def test_the_same_order_is_asked_about_once_at_a_time(venue: ScriptedVenue, ledger: Ledger, desk: Desk) -> None:
    ledger.orders = [rest_order(7, "gabcdef-1")]
    for _ in range(50):
        desk.gateway.query(QUERY)
    await desk.told.wait(OrderReported)
    assert len(asked(venue, "order")) == 1


# -- everything -------------------------------------------------------------------------------------------------------


def wish(unresolved: tuple[tuple[str, str], ...] = (), after: int = -1) -> Reconcile:
    return Reconcile(venue="binance", unresolved=unresolved, trades_after={"BTCUSDT": after})


async def test_everything(venue: ScriptedVenue, ledger: Ledger, desk: Desk) -> None:
    ledger.orders = [
        rest_order(5, "gabcdef-0", "0.50000000", "FILLED"),
        rest_order(6, "gabcdef-1", "0.50000000", "CANCELED"),
        rest_order(7, "gabcdef-2", "0.50000000", "PARTIALLY_FILLED"),
        rest_order(8, "web_9"),
    ]
    ledger.trades = [rest_trade(1, 5), rest_trade(2, 6), rest_trade(3, 7), rest_trade(4, 5)]
    before = venue.server_ms()
    desk.gateway.reconcile(wish((("BTCUSDT", "gabcdef-1"), ("BTCUSDT", "gabcdef-2"), ("BTCUSDT", "gabcdef-3")), after=2))
    snapshot = await desk.told.wait(VenueSnapshot)
    assert [rule.tick_size for rule in snapshot.rules] == [Decimal("0.01")]
    assert [rule.min_notional for rule in snapshot.rules] == [Decimal(5)]
    assert {balance.asset for balance in snapshot.balances} == {"USDT", "BTC"}
    assert {order.client_order_id for order in snapshot.open_orders} == {"gabcdef-2", "web_9"}
    assert {order.client_order_id: order.status for order in snapshot.queried_orders} == {
        "gabcdef-1": "CANCELED",
        "gabcdef-2": "PARTIALLY_FILLED",
    }
    assert snapshot.missing_orders == ("gabcdef-3",)
    # after the last known id, and every trade of an unresolved order whatever its id; the order of trade 4 was looked up
    assert [(fill.trade_id, fill.client_order_id) for fill in snapshot.fills] == [(2, "gabcdef-1"), (3, "gabcdef-2"), (4, "gabcdef-0")]
    assert before <= snapshot.venue_time_ms <= venue.server_ms()


async def test_trades_are_paged_to_the_end(venue: ScriptedVenue, ledger: Ledger, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rest_client, "PAGE", 3)
    ledger.orders = [rest_order(number, f"gabcdef-{number}", "0.5", "FILLED") for number in range(1, 9)]
    ledger.trades = [rest_trade(number, number) for number in range(1, 9)]
    desk.gateway.reconcile(wish())
    snapshot = await desk.told.wait(VenueSnapshot)
    assert [fill.client_order_id for fill in snapshot.fills] == [f"gabcdef-{number}" for number in range(1, 9)]


async def test_a_fill_between_two_questions_makes_no_mixed_picture(venue: ScriptedVenue, ledger: Ledger, desk: Desk) -> None:
    """The first reading sees the account from before a fill and the trades from after it: it is thrown away."""
    plain = venue.rest["openOrders"]
    ledger.orders = [rest_order(7, "gabcdef-1")]

    def fills_now(query: Query) -> tuple[int, object]:
        answer = plain(query)
        ledger.account = account("950.00", update_time=2)
        ledger.orders = [rest_order(7, "gabcdef-1", "0.50000000", "FILLED")]
        ledger.trades = [rest_trade(3, 7)]
        venue.rest["openOrders"] = plain
        return answer

    venue.rest["openOrders"] = fills_now
    desk.gateway.reconcile(wish((("BTCUSDT", "gabcdef-1"),)))
    snapshot = await desk.told.wait(VenueSnapshot)
    assert {balance.asset: balance.free for balance in snapshot.balances}["USDT"] == Decimal(950)
    assert [fill.trade_id for fill in snapshot.fills] == [3]
    assert snapshot.open_orders == ()
    assert len(asked(venue, "account")) == 4


async def test_an_event_during_the_reading_repeats_it_and_comes_before_the_snapshot(
    venue: ScriptedVenue, ledger: Ledger, desk: Desk
) -> None:
    """Balances that went there and back again look equal: the stream tells."""
    barriers = venue.scripts["ping"]
    spoke: list[Any] = []

    def speak_before_the_closing_barrier(request: Json) -> Json | bytes | None:
        if len(venue.asked("ping")) == 2:
            spoke.append(request)
            event = b'{"subscriptionId":0,"event":{"e":"outboundAccountPosition","E":2,"u":2,"B":[]}}'
            venue.write_raw(venue.orders[-1], bytes([0x81, len(event)]) + event)
        return barriers(request)

    venue.scripts["ping"] = speak_before_the_closing_barrier
    desk.gateway.reconcile(wish())
    await desk.told.wait(VenueSnapshot)
    assert spoke
    assert len(asked(venue, "account")) == 4
    assert type(desk.told.events[-1]) is VenueSnapshot


async def test_an_account_that_never_stands_still_is_said_so(venue: ScriptedVenue, ledger: Ledger, desk: Desk) -> None:
    def moving(_: Query) -> tuple[int, object]:
        ledger.account = account(update_time=ledger.account["updateTime"] + 1)
        return 200, ledger.account

    venue.rest["account"] = moving
    desk.gateway.reconcile(wish())
    assert (await desk.told.wait(ReconcileFailed)).reason == "the account kept changing during 5 readings"


async def test_no_reading_while_the_orders_channel_is_down(venue: ScriptedVenue, ledger: Ledger, open_desk: OpenDesk) -> None:
    venue.scripts["userDataStream.subscribe.signature"] = lambda _: None
    desk = await open_desk(wait=False)
    desk.gateway.reconcile(wish())
    assert "the orders channel is down" in (await desk.told.wait(ReconcileFailed)).reason
    assert not desk.told.of(VenueSnapshot)


@pytest.mark.parametrize(
    ("path", "answer", "said"),
    [
        ("exchangeInfo", (200, {"symbols": []}), "expected symbol BTCUSDT"),
        ("exchangeInfo", (400, {"code": -1121, "msg": "Invalid symbol."}), "-1121"),
        ("account", (200, {"balances": [{"asset": "BTC", "free": "1e5", "locked": "0"}]}), "balance of BTC, free"),
        ("account", (401, {"code": -2015, "msg": "Invalid API-key, IP, or permissions for action."}), "-2015"),
        ("account", (502, b"bad gateway"), "answered 502 without"),
        ("openOrders", (200, {"orders": 3}), "Expected `array`"),
    ],
)
async def test_what_cannot_be_read_is_a_named_failure(
    venue: ScriptedVenue, ledger: Ledger, desk: Desk, path: str, answer: tuple[int, object], said: str
) -> None:
    venue.rest[path] = lambda _: answer
    desk.gateway.reconcile(wish())
    reason = (await desk.told.wait(ReconcileFailed)).reason
    assert said in reason
    assert "signature" not in reason


async def test_a_trade_without_an_order_is_a_named_failure(venue: ScriptedVenue, ledger: Ledger, desk: Desk) -> None:
    ledger.trades = [rest_trade(3, 7)]
    desk.gateway.reconcile(wish())
    assert "expected order 7, which has a trade" in (await desk.told.wait(ReconcileFailed)).reason


async def test_events_after_the_snapshot_are_told_after_it(venue: ScriptedVenue, ledger: Ledger, desk: Desk) -> None:
    desk.gateway.reconcile(wish())
    await desk.told.wait(VenueSnapshot)
    await venue.say(execution())
    await desk.told.wait(OrderReported)
    assert type(desk.told.events[-1]) is OrderReported
