"""Order lists: one winner of a pair, pending orders after a fill, funds locked once, the list's own events (X9, binance-spot 1.4, 1.8)."""

from __future__ import annotations

import pytest

from libraries.mock_exchange.core.amounts import parse_e8
from libraries.mock_exchange.core.errors import VenueError
from libraries.mock_exchange.core.orders import AmendRequest, CancelListRequest, CancelRequest, ListPlacement, NewOrder, Order
from tests.mock_exchange.core_kit import Core, new_order


@pytest.fixture
def core() -> Core:
    core = Core()
    core.trade("100")
    return core


def maker(side: str, price: str, quantity: str | None = "1", **more: object) -> NewOrder:
    return new_order(side, quantity, price, type="LIMIT_MAKER", **more)


def stop(side: str, at: str, price: str | None = None, quantity: str | None = "1", **more: object) -> NewOrder:
    return new_order(side, quantity, price, type="STOP_LOSS_LIMIT" if price else "STOP_LOSS", stop=at, **more)


def orders(placed: ListPlacement) -> list[Order]:
    return [each.order for each in placed.placements]


def statuses(core: Core, account: str = "a") -> list[tuple[object, object]]:
    return [(each["l"], each["L"]) for each in core.payloads(account, "listStatus")]


def sell_oco(core: Core) -> tuple[Order, Order]:
    above, below = orders(core.place_list("a", "OCO", maker("SELL", "105"), stop("SELL", "95", "94")))
    return above, below


def test_a_pair_locks_its_funds_once(core: Core) -> None:
    sell_oco(core)
    assert core.balances("a")["BTC"] == (parse_e8("9"), parse_e8("1"))


def test_a_buying_pair_locks_what_the_dearer_of_the_two_costs(core: Core) -> None:
    core.place_list("a", "OCO", stop("BUY", "105", "110"), maker("BUY", "95"))
    assert core.balances("a")["USDT"] == (parse_e8("890"), parse_e8("110"))


def test_the_first_fill_of_one_expires_the_other(core: Core) -> None:
    above, below = sell_oco(core)
    core.place("b", "BUY", "0.4", "105")
    assert (above.status, below.status, below.reason) == ("PARTIALLY_FILLED", "EXPIRED", "OCO_TRIGGER")
    assert core.reports("a")[2:] == [("EXPIRED", "EXPIRED"), ("TRADE", "PARTIALLY_FILLED")]
    assert core.payloads("a")[2]["eR"] == "OCO_TRIGGER"
    assert statuses(core) == [("EXEC_STARTED", "EXECUTING")]
    core.place("b", "BUY", "0.6", "105")
    assert statuses(core) == [("EXEC_STARTED", "EXECUTING"), ("ALL_DONE", "ALL_DONE")]
    assert core.balances("a")["BTC"] == (parse_e8("9"), 0)


def test_the_trigger_of_one_expires_the_other_before_it_trades(core: Core) -> None:
    above, below = sell_oco(core)
    core.place("c", "BUY", "1", "94")
    core.trade("95")
    assert (above.status, above.executed, below.status) == ("EXPIRED", 0, "FILLED")
    assert core.venue.depth("BTCUSDT")[2] == []


def test_the_one_that_did_not_hold_the_funds_takes_them_over_at_its_first_fill(core: Core) -> None:
    above, below = orders(core.place_list("a", "OCO", stop("BUY", "105", "110"), maker("BUY", "95")))
    assert (above.locked, below.locked) == (parse_e8("110"), 0)
    core.place("b", "SELL", "0.4", "95")
    assert (above.locked, below.locked) == (0, parse_e8("57"))
    assert [line["type"] for line in core.journal.commands[-1]][2:5] == ["closed", "locked", "trade"]
    assert core.balances("a")["USDT"] == (parse_e8("905"), parse_e8("57"))


@pytest.mark.parametrize("which", [0, 1])
def test_a_cancel_of_either_cancels_the_list(core: Core, which: int) -> None:
    pair = sell_oco(core)
    done = core.venue.cancel("a", CancelRequest(symbol="BTCUSDT", order_id=pair[which].order_id), "rest")
    assert [each.status for each in pair] == ["CANCELED", "CANCELED"]
    assert len(done.cancellations) == 2  # type: ignore[union-attr]
    assert statuses(core)[-1] == ("ALL_DONE", "ALL_DONE")
    assert core.balances("a")["BTC"] == (parse_e8("10"), 0)


def test_lists_are_found_and_cancelled_by_id_and_by_client_id(core: Core) -> None:
    placed = core.place_list("a", "OCO", maker("SELL", "105"), stop("SELL", "95"), list_client_order_id="mine")
    list_id = placed.order_list.list_id
    assert core.venue.find_list("a", list_id, None) is core.venue.find_list("a", None, "mine") is placed.order_list
    with pytest.raises(VenueError, match="-2018 Order list does not exist"):
        core.venue.find_list("a", list_id, "another")
    with pytest.raises(VenueError, match=r"-2010 Duplicate order sent\."):
        core.place_list("a", "OCO", maker("SELL", "105"), stop("SELL", "95"), list_client_order_id="mine")
    with pytest.raises(VenueError, match=r"-2011 Unknown order sent\."):
        core.venue.cancel_list("a", CancelListRequest(symbol="BTCUSDT", list_id=list_id + 1), "rest")
    core.venue.cancel_list("a", CancelListRequest(symbol="BTCUSDT", list_client_order_id="mine"), "rest")
    assert (core.venue.open_lists("a"), core.venue.all_lists("a")) == ([], [placed.order_list])


@pytest.mark.parametrize(
    "pair",
    [
        (maker("SELL", "99"), stop("SELL", "95")),  # above is below the last price
        (maker("SELL", "105"), stop("SELL", "101")),  # below is above it
        (stop("BUY", "99"), maker("BUY", "95")),
        (stop("BUY", "105"), maker("BUY", "101")),
    ],
)
def test_prices_that_do_not_enclose_the_market_are_refused(core: Core, pair: tuple[NewOrder, NewOrder]) -> None:
    with pytest.raises(VenueError, match=r"-2010 The relationship of the prices for the orders is not correct\."):
        core.place_list("a", "OCO", *pair)
    assert core.last_lines(2) == [("request", None, None)] * 2
    assert core.venue.open_orders("a") == []


def test_a_pair_whose_upper_price_is_not_above_its_lower_one_is_refused_also_before_any_trade() -> None:
    with pytest.raises(VenueError, match=r"-2010 The relationship of the prices for the orders is not correct\."):
        Core().place_list("a", "OCO", maker("SELL", "95"), stop("SELL", "95"))


def test_a_pair_without_funds_is_refused_whole(core: Core) -> None:
    with pytest.raises(VenueError, match="insufficient balance"):
        core.place_list("a", "OCO", maker("SELL", "105", "11"), stop("SELL", "95", quantity="11"))
    assert core.venue.all_orders("a") == []


def test_pending_orders_wait_without_funds_until_the_working_one_is_filled_whole(core: Core) -> None:
    working, pending = orders(core.place_list("a", "OTO", new_order("BUY", "1", "99"), new_order("SELL", "1", "120")))
    assert (pending.status, pending.is_working, pending.locked) == ("PENDING_NEW", False, 0)
    core.place("b", "SELL", "0.5", "99")
    assert (working.status, pending.status) == ("PARTIALLY_FILLED", "PENDING_NEW")
    core.place("b", "SELL", "0.5", "99")
    assert (working.status, pending.status, pending.is_working) == ("FILLED", "NEW", True)
    assert core.balances("a")["BTC"] == (parse_e8("9.999"), parse_e8("1"))
    assert core.venue.depth("BTCUSDT")[2] == [(parse_e8("120"), parse_e8("1"))]
    report = next(each for each in core.payloads("a") if each["i"] == pending.order_id)
    assert (report["x"], report["X"], report["w"], report["g"]) == ("NEW", "PENDING_NEW", False, pending.list_id)


def test_they_expire_with_a_working_order_that_ends_otherwise(core: Core) -> None:
    _, pending = orders(core.place_list("a", "OTO", new_order("BUY", "1", "99", tif="IOC"), new_order("SELL", "1", "120")))
    assert (pending.status, pending.reason) == ("EXPIRED", "OTO_PHASE_ONE_EXPIRED")
    assert statuses(core)[-1] == ("ALL_DONE", "ALL_DONE")


@pytest.mark.parametrize(
    ("pending", "reject_reason"),
    [
        (new_order("BUY", "9", "100"), "INSUFFICIENT_BALANCES"),
        (new_order("SELL", "1", "98", type="LIMIT_MAKER"), "WOULD_MATCH_IMMEDIATELY"),
        (new_order("SELL", "1", type="STOP_LOSS", stop="100"), "STOP_PRICE_WOULD_TRIGGER_IMMEDIATELY"),
    ],
)
def test_a_pending_order_that_cannot_be_placed_is_rejected_with_its_reason(core: Core, pending: NewOrder, reject_reason: str) -> None:
    core.place("c", "BUY", "1", "98.50")
    _, order = orders(core.place_list("a", "OTO", new_order("BUY", "2", "99"), pending))
    core.place("b", "SELL", "2", "99")
    assert (order.status, order.reject_reason, order.locked) == ("REJECTED", reject_reason, 0)
    report = core.payloads("a")[-1]
    assert (report["x"], report["X"], report["r"]) == ("REJECTED", "REJECTED", reject_reason)


def test_a_pending_pair_with_bad_prices_is_rejected_whole(core: Core) -> None:
    placed = core.place_list("a", "OTOCO", new_order("BUY", "1", "99"), maker("SELL", "105"), stop("SELL", "99.50"))
    core.place("b", "SELL", "1", "99")
    assert [(each.status, each.reject_reason) for each in orders(placed)[1:]] == [("REJECTED", "OCO_BAD_PRICES")] * 2


def test_a_pending_pair_is_a_pair_once_it_is_placed(core: Core) -> None:
    working, above, below = orders(core.place_list("a", "OTOCO", new_order("BUY", "1", "99"), maker("SELL", "105"), stop("SELL", "95")))
    core.place("b", "SELL", "1", "99")
    assert [each.status for each in (working, above, below)] == ["FILLED", "NEW", "NEW"]
    assert core.balances("a")["BTC"][1] == parse_e8("1")
    core.place("b", "BUY", "1", "105")
    assert [each.status for each in (above, below)] == ["FILLED", "EXPIRED"]


def test_opo_pays_with_what_the_working_order_brought(core: Core) -> None:
    _, pending = orders(core.place_list("a", "OPO", new_order("BUY", "1", "99"), new_order("SELL", None, "120")))
    assert pending.quantity == 0
    core.place("b", "SELL", "1", "99")
    assert (pending.quantity, pending.status) == (parse_e8("0.999"), "NEW")  # less the maker's fee, in whole steps


def test_opo_buys_with_the_proceeds_of_a_sale(core: Core) -> None:
    _, pending = orders(core.place_list("a", "OPO", new_order("SELL", "1", "101"), new_order("BUY", None, "80")))
    core.place("b", "BUY", "1", "101")
    assert pending.quantity == parse_e8("1.26123")  # (101 - 0.101) / 80 = 1.2612375


def test_an_amendment_of_one_of_a_pair_amends_both_and_tells_the_list(core: Core) -> None:
    above, below = sell_oco(core)
    core.venue.amend("a", AmendRequest(symbol="BTCUSDT", order_id=below.order_id, quantity=parse_e8("0.6")), "rest")
    assert (above.quantity, below.quantity) == (parse_e8("0.6"), parse_e8("0.6"))
    assert core.balances("a")["BTC"] == (parse_e8("9.4"), parse_e8("0.6"))
    assert statuses(core) == [("EXEC_STARTED", "EXECUTING"), ("UPDATED", "EXECUTING")]


def test_list_events_name_the_list_and_its_orders(core: Core) -> None:
    placed = core.place_list(
        "a", "OCO", maker("SELL", "105", client_id="up"), stop("SELL", "95", client_id="down"), list_client_order_id="both"
    )
    told = core.payloads("a", "listStatus")[0]
    assert (told["g"], told["c"], told["r"], told["C"]) == (placed.order_list.list_id, "OCO", "NONE", "both")
    ids = placed.order_list.order_ids
    assert told["O"] == [{"s": "BTCUSDT", "i": ids[0], "c": "up"}, {"s": "BTCUSDT", "i": ids[1], "c": "down"}]
    core.place("b", "BUY", "1", "105")
    assert core.venue.trades_of("a")[-1].list_id == placed.order_list.list_id
