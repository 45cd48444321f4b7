"""Limits in fixed windows of the venue's clock, bans, and what orders count for (binance-spot 1.2): just below, at and above each."""

from __future__ import annotations

from typing import Any

import pytest

from libraries.mock_exchange.core.accounts import CROWD
from libraries.mock_exchange.core.errors import VenueError
from libraries.mock_exchange.core.order_parsing import new_order
from libraries.mock_exchange.shell import trading
from libraries.mock_exchange.shell.api import Call, Endpoint, Exchange, before_matching, run
from libraries.mock_exchange.shell.limits import LimitExceeded, Limits
from libraries.mock_exchange.shell.security import TimeFrame
from libraries.mock_exchange.shell.usage import AccountUsage, ClientUsage, Count, Usage
from tests.mock_exchange.core_kit import Core, ManualClock

MINUTE = 60_000
T0 = 1_700_000_000_000 - 1_700_000_000_000 % MINUTE
DAY0 = 1_700_006_400_000
"""00:00 UTC of a day."""
LIMITS = Limits(request_weight=10, raw_requests=4, orders_10s=3, orders_1d=5, connections_5m=2, refusals_before_ban=2)
WEIGHT_TEXT = (
    "Too much request weight used; current limit is 10 request weight per 1 MINUTE. "
    "Please use WebSocket Streams for live updates to avoid polling the API."
)


def refused(action: Any, *arguments: Any, **named: Any) -> tuple[int, int, str, int]:
    with pytest.raises(LimitExceeded) as caught:
        action(*arguments, **named)
    return caught.value.status, caught.value.code, caught.value.msg, caught.value.retry_at_ms


# -- windows -----------------------------------------------------------------------------------------------------------


def test_a_window_begins_at_the_full_minute_and_not_with_the_first_request() -> None:
    count = Count(MINUTE)
    assert [count.add(1, T0 + 59_998), count.add(1, T0 + 59_999), count.add(1, T0 + 60_000)] == [1, 2, 1]


def test_a_day_begins_at_midnight_utc() -> None:
    count = Count(86_400_000)
    assert [count.add(1, DAY0 - 1), count.add(1, DAY0), count.ends_ms] == [1, 1, DAY0 + 86_400_000]


def test_a_clock_set_back_by_hours_does_not_keep_a_count_for_hours() -> None:
    count = Count(MINUTE)
    count.add(9, T0 + 7_200_000)
    assert count.add(1, T0) == 1


def test_a_count_never_falls_below_zero() -> None:
    count = Count(MINUTE)
    assert [count.add(1, T0), count.add(-5, T0), count.add(1, T0)] == [1, 0, 1]


@pytest.mark.parametrize(("at", "ends"), [(T0 + 10_000, T0 + 60_000), (T0 + 55_000, T0 + 60_000), (T0 + 55_001, T0 + 120_000)])
def test_what_is_exhausted_stays_so_for_as_long_as_asked(at: int, ends: int) -> None:
    count = Count(MINUTE)
    count.hold(7, at, 5_000)
    assert (count.ends_ms, count.add(0, ends - 1), count.add(0, ends)) == (ends, 7, 0)


# -- weight, requests, connections -------------------------------------------------------------------------------------


def test_weight_up_to_the_limit_is_admitted_and_one_more_refused_until_the_minute_ends() -> None:
    client = ClientUsage(LIMITS)
    client.admit(9, T0)
    client.admit(1, T0 + 1)
    assert refused(client.admit, 1, T0 + 2) == (429, -1003, WEIGHT_TEXT, T0 + MINUTE)
    client.admit(10, T0 + MINUTE)


def test_requests_are_counted_over_five_minutes() -> None:
    client = ClientUsage(LIMITS)
    start = T0 - T0 % 300_000
    for minute in range(4):
        client.admit(1, start + minute * MINUTE)
    assert refused(client.admit, 1, start + 299_999) == (429, -1003, "Too many requests queued.", start + 300_000)
    client.admit(1, start + 300_000)


def test_attempts_to_connect_are_counted_over_five_minutes() -> None:
    client = ClientUsage(LIMITS)
    start = T0 - T0 % 300_000
    client.connect(start, weighs=False)
    client.connect(start, weighs=True)
    assert client.weight.value == 2
    text = "Too many connection attempts from IP; current limit is 2 per '5 MINUTE'."
    assert refused(client.connect, start + 299_999, weighs=False) == (429, -1034, text, start + 300_000)
    client.connect(start + 300_000, weighs=False)


@pytest.mark.parametrize(("left_ms", "seconds"), [(1, 1), (1_000, 1), (1_001, 2), (60_000, 60), (0, 1)])
def test_retry_after_is_rounded_up(left_ms: int, seconds: int) -> None:
    assert LimitExceeded(-1003, "", 429, T0 + left_ms).retry_after_s(T0) == seconds


# -- bans --------------------------------------------------------------------------------------------------------------


def banned_client(now_ms: int = T0) -> ClientUsage:
    client = ClientUsage(LIMITS)
    client.admit(10, now_ms)
    for _ in range(3):
        with pytest.raises(LimitExceeded):
            client.admit(1, now_ms)
    return client


def test_whoever_ignores_the_refusals_is_banned_for_two_minutes() -> None:
    client = ClientUsage(LIMITS)
    client.admit(10, T0)
    assert [refused(client.admit, 1, T0)[0] for _ in range(3)] == [429, 429, 418]
    text = f"Way too much request weight used; IP banned until {T0 + 120_000}. Please use WebSocket Streams for live updates to avoid bans."
    assert refused(client.admit, 1, T0 + 119_999) == (418, -1003, text, T0 + 120_000)
    client.admit(1, T0 + 120_000)


def test_a_banned_address_cannot_connect_to_the_websocket_api_but_to_streams() -> None:
    client = banned_client()
    assert refused(client.connect, T0, weighs=True)[0] == 418
    client.connect(T0, weighs=False)


def test_refusals_of_an_earlier_minute_do_not_count() -> None:
    client = ClientUsage(LIMITS)
    for minute in range(2):
        client.admit(4, T0 + minute * MINUTE)
        assert [refused(client.admit, 10, T0 + minute * MINUTE)[0] for _ in range(2)] == [429, 429]


def test_requests_during_a_ban_prolong_it_step_by_step_up_to_three_days() -> None:
    client = banned_client()
    lengths = [client.ban.until_ms - T0]
    for _ in range(40):
        now = client.ban.until_ms - 1
        for _ in range(3):
            refused(client.admit, 1, now)
        lengths.append(client.ban.until_ms - now)
    assert lengths[:5] == [120_000, 240_000, 480_000, 960_000, 1_920_000]
    assert max(lengths) == lengths[-1] == 3 * 86_400_000


@pytest.mark.parametrize(("after_ms", "length_ms"), [(3 * 86_400_000, 240_000), (3 * 86_400_000 + 1, 120_000)])
def test_an_offence_is_forgotten_after_three_days(after_ms: int, length_ms: int) -> None:
    client = banned_client()
    again = client.ban.until_ms + after_ms
    client.ban.begin(again)
    assert client.ban.until_ms - again == length_ms


# -- orders ------------------------------------------------------------------------------------------------------------


def test_orders_up_to_the_limit_of_ten_seconds() -> None:
    account = AccountUsage(LIMITS)
    account.take(2, T0)
    assert refused(account.take, 2, T0) == (429, -1015, "Too many new orders; current limit is 3 orders per 10 SECOND.", T0 + 10_000)
    account.take(1, T0)
    account.take(2, T0 + 10_000)


def test_orders_up_to_the_limit_of_a_day() -> None:
    account = AccountUsage(LIMITS)
    account.take(3, DAY0)
    account.take(2, DAY0 + 10_000)
    text = "Too many new orders; current limit is 5 orders per 1 DAY."
    assert refused(account.take, 1, DAY0 + 20_000) == (429, -1015, text, DAY0 + 86_400_000)


class Desk:
    """Orders of account a through the pipeline that REST and WebSocket API share."""

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.core = Core()
        self.exchange = Exchange(self.core.venue, self.core.clock, failed=pytest.fail, limits=limits)  # type: ignore[arg-type]
        self.core.venue.set_market_book("BTCUSDT", [], [(101 * 10**8, 10 * 10**8)])

    @property
    def count(self) -> int:
        return self.exchange.usage.account("a").ten_seconds.value

    def call(self, **params: str) -> Call:
        frame = TimeFrame(self.core.clock.ms * 1_000, 5_000_000)
        order = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "quantity": "1", "price": "50"}
        return Call(order | params, "rest", 1, account="a", frame=frame)

    def place(self, endpoint: Endpoint = trading.PLACE, **params: str) -> Any:
        return run(self.exchange, endpoint, self.call(**params))


def test_an_accepted_order_counts_one_and_a_cancel_nothing() -> None:
    desk = Desk()
    placed = desk.place()
    assert desk.count == 1
    cancel = {"symbol": "BTCUSDT", "orderId": str(placed["orderId"])}
    run(desk.exchange, trading.CANCEL, Call(cancel, "rest", 1, account="a", frame=desk.call().frame))
    assert desk.count == 1


@pytest.mark.parametrize("params", [{"quantity": "900"}, {"quantity": "0"}, {"side": "UP"}, {"price": "0.001"}])
def test_a_refused_order_counts_nothing(params: dict[str, str]) -> None:
    desk = Desk()
    with pytest.raises(VenueError):
        desk.place(**params)
    assert desk.count == 0


def test_an_order_over_the_limit_is_refused_and_on_record_and_cancels_still_pass() -> None:
    desk = Desk()
    placed = [desk.place() for _ in range(3)]
    assert refused(desk.place)[:3] == (429, -1015, "Too many new orders; current limit is 3 orders per 10 SECOND.")
    assert [line["code"] for line in desk.core.journal.lines if line["type"] == "request"] == [None, None, None, -1015]
    cancel = {"symbol": "BTCUSDT", "orderId": str(placed[0]["orderId"])}
    answer = run(desk.exchange, trading.CANCEL, Call(cancel, "rest", 1, account="a", frame=desk.call().frame))
    assert answer["status"] == "CANCELED"
    desk.core.clock.ms += 10_000
    assert desk.place()["status"] == "NEW"


def test_the_first_fill_as_taker_gives_one_back_and_later_fills_nothing() -> None:
    desk = Desk(Limits(orders_10s=100))
    desk.place()
    desk.place(price="101", quantity="1")
    assert desk.count == 1
    desk.core.venue.set_market_book("BTCUSDT", [], [(101 * 10**8, 10**7), (102 * 10**8, 10**7)])
    desk.place(price="102", quantity="0.2")
    assert desk.count == 1


def test_the_first_fill_as_maker_gives_back_as_many_as_the_symbol_says() -> None:
    for limits, left in ((Limits(), 2), (Limits(maker_fill=2), 5), (Limits(maker_fill_of={"BTCUSDT": 6}), 1)):
        desk = Desk(limits)
        for _ in range(7):
            desk.place()
        for _ in range(2):
            sell = desk.call(side="SELL", quantity="0.4")
            desk.core.venue.place_as_market(new_order(sell.params, desk.core.venue.symbols, 1), CROWD)
        assert desk.count == left


def test_an_order_that_expires_or_is_cancelled_still_counts() -> None:
    desk = Desk()
    desk.place(timeInForce="IOC")
    assert desk.count == 1


def _replace(exchange: Exchange, call: Call) -> bool:
    over = before_matching(exchange, call, cancel_only=call.params["mode"] == "CANCEL_ONLY") is not None
    if call.params["mode"] == "FAILS":
        raise VenueError(-2022, "Order cancel-replace failed.")
    return over


def test_a_cancel_replace_counts_even_when_it_fails_and_may_be_cancel_only_over_the_limit() -> None:
    desk = Desk()
    endpoint = Endpoint(_replace, "TRADE", 1, frozenset({"mode"}), entry="place", orders=1, counts_refusals=True)

    def replace(mode: str) -> Any:
        return run(desk.exchange, endpoint, Call({"mode": mode}, "rest", 1, account="a", frame=desk.call().frame))

    with pytest.raises(VenueError, match="-2022"):
        replace("FAILS")
    assert desk.count == 1
    assert replace("DO_NOTHING") is False
    desk.exchange.usage.account("a").add(1, desk.core.clock.ms)
    assert replace("CANCEL_ONLY") is True
    assert desk.count == 3
    with pytest.raises(LimitExceeded, match="-1015"):
        replace("DO_NOTHING")


def test_a_list_counts_for_each_of_its_orders() -> None:
    desk = Desk()
    endpoint = Endpoint(_replace, "TRADE", 1, frozenset({"mode"}), orders=3)
    run(desk.exchange, endpoint, Call({"mode": "x"}, "rest", 1, account="a", frame=desk.call().frame))
    assert desk.count == 3


def test_exchange_info_and_the_order_count_tell_the_numbers_in_force() -> None:
    usage = Usage(ManualClock(), LIMITS)
    usage.account("a").add(2, ManualClock().ms)
    assert [(each["rateLimitType"], each["intervalNum"], each["limit"]) for each in usage.described()] == [
        ("REQUEST_WEIGHT", 1, 10),
        ("ORDERS", 10, 3),
        ("ORDERS", 1, 5),
        ("RAW_REQUESTS", 5, 4),
    ]
    assert [(each["interval"], each["count"]) for each in usage.order_counts("a")] == [("SECOND", 2), ("DAY", 2)]
