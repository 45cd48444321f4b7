"""The simulated venue: what each order type meets, what is locked, what is refused, and when."""

from __future__ import annotations

from typing import Any

import pytest

from genesis.backtesting.tape import Print
from genesis.backtesting.venue import SimulatedVenue
from genesis.core.commands import CancelOrder, QueryOrder, Reconcile
from genesis.core.events import CancelRefused, Event, OrderNotFound, OrderRefused, OrderReported, VenueSnapshot
from genesis.core.models import Order, OrderType, Side, TimeInForce
from genesis.core.settings import VenueTerms
from tests.backtesting.kit import frictionless
from tests.builders import SYMBOL, VENUE, Amount, d, order, rules


def a_venue(**changes: Any) -> SimulatedVenue:
    """1,000 USDT and 5 BTC; the last trade was at 100, so 100.00 / 100.01."""
    funds = changes.pop("funds", {"USDT": d(1_000), "BTC": d(5)})
    venue = SimulatedVenue(VenueTerms(name=VENUE, symbols=(SYMBOL,)), (rules(),), frictionless(**changes), funds)
    trade(venue, 100)
    return venue


def trade(venue: SimulatedVenue, price: Amount, quantity: Amount = 10, at_ms: int = 10) -> list[OrderReported]:
    return reports(venue.trade(Print(at_ms, VENUE, SYMBOL, d(price), d(quantity))))


def reports(events: list[Event]) -> list[OrderReported]:
    return [event for event in events if isinstance(event, OrderReported)]


def market(side: Side, quantity: Amount, name: str = "g-1") -> Order:
    return order(name, side, quantity, order_type=OrderType.MARKET, price=None, time_in_force=None)


def limit(side: Side, quantity: Amount, price: Amount, kind: TimeInForce | None = TimeInForce.GTC, name: str = "g-1") -> Order:
    order_type = OrderType.LIMIT if kind is not None else OrderType.LIMIT_MAKER
    return order(name, side, quantity, order_type=order_type, price=d(price), time_in_force=kind)


def test_a_market_order_meets_the_next_trade_and_not_the_last_one() -> None:
    venue = a_venue()
    accepted = reports(venue.place(market(Side.BUY, 1), 11))
    assert [(each.status, each.fills) for each in accepted] == [("NEW", ())]
    (filled,) = trade(venue, 107)
    assert (filled.status, filled.fills[0].price, filled.fills[0].maker) == ("FILLED", d("107.01"), False)


def test_a_taker_pays_slippage_and_impact_on_the_tick_against_it() -> None:
    """Ask 100.01, 1 % slippage, the whole depth of 500.05 for 5 costs 2 % more: 103.0103, up to 103.02; bid 100: 97 down."""
    changes = {"slippage": d("0.01"), "impact": d("0.02"), "depth": d("500.05")}
    venue = a_venue(**changes)
    venue.place(market(Side.BUY, 5), 11)
    assert trade(venue, 100)[0].fills[0].price == d("103.02")
    venue = a_venue(**{**changes, "depth": d(500)})
    venue.place(market(Side.SELL, 5), 11)
    assert trade(venue, 100)[0].fills[0].price == d("97.00")


def test_what_the_depth_does_not_offer_expires() -> None:
    venue = a_venue(depth=d("200.02"))
    venue.place(market(Side.BUY, 5), 11)
    assert [(each.status, each.executed) for each in trade(venue, 100)] == [("PARTIALLY_FILLED", d(2)), ("EXPIRED", d(2))]


def test_fees_are_taken_from_what_is_received() -> None:
    venue = a_venue()
    venue.place(market(Side.BUY, 1), 11)
    bought = trade(venue, 100)[0].fills[0]
    assert (bought.fee, bought.fee_asset) == (d("0.001"), "BTC")
    venue.place(market(Side.SELL, 1, "g-2"), 12)
    sold = trade(venue, 100)[0].fills[0]
    assert (sold.fee, sold.fee_asset) == (d("0.1"), "USDT")
    assert venue.account.totals() == {"USDT": d("999.89"), "BTC": d("4.999")}


def test_a_resting_order_is_filled_at_its_price_once_the_market_trades_beyond_it() -> None:
    venue = a_venue()
    venue.place(limit(Side.BUY, 2, 99), 11)
    assert venue.account.free("USDT") == d(802)
    assert trade(venue, 99) == [], "a trade at the limit may have filled others in front"
    (filled,) = trade(venue, "98.50")
    assert (filled.fills[0].price, filled.fills[0].maker, filled.status) == (d(99), True, "FILLED")
    assert (venue.account.free("USDT"), venue.account.total("BTC")) == (d(802), d("6.998"))


def test_a_resting_order_gets_no_more_than_was_traded() -> None:
    venue = a_venue()
    venue.place(limit(Side.BUY, 2, 99), 11)
    (part,) = trade(venue, 98, "0.5")
    assert (part.status, part.executed) == ("PARTIALLY_FILLED", d("0.5"))
    assert venue.account.free("USDT") == d(802), "the rest stays locked"


def test_the_better_price_is_served_first_and_then_the_older_order() -> None:
    venue = a_venue()
    for name, price in (("g-1", 98), ("g-2", 99), ("g-3", 99)):
        venue.place(limit(Side.BUY, 1, price, name=name), 11)
    filled = [(each.client_order_id, each.executed) for each in trade(venue, 97, "2.5")]
    assert filled == [("g-2", d(1)), ("g-3", d(1)), ("g-1", d("0.5"))]


def test_a_limit_that_crosses_takes_at_the_market_and_never_above_its_limit() -> None:
    venue = a_venue()
    venue.place(limit(Side.BUY, 1, 105), 11)
    assert trade(venue, 101)[0].fills[0].price == d("101.01")
    venue = a_venue(slippage=d("0.1"))
    venue.place(limit(Side.BUY, 1, 105), 11)
    assert trade(venue, 101)[0].fills[0].price == d(105)


def test_a_limit_from_which_the_market_ran_away_rests() -> None:
    venue = a_venue()
    venue.place(limit(Side.BUY, 1, 105), 11)
    assert trade(venue, 110) == []
    assert trade(venue, 104)[0].fills[0].price == d(105)


@pytest.mark.parametrize("kind", [TimeInForce.IOC, TimeInForce.FOK])
def test_an_order_that_must_take_at_once_expires_where_it_cannot(kind: TimeInForce) -> None:
    venue = a_venue()
    venue.place(limit(Side.BUY, 1, 105, kind), 11)
    (ended,) = trade(venue, 110)
    assert (ended.status, ended.executed) == ("EXPIRED", 0)
    assert venue.account.free("USDT") == d(1_000)


def test_ioc_takes_a_part_and_fok_takes_nothing_of_a_thin_book() -> None:
    venue = a_venue(depth=d("100.01"))
    venue.place(limit(Side.BUY, 3, 105, TimeInForce.IOC), 11)
    assert [each.executed for each in trade(venue, 100)] == [d(1), d(1)]
    venue = a_venue(depth=d("100.01"))
    venue.place(limit(Side.BUY, 3, 105, TimeInForce.FOK), 11)
    assert [(each.status, each.executed) for each in trade(venue, 100)] == [("EXPIRED", d(0))]


def test_a_maker_only_order_that_would_take_is_refused() -> None:
    (refused,) = a_venue().place(limit(Side.BUY, 1, "100.01", None), 11)
    assert isinstance(refused, OrderRefused)
    assert (refused.code, refused.message) == (-2010, "Order would immediately match and take.")


def test_a_maker_only_order_rests_and_pays_the_makers_fee() -> None:
    venue = a_venue()
    venue.place(limit(Side.SELL, 1, "100.01", None), 11)
    assert trade(venue, 101)[0].fills[0].maker


@pytest.mark.parametrize(
    ("bad", "code", "message"),
    [
        (limit(Side.BUY, 1, "99.005"), -1013, "Filter failure: PRICE_FILTER"),
        (limit(Side.BUY, "0.000005", 99), -1013, "Filter failure: LOT_SIZE"),
        (limit(Side.BUY, "0.05", 99), -1013, "Filter failure: NOTIONAL"),
        (market(Side.BUY, "0.04"), -1013, "Filter failure: NOTIONAL"),
        (limit(Side.BUY, 11, 99), -2010, "Account has insufficient balance for requested action."),
        (market(Side.BUY, 11), -2010, "Account has insufficient balance for requested action."),
        (market(Side.SELL, 6), -2010, "Account has insufficient balance for requested action."),
    ],
)
def test_what_the_venue_refuses(bad: Order, code: int, message: str) -> None:
    (refused,) = a_venue().place(bad, 11)
    assert isinstance(refused, OrderRefused)
    assert (refused.code, refused.message) == (code, message)


def test_the_same_client_order_id_is_refused_twice() -> None:
    venue = a_venue()
    venue.place(limit(Side.BUY, 1, 90), 11)
    (refused,) = venue.place(limit(Side.BUY, 1, 90), 12)
    assert isinstance(refused, OrderRefused)
    assert refused.code == -2010


def test_a_cancel_frees_what_was_locked_and_a_second_one_is_refused() -> None:
    venue = a_venue()
    venue.place(limit(Side.BUY, 1, 90), 11)
    cancel = CancelOrder(venue=VENUE, symbol=SYMBOL, client_order_id="g-1", cancel_id="g-1-c1")
    assert reports(venue.cancel(cancel, 12))[0].status == "CANCELED"
    assert venue.account.free("USDT") == d(1_000)
    assert isinstance(venue.cancel(cancel, 13)[0], CancelRefused)
    assert trade(venue, 80) == []


def test_a_query_tells_of_every_fill_and_of_what_is_not_there() -> None:
    venue = a_venue()
    venue.place(market(Side.BUY, 1), 11)
    trade(venue, 100)
    known = QueryOrder(venue=VENUE, symbol=SYMBOL, client_order_id="g-1")
    told = reports(venue.query(known, 12))[0]
    assert (told.status, len(told.fills), told.source) == ("FILLED", 1, "query")
    unknown = QueryOrder(venue=VENUE, symbol=SYMBOL, client_order_id="g-9")
    assert venue.query(unknown, 12) == [OrderNotFound(client_order_id="g-9", venue_time_ms=12)]


def test_a_reading_has_rules_balances_orders_and_trades() -> None:
    venue = a_venue()
    venue.place(limit(Side.BUY, 1, 90), 11)
    (read,) = venue.reconcile(Reconcile(venue=VENUE, unresolved=((SYMBOL, "g-1"), (SYMBOL, "g-2")), trades_after={SYMBOL: -1}), 12)
    assert isinstance(read, VenueSnapshot)
    assert [each.client_order_id for each in read.open_orders] == ["g-1"]
    assert read.missing_orders == ("g-2",)
    assert {each.asset: (each.free, each.locked) for each in read.balances} == {"USDT": (d(910), d(90)), "BTC": (d(5), d(0))}


def test_a_market_buy_never_spends_more_than_there_is() -> None:
    venue = a_venue()
    venue.place(market(Side.BUY, 9), 11)
    filled = trade(venue, 200)
    assert (filled[-1].status, filled[0].fills[0].quantity) == ("EXPIRED", d("4.99975"))
