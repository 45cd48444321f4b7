"""Stops, take-profits and trailing stops against hand-computed prices (X8, binance-spot 1.5)."""

from __future__ import annotations

from typing import Any

import pytest

from libraries.mock_exchange.core.amounts import parse_e8
from libraries.mock_exchange.core.errors import VenueError
from libraries.mock_exchange.core.orders import CancelRequest, Order
from libraries.mock_exchange.core.restore import ReplayError
from tests.mock_exchange.core_kit import Core, replayed


@pytest.fixture
def core() -> Core:
    core = Core()
    core.trade("100")
    return core


def stop(core: Core, kind: str, side: str, at: str | None, price: str | None = None, quantity: str = "1", **more: Any) -> Order:
    if at is not None:
        more["stop"] = at
    return core.place("a", side, quantity, price, type=kind, **more).order


@pytest.mark.parametrize(
    ("kind", "side", "at", "quiet", "reached"),
    [
        ("STOP_LOSS", "SELL", "95", "95.01", "95"),
        ("STOP_LOSS", "SELL", "95", "96", "90"),
        ("STOP_LOSS", "BUY", "105", "104.99", "105"),
        ("TAKE_PROFIT", "SELL", "105", "104.99", "105"),
        ("TAKE_PROFIT", "BUY", "95", "95.01", "95"),
    ],
)
def test_it_goes_off_when_the_last_price_reaches_its_stop_and_not_before(
    core: Core, kind: str, side: str, at: str, quiet: str, reached: str
) -> None:
    core.place("b", "BUY" if side == "SELL" else "SELL", "2", "80" if side == "SELL" else "120")
    order = stop(core, kind, side, at)
    core.trade(quiet, "0.1") if side == "BUY" else core.venue.market("BTCUSDT").triggers.observe(parse_e8(quiet), 0)
    assert (order.status, order.is_working) == ("NEW", False)
    core.venue.market("BTCUSDT").triggers.observe(parse_e8(reached), 0)
    core.place("c", "BUY", "0.1", "50")
    assert (order.status, order.executed) == ("FILLED", parse_e8("1"))


@pytest.mark.parametrize(("kind", "side", "at"), [("STOP_LOSS", "SELL", "100"), ("STOP_LOSS", "BUY", "100"), ("TAKE_PROFIT", "SELL", "99")])
def test_on_the_wrong_side_of_the_market_it_is_refused(core: Core, kind: str, side: str, at: str) -> None:
    with pytest.raises(VenueError, match=r"-2010 Order would trigger immediately\."):
        stop(core, kind, side, at)
    assert core.balances("a")["BTC"][1] == 0


def test_a_stop_limit_becomes_a_limit_order_of_its_price_and_rests(core: Core) -> None:
    order = stop(core, "STOP_LOSS_LIMIT", "SELL", "95", "94.50")
    assert core.venue.depth("BTCUSDT")[2] == []
    core.clock.ms += 500
    core.trade("95")
    assert (order.status, order.is_working, order.working_ms) == ("NEW", True, core.clock.ms)
    assert core.venue.depth("BTCUSDT")[2] == [(parse_e8("94.50"), parse_e8("1"))]
    first, second = core.payloads("a")
    assert (first["x"], first["w"], first["P"], "W" in first) == ("NEW", False, "95.00000000", False)
    assert (second["x"], second["X"], second["w"], second["W"]) == ("NEW", "NEW", True, core.clock.ms)


def test_orders_that_go_off_set_off_others_in_the_same_command_in_order(core: Core) -> None:
    core.place("c", "BUY", "0.5", "95")
    core.place("c", "BUY", "1", "94")
    core.place("c", "BUY", "1", "92")
    first, second, third = (stop(core, "STOP_LOSS", "SELL", at) for at in ("95", "94", "93"))
    before = len(core.journal.commands)
    core.place("b", "SELL", "0.5", "95")
    assert len(core.journal.commands) == before + 1
    assert [each.status for each in (first, second, third)] == ["FILLED", "FILLED", "EXPIRED"]
    triggered = [line["order_id"] for line in core.journal.commands[-1] if line["type"] == "triggered"]
    assert triggered == [first.order_id, second.order_id, third.order_id]
    assert third.reason == "INSUFFICIENT_LIQUIDITY"


def test_those_nearest_to_the_price_go_first_and_equal_ones_by_age(core: Core) -> None:
    far, near, young = (stop(core, "STOP_LOSS_LIMIT", "SELL", at, "200") for at in ("94", "96", "96"))
    core.trade("90")
    triggered = [line["order_id"] for line in core.journal.commands[-1] if line["type"] == "triggered"]
    assert triggered == [near.order_id, young.order_id, far.order_id]


def test_a_buy_that_costs_more_than_is_free_when_it_goes_off_expires(core: Core) -> None:
    core.place("b", "SELL", "9", "200")
    order = stop(core, "STOP_LOSS", "BUY", "105", quantity="9")
    assert core.balances("a")["USDT"] == (parse_e8("55"), parse_e8("945"))
    core.trade("105")
    assert (order.status, order.reason, order.reject_reason) == ("EXPIRED", "REJECTED", "INSUFFICIENT_BALANCES")
    assert core.balances("a")["USDT"] == (parse_e8("1000"), 0)
    report = core.payloads("a")[-1]
    assert (report["x"], report["r"], report["eR"]) == ("EXPIRED", "INSUFFICIENT_BALANCES", "REJECTED")


def test_a_buy_that_costs_more_than_its_stop_price_takes_what_is_free(core: Core) -> None:
    core.place("b", "SELL", "9", "110")
    order = stop(core, "STOP_LOSS", "BUY", "105", quantity="9")
    core.trade("105")
    assert (order.status, order.cum_quote) == ("FILLED", parse_e8("990"))
    assert core.balances("a")["USDT"] == (parse_e8("10"), 0)


def test_a_cancelled_one_does_not_go_off(core: Core) -> None:
    order, other = (stop(core, "STOP_LOSS_LIMIT", "SELL", "95", "200") for _ in range(2))
    core.venue.cancel("a", CancelRequest(symbol="BTCUSDT", order_id=order.order_id), "rest")
    core.trade("90")
    assert (order.status, order.is_working, other.is_working) == ("CANCELED", False, True)
    assert core.balances("a")["BTC"] == (parse_e8("9"), parse_e8("1"))


@pytest.mark.parametrize(
    ("side", "prices", "triggered_at"),
    [
        ("SELL", ["101", "104", "103.49", "102.97", "102.96"], "102.96"),  # 1 % below 104 is 102.96
        ("BUY", ["99", "96", "96.50", "96.95", "96.96"], "96.96"),  # 1 % above 96 is 96.96
    ],
)
def test_a_trailing_stop_follows_the_price_and_goes_off_when_it_turns_by_the_delta(
    core: Core, side: str, prices: list[str], triggered_at: str
) -> None:
    core.place("b", "BUY" if side == "SELL" else "SELL", "5", "50" if side == "SELL" else "150")
    order = stop(core, "STOP_LOSS", side, None, trailing_delta=100)
    observe = core.venue.market("BTCUSDT").triggers.observe
    for price in prices:
        assert order not in core.venue.market("BTCUSDT").triggers.due, price
        observe(parse_e8(price), 0)
    assert list(core.venue.market("BTCUSDT").triggers.due) == [order], triggered_at


def test_with_a_stop_price_it_tracks_only_from_there_on(core: Core) -> None:
    """The documented scenario: SELL, activation 105, 5 %: a fall from 100 to 90 before that is ignored."""
    order = stop(core, "TAKE_PROFIT", "SELL", "105", trailing_delta=500)
    observe = core.venue.market("BTCUSDT").triggers.observe
    observe(parse_e8("90"), 1)
    assert (order.extreme, order.trailing_time_ms) == (0, None)
    observe(parse_e8("106"), 2)
    assert (order.extreme, order.trailing_time_ms) == (parse_e8("106"), 2)
    observe(parse_e8("100.71"), 3)
    assert not core.venue.market("BTCUSDT").triggers.due
    observe(parse_e8("100.70"), 4)
    assert list(core.venue.market("BTCUSDT").triggers.due) == [order]


def test_reports_of_a_tracking_order_name_delta_and_time(core: Core) -> None:
    stop(core, "STOP_LOSS", "SELL", None, trailing_delta=100, strategy_id=7, strategy_type=1_000_000)
    core.venue.cancel_all("a", CancelRequest(symbol="BTCUSDT"), "rest")
    new, cancelled = core.payloads("a")
    assert (new["d"], new["D"], new["j"], new["J"]) == (100, core.clock.ms, 7, 1_000_000)
    assert cancelled["D"] == core.clock.ms


def test_without_any_trade_nothing_is_immediate() -> None:
    core = Core()
    assert stop(core, "STOP_LOSS", "SELL", "95").status == "NEW"


def test_a_ledger_in_which_another_order_goes_off_than_the_trades_set_off_is_not_continued(core: Core) -> None:
    first, other = stop(core, "STOP_LOSS", "SELL", "95"), stop(core, "STOP_LOSS", "SELL", "90")
    core.trade("95")
    triggered = next(line for line in core.journal.lines if line["type"] == "triggered")
    assert triggered["order_id"] == first.order_id
    triggered["order_id"] = other.order_id
    with pytest.raises(ReplayError, match=f"no trade before it set off order {other.order_id} next"):
        replayed(core)
