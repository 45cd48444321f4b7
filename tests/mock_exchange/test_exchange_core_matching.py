"""Matching, reservations and fees against hand-computed numbers (X1-X7)."""

from __future__ import annotations

import pytest

from libraries.mock_exchange.core.amounts import parse_e8
from libraries.mock_exchange.core.errors import VenueError
from libraries.mock_exchange.core.orders import CancelRequest, NewOrder, Side
from libraries.mock_exchange.core.venue_events import BookChange, PublicTrade
from tests.mock_exchange.core_kit import Core


@pytest.fixture
def core() -> Core:
    return Core()


def e8(text: str) -> int:
    return parse_e8(text)


def test_a_resting_buy_fills_as_maker_and_pays_its_fee_in_base(core: Core) -> None:
    resting = core.place("a", "BUY", "1", "100")
    assert core.balances("a")["USDT"] == (e8("900"), e8("100"))
    core.place("b", "SELL", "0.4", "100")
    assert resting.order.status == "PARTIALLY_FILLED"
    core.place("b", "SELL", "0.6", "99")
    assert resting.order.status == "FILLED"
    assert core.balances("a") == {"BTC": (e8("10.999"), 0), "USDT": (e8("900"), 0)}
    assert core.balances("b") == {"BTC": (e8("9"), 0), "USDT": (e8("1099.9"), 0)}
    assert core.reports("a") == [("NEW", "NEW"), ("TRADE", "PARTIALLY_FILLED"), ("TRADE", "FILLED")]


def test_a_better_price_releases_the_difference_to_the_limit(core: Core) -> None:
    core.place("b", "SELL", "1", "90")
    placed = core.place("a", "BUY", "2", "100")
    assert placed.fills[0].price == e8("90")
    assert core.balances("a")["USDT"] == (e8("810"), e8("100"))


def test_a_market_order_walks_levels_and_sums_the_truncated_quotes(core: Core) -> None:
    core.place("b", "SELL", "1", "100")
    core.place("b", "SELL", "1", "101")
    placed = core.place("a", "BUY", "2")
    assert [(fill.price, fill.quantity) for fill in placed.fills] == [(e8("100"), e8("1")), (e8("101"), e8("1"))]
    assert placed.order.cum_quote == e8("201")
    assert core.balances("a") == {"BTC": (e8("11.998"), 0), "USDT": (e8("799"), 0)}


def test_a_market_order_may_spend_the_whole_balance(core: Core) -> None:
    """Each fill is paid out of what was locked for it: nothing is left over, and nothing is missing in between."""
    core.place("b", "SELL", "5", "100")
    core.place("b", "SELL", "4", "125")
    placed = core.place("a", "BUY", "9")
    assert placed.order.cum_quote == e8("1000")
    assert core.balances("a")["USDT"] == (0, 0)
    closed = [line for line in core.journal.lines if line["type"] == "closed" and line["account"] == "a"]
    assert [line["postings"] for line in closed] == [[]]


def test_a_market_order_on_a_thin_book_expires_with_its_rest(core: Core) -> None:
    core.place("b", "SELL", "0.5", "100")
    placed = core.place("a", "BUY", "1")
    assert (placed.order.status, placed.order.executed, placed.order.reason) == ("EXPIRED", e8("0.5"), "INSUFFICIENT_LIQUIDITY")
    assert core.balances("a")["USDT"] == (e8("950"), 0)
    assert core.reports("a")[-1] == ("EXPIRED", "EXPIRED")


def test_a_market_order_without_any_liquidity_expires_empty(core: Core) -> None:
    placed = core.place("a", "SELL", "1")
    assert (placed.order.status, placed.order.executed) == ("EXPIRED", 0)
    assert core.balances("a")["BTC"] == (e8("10"), 0)


def test_ioc_takes_what_is_there_and_fok_nothing(core: Core) -> None:
    core.place("b", "SELL", "0.5", "100")
    fok = core.place("a", "BUY", "1", "100", tif="FOK")
    assert (fok.order.status, fok.order.executed, fok.order.reason) == ("EXPIRED", 0, "UNFILLED_FOK_ORDER_EXPIRED")
    ioc = core.place("a", "BUY", "1", "100", tif="IOC")
    assert (ioc.order.status, ioc.order.executed, ioc.order.reason) == ("EXPIRED", e8("0.5"), "UNFILLED_IOC_QUANTITY_EXPIRED")
    assert core.balances("a")["USDT"][1] == 0


def test_fok_fills_over_several_levels_within_its_price(core: Core) -> None:
    core.place("b", "SELL", "0.5", "99")
    core.place("b", "SELL", "0.5", "100")
    assert core.place("a", "BUY", "1", "100", tif="FOK").order.status == "FILLED"


def test_fok_does_not_count_levels_beyond_its_price(core: Core) -> None:
    core.place("b", "SELL", "0.5", "100")
    core.place("b", "SELL", "0.5", "100.01")
    assert core.place("a", "BUY", "1", "100", tif="FOK").order.executed == 0


def test_price_goes_before_time_and_time_before_size(core: Core) -> None:
    first, second, better = core.place("a", "BUY", "1", "100"), core.place("b", "BUY", "1", "100"), core.place("c", "BUY", "1", "100.50")
    core.place("a", "SELL", "1", "100")
    assert (better.order.status, first.order.executed, second.order.executed) == ("FILLED", 0, 0)
    core.place("c", "SELL", "1.5", "100")
    assert (first.order.status, second.order.executed) == ("FILLED", e8("0.5"))


def test_a_cancelled_order_in_the_middle_of_a_level_does_not_trade(core: Core) -> None:
    orders = [core.place(name, "BUY", "1", "100") for name in "abc"]
    core.cancel("b", orders[1])
    core.place("a", "SELL", "2", "100")
    assert [each.order.status for each in orders] == ["FILLED", "CANCELED", "FILLED"]


def test_many_cancels_leave_a_level_that_still_trades_in_order(core: Core) -> None:
    kept = core.place("a", "BUY", "0.1", "100")
    for _ in range(500):
        core.cancel("b", core.place("b", "BUY", "0.1", "100"))
    last = core.place("c", "BUY", "0.1", "100")
    assert core.venue.depth("BTCUSDT")[1] == [(e8("100"), e8("0.2"))]
    core.place("b", "SELL", "0.1", "100")
    assert (kept.order.status, last.order.status) == ("FILLED", "NEW")


def test_a_cancel_after_a_partial_fill_unlocks_only_the_rest(core: Core) -> None:
    resting = core.place("a", "BUY", "1", "100")
    core.place("b", "SELL", "0.4", "100")
    core.cancel("a", resting)
    assert (resting.order.status, resting.order.executed) == ("CANCELED", e8("0.4"))
    assert core.balances("a")["USDT"] == (e8("960"), 0)
    with pytest.raises(VenueError, match=r"-2011 Unknown order sent\."):
        core.cancel("a", resting)


def test_a_quote_quantity_buys_whole_steps_and_never_more_than_it(core: Core) -> None:
    core.place("b", "SELL", "0.3", "100")
    core.place("b", "SELL", "5", "101")
    placed = core.place("a", "BUY", None, quote="50")
    assert placed.order.quantity == e8("0.49801")
    assert placed.order.cum_quote == e8("49.99901")
    assert placed.order.status == "FILLED"


def test_a_taker_order_tells_its_trades_then_the_final_levels(core: Core) -> None:
    core.place("b", "SELL", "1", "100")
    core.place("b", "SELL", "1", "101")
    core.events.clear()
    core.place("a", "BUY", "1.5", "101")
    told = [event for event in core.events if isinstance(event, (PublicTrade, BookChange))]
    assert [type(event).__name__ for event in told] == ["PublicTrade", "PublicTrade", "BookChange", "BookChange"]
    changes = [event for event in told if isinstance(event, BookChange)]
    assert [(each.price, each.quantity) for each in changes] == [(e8("100"), 0), (e8("101"), e8("0.5"))]
    assert changes[1].update_id == changes[0].update_id + 1 == core.venue.depth("BTCUSDT")[0]


def test_the_market_book_keeps_unchanged_levels_and_their_priority(core: Core) -> None:
    core.venue.set_market_book("BTCUSDT", [(e8("99"), e8("1"))], [(e8("101"), e8("1"))])
    kept = core.venue.open_orders("market")[0]
    core.venue.set_market_book("BTCUSDT", [(e8("99"), e8("1"))], [(e8("102"), e8("2"))])
    assert core.venue.open_orders("market")[0] is kept
    assert core.venue.depth("BTCUSDT")[1:] == ([(e8("99"), e8("1"))], [(e8("102"), e8("2"))])


def test_the_market_book_trades_with_others_where_it_crosses(core: Core) -> None:
    bid = core.place("a", "BUY", "1", "100")
    core.venue.set_market_book("BTCUSDT", [], [(e8("100"), e8("3"))])
    assert bid.order.status == "FILLED"
    assert core.venue.depth("BTCUSDT")[2] == [(e8("100"), e8("2"))]


@pytest.mark.parametrize(("bids", "asks"), [([("100", "1")], [("100", "1")]), ([("99", "1"), ("99", "2")], [])])
def test_a_market_book_that_contradicts_itself_is_refused(core: Core, bids: list[tuple[str, str]], asks: list[tuple[str, str]]) -> None:
    with pytest.raises(ValueError, match="expected"):
        core.venue.set_market_book("BTCUSDT", [(e8(p), e8(q)) for p, q in bids], [(e8(p), e8(q)) for p, q in asks])


def test_a_forced_trade_id_goes_to_the_script_and_others_keep_their_range(core: Core) -> None:
    venue = core.venue
    venue.number_other_trades_from("BTCUSDT", 10**12)
    venue.set_market_book("BTCUSDT", [], [(e8("100"), e8("5"))])
    core.place("a", "BUY", "1")
    venue.force_next_trade_id("BTCUSDT", 777)
    order = core.place("a", "SELL", "1", "101").order
    crowd = venue.place_as_market(_ioc("BUY", "1", "100"), account="crowd")
    assert [fill.trade_id for fill in crowd.fills] == [777]
    venue.force_next_trade_id("BTCUSDT", 778)
    venue.set_market_book("BTCUSDT", [], [])
    filled = venue.place_as_market(_ioc("BUY", "1", "101"), account="crowd")
    assert order.status == "FILLED"
    assert [fill.trade_id for fill in filled.fills] == [10**12 + 1]
    assert [trade.trade_id for trade in venue.recent_trades("BTCUSDT", 10)] == [10**12, 777, 10**12 + 1]


def test_a_forced_trade_id_does_not_outlive_its_command(core: Core) -> None:
    venue = core.venue
    venue.force_next_trade_id("BTCUSDT", 777)
    venue.place_as_market(_ioc("BUY", "1", "100"), account="crowd")
    venue.set_market_book("BTCUSDT", [], [(e8("100"), e8("5"))])
    assert venue.place_as_market(_ioc("BUY", "1", "100"), account="crowd").fills[0].trade_id == 1


def test_a_cancel_by_two_ids_that_disagree_is_refused(core: Core) -> None:
    placed = core.place("a", "BUY", "1", "100", client_id="mine")
    request = CancelRequest(symbol="BTCUSDT", order_id=placed.order.order_id, client_order_id="other")
    with pytest.raises(VenueError, match=r"-2011 Cancel order is invalid\. Check origClOrdId and orderId\."):
        core.venue.cancel("a", request, "rest")


@pytest.mark.parametrize(("restriction", "filled"), [("ONLY_NEW", True), ("ONLY_PARTIALLY_FILLED", False)])
def test_a_restricted_cancel_is_refused_in_the_other_state(core: Core, restriction: str, filled: bool) -> None:
    placed = core.place("a", "BUY", "1", "100")
    if filled:
        core.place("b", "SELL", "0.5", "100")
    request = CancelRequest(symbol="BTCUSDT", order_id=placed.order.order_id, restriction=restriction)
    with pytest.raises(VenueError, match=r"-2011 Order was not canceled due to cancel restrictions\."):
        core.venue.cancel("a", request, "rest")


def _ioc(side: Side, quantity: str, price: str) -> NewOrder:
    return NewOrder(symbol="BTCUSDT", side=side, type="LIMIT", time_in_force="IOC", quantity=e8(quantity), price=e8(price))
