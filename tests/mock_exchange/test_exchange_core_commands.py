"""Icebergs, amendments, cancel-replace, tests of orders, symbol status and retention (binance-spot 1.4-1.6)."""

from __future__ import annotations

from typing import Any

import pytest

from libraries.mock_exchange.core.amounts import parse_e8
from libraries.mock_exchange.core.errors import VenueError
from libraries.mock_exchange.core.orders import AmendRequest, CancelReplaceRequest, CancelRequest, Order, Replacement
from libraries.mock_exchange.core.price_window import PriceWindow
from libraries.mock_exchange.core.venue_events import AccountEvent, FirstFill
from tests.mock_exchange.core_kit import Core, new_order, replayed


@pytest.fixture
def core() -> Core:
    return Core()


def amend(core: Core, order: Order, quantity: str, **more: Any) -> None:
    core.venue.amend("a", AmendRequest(symbol="BTCUSDT", order_id=order.order_id, quantity=parse_e8(quantity), **more), "rest")


# icebergs


def test_an_iceberg_shows_its_part_and_goes_behind_the_others_with_each_next_one(core: Core) -> None:
    iceberg = core.place("a", "SELL", "3", "100", iceberg="1").order
    other = core.place("b", "SELL", "2", "100").order
    assert core.venue.depth("BTCUSDT")[2] == [(parse_e8("100"), parse_e8("3"))]
    core.place("c", "BUY", "1.5", "100")
    assert (iceberg.executed, other.executed) == (parse_e8("1"), parse_e8("0.5"))
    assert core.venue.depth("BTCUSDT")[2] == [(parse_e8("100"), parse_e8("2.5"))]
    core.place("c", "BUY", "2", "100")
    assert (iceberg.executed, other.executed, iceberg.visible) == (parse_e8("1.5"), parse_e8("2"), parse_e8("0.5"))


def test_a_taker_takes_all_of_an_iceberg_part_by_part(core: Core) -> None:
    iceberg = core.place("a", "SELL", "2.5", "100", iceberg="1").order
    placed = core.place("b", "BUY", "3", "100")
    assert [fill.quantity for fill in placed.fills] == [parse_e8("1"), parse_e8("1"), parse_e8("0.5")]
    assert iceberg.status == "FILLED"


def test_fok_counts_what_icebergs_hide(core: Core) -> None:
    core.place("a", "SELL", "3", "100", iceberg="1")
    assert core.place("b", "BUY", "3", "100", tif="FOK").order.status == "FILLED"


def test_a_restored_iceberg_stands_where_its_last_part_put_it(core: Core) -> None:
    iceberg = core.place("a", "SELL", "3", "100", iceberg="1").order
    other = core.place("b", "SELL", "2", "100").order
    core.place("c", "BUY", "1", "100")
    again = replayed(core)
    core.clock.ms += 1
    again.place("c", new_order("BUY", "2", "100"), "rest")
    executed = [again.find_order(name, "BTCUSDT", each.order_id, None).executed for name, each in (("a", iceberg), ("b", other))]
    assert executed == [parse_e8("1"), parse_e8("2")]


# amendments


def test_an_amended_order_keeps_its_place_and_frees_the_difference(core: Core) -> None:
    first, second = core.place("a", "SELL", "2", "100").order, core.place("b", "SELL", "1", "100").order
    amend(core, first, "1.5", new_client_order_id="smaller")
    assert core.balances("a")["BTC"] == (parse_e8("8.5"), parse_e8("1.5"))
    assert core.venue.depth("BTCUSDT")[2] == [(parse_e8("100"), parse_e8("2.5"))]
    core.place("c", "BUY", "1", "100")
    assert (first.executed, second.executed) == (parse_e8("1"), 0)
    report = core.payloads("a")[1]
    assert (report["x"], report["c"], report["C"], report["q"]) == ("REPLACED", "smaller", first_id(core), "1.50000000")
    assert core.venue.find_order("a", "BTCUSDT", None, "smaller") is first


def first_id(core: Core) -> object:
    return core.payloads("a")[0]["c"]


@pytest.mark.parametrize(
    ("quantity", "text"),
    [
        ("2.1", r"Order amend \(quantity increase\) is not supported\."),
        ("2", "The requested action would change no state; rejecting"),
        ("0.5", "Unsupported order combination"),
    ],
)
def test_amendments_that_make_no_sense_are_refused(core: Core, quantity: str, text: str) -> None:
    order = core.place("a", "SELL", "2", "100").order
    core.place("b", "BUY", "0.5", "100")
    with pytest.raises(VenueError, match=f"-2038 {text}"):
        amend(core, order, quantity)
    assert (order.quantity, core.last_lines(1)) == (parse_e8("2"), [("request", None, None)])


def test_ids_that_disagree_and_unknown_orders_cannot_be_amended(core: Core) -> None:
    order = core.place("a", "SELL", "2", "100").order
    with pytest.raises(VenueError, match="-2039"):
        amend(core, order, "1", client_order_id="another")
    core.cancel("a", core.place("a", "SELL", "1", "101"))
    with pytest.raises(VenueError, match=r"-2038 Unknown order sent\."):
        core.venue.amend("a", AmendRequest(symbol="BTCUSDT", order_id=99, quantity=1), "rest")


def test_amendments_of_an_order_are_counted_and_bounded() -> None:
    core = Core(max_num_order_amends=2)
    order = core.place("a", "SELL", "2", "100").order
    amend(core, order, "1.9")
    amend(core, order, "1.8")
    with pytest.raises(VenueError, match="-2038 Filter failure: MAX_NUM_ORDER_AMENDS"):
        amend(core, order, "1.7")


# cancel-replace


def replace(core: Core, order_id: int, price: str, mode: Any = "STOP_ON_FAILURE", **more: Any) -> Replacement:
    cancel = CancelRequest(symbol="BTCUSDT", order_id=order_id)
    request = CancelReplaceRequest(cancel=cancel, new=new_order("SELL", "10", price), mode=mode, **more)
    return core.venue.cancel_replace("a", request, "rest")


def test_the_funds_of_the_cancelled_order_pay_for_the_new_one_in_one_command(core: Core) -> None:
    old = core.place("a", "SELL", "10", "100").order
    commands = len(core.journal.commands)
    done = replace(core, old.order_id, "101")
    assert (old.status, done.placed.order.status) == ("CANCELED", "NEW")  # type: ignore[union-attr]
    assert len(core.journal.commands) == commands + 1


def test_after_a_failed_cancel_the_mode_decides_about_the_new_order(core: Core) -> None:
    stopped = replace(core, 77, "100")
    assert (str(stopped.cancelled), stopped.placed) == ("-2011 Unknown order sent.", None)
    tried = replace(core, 77, "100", "ALLOW_FAILURE")
    assert tried.placed.order.status == "NEW"  # type: ignore[union-attr]
    again = replace(core, 77, "100", "ALLOW_FAILURE")
    assert "insufficient balance" in str(again.placed)


def test_over_the_limit_only_the_cancel_is_done(core: Core) -> None:
    old = core.place("a", "SELL", "1", "100").order
    done = replace(core, old.order_id, "101", limit_mode="CANCEL_ONLY", over_limit=True)
    assert (old.status, done.placed.code) == ("CANCELED", -1015)  # type: ignore[union-attr]


def test_a_filter_failure_is_raised_before_anything_is_cancelled(core: Core) -> None:
    old = core.place("a", "SELL", "1", "100").order
    with pytest.raises(VenueError, match="-1013 Filter failure: PRICE_FILTER"):
        replace(core, old.order_id, "100.001")
    assert old.status == "NEW"


# tests of orders, symbol status


def test_a_test_checks_everything_and_changes_nothing(core: Core) -> None:
    lines = len(core.journal.lines)
    core.venue.test("a", new_order("BUY", "1", "100"))
    with pytest.raises(VenueError, match="insufficient balance"):
        core.venue.test("a", new_order("BUY", "11", "100"))
    assert (len(core.journal.lines), core.venue.open_orders("a")) == (lines, [])


@pytest.mark.parametrize(("status", "cancels"), [("HALT", True), ("CANCEL_ONLY", True), ("BREAK", False), ("END_OF_DAY", False)])
def test_a_symbol_that_does_not_trade_takes_no_orders_and_some_take_cancels(core: Core, status: Any, cancels: bool) -> None:
    order = core.place("a", "SELL", "1", "100").order
    core.venue.set_status("BTCUSDT", status)
    assert (core.venue.status("BTCUSDT"), core.venue.symbols["BTCUSDT"].status) == (status, status)
    for refused in (lambda: core.place("b", "BUY", "1", "100"), lambda: amend(core, order, "0.5")):
        with pytest.raises(VenueError, match=r"Market is closed\."):
            refused()
    if cancels:
        core.venue.cancel("a", CancelRequest(symbol="BTCUSDT", order_id=order.order_id), "rest")
        return
    with pytest.raises(VenueError, match=r"-2011 Market is closed\."):
        core.venue.cancel("a", CancelRequest(symbol="BTCUSDT", order_id=order.order_id), "rest")
    with pytest.raises(VenueError, match=r"-2011 Market is closed\."):
        core.venue.cancel_all("a", CancelRequest(symbol="BTCUSDT"), "rest")
    core.venue.set_status("BTCUSDT", "TRADING")
    core.place("b", "BUY", "1", "100")
    assert order.status == "FILLED"


# what memory keeps, and who hears


def test_closed_orders_and_fills_leave_memory_and_open_ones_do_not() -> None:
    core = Core(history=5)
    resting = core.place("a", "SELL", "5", "200").order
    for _ in range(20):
        core.place("b", "SELL", "0.1", "100")
        core.place("a", "BUY", "0.1", "100", client_id="again")
    held = core.venue.account("a")
    assert (len(held.orders), len(held.fills), len(held.by_client_id)) == (6, 5, 2)
    assert held.open_orders == {resting.order_id: resting}
    with pytest.raises(VenueError, match=r"-2013 Order does not exist\."):
        core.venue.find_order("a", "BTCUSDT", resting.order_id + 2, None)
    assert len([line for line in core.journal.lines if line["type"] == "trade"]) == 20


def test_events_are_made_for_the_audience_only_and_execution_ids_count_all_the_same(core: Core) -> None:
    core.venue.set_audience({"b"})
    core.place("a", "SELL", "1", "100")
    core.place("b", "BUY", "1", "100")
    assert {each.account for each in core.events if isinstance(each, AccountEvent)} == {"b"}
    assert [each["I"] for each in core.payloads("b")] == [2, 4]
    core.place("b", "BUY", "0.5", "100")
    core.place("a", "SELL", "0.2", "100")
    core.place("a", "SELL", "0.3", "100")
    first_fills = [(each.account, each.maker) for each in core.events if isinstance(each, FirstFill)]
    assert first_fills == [("a", True), ("b", False), ("b", True), ("a", False), ("a", False)]


def test_the_average_price_keeps_a_bounded_number_of_entries_and_loses_what_is_too_old() -> None:
    window = PriceWindow(5)
    for time_ms in range(0, 400_000, 2):
        window.add(time_ms, parse_e8("100") if time_ms < 350_000 else parse_e8("200"), parse_e8("1"))
    assert len(window._slices) <= 3_001
    assert window.price(399_999) == parse_e8("116.66666666")  # 250 s at 100 and 50 s at 200
    assert window.price(800_000) == parse_e8("200")
