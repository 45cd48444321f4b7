"""Arbitrage: routes, net, sizes, and the arithmetic of legs (R1, R15). Pure functions."""

from __future__ import annotations

from decimal import Decimal

import hypothesis
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis.analytics.market_analyzer import MarketAnalyzer, direct_routes, triangular_routes
from genesis.core.models import Side, SymbolRules, TopOfBook
from genesis.engine.executors.multi_leg import next_quantity, profit, unwinding
from genesis.strategies.base import Plan, Room
from genesis.strategies.registry import enabled
from genesis.strategies.sniper.simple_arbitrage import SimpleArbitrage
from tests.builders import VENUE, Amount, d, rules, settings, top
from tests.engine_pure.arbitrage_kit import BTC, CROSS, ETH, FEES, ON

# -- the analyzer


def test_triangular_routes_go_both_ways_round() -> None:
    keys = [route.key for route in triangular_routes([BTC, ETH, CROSS], "USDT", 4)]
    assert sorted(keys) == [f"{VENUE}:USDT>BTC>ETH>USDT", f"{VENUE}:USDT>ETH>BTC>USDT"]
    assert triangular_routes([BTC, ETH], "USDT", 4) == []
    assert triangular_routes([BTC, ETH, CROSS], "USDT", 2) == []


def test_four_hops_at_most() -> None:
    listed = [BTC, rules("ETHBTC", "ETH", "BTC"), rules("BNBETH", "BNB", "ETH"), rules("BNBUSDT", "BNB")]
    assert len(triangular_routes(listed, "USDT", 4)) == 2
    assert triangular_routes(listed, "USDT", 3) == []


def test_direct_routes_need_two_venues() -> None:
    assert direct_routes([BTC]) == []
    both = direct_routes([rules(venue="a"), rules(venue="b"), ETH])
    assert sorted(route.key for route in both) == ["BTCUSDT:a>b", "BTCUSDT:b>a"]


def priced(listed: list[SymbolRules], tops: list[TopOfBook], venue: str, symbol: str) -> dict[str, tuple[Decimal, Decimal] | None]:
    analyzer = MarketAnalyzer(FEES, "USDT", 4)
    analyzer.learn(listed)
    known = {(t.venue, t.symbol): t for t in tops}
    found = analyzer.look(venue, symbol, lambda v, s: known.get((v, s)))
    return {route.key: None if seen is None else (seen.net, seen.quantity) for route, seen in found}


def test_direct_net_of_both_taker_fees() -> None:
    """101/100 x 0.999 x 0.998 - 1 = 0.00697202; the smaller executable size."""
    tops = [
        top(99, 100, venue="a", ask_quantity=d("0.7")),
        top(101, 102, venue="b", bid_quantity=d("0.4")),
    ]
    found = priced([rules(venue="a"), rules(venue="b")], tops, "a", "BTCUSDT")
    assert found["BTCUSDT:a>b"] == (d("0.00697202"), d("0.4"))
    assert found["BTCUSDT:b>a"] is not None
    assert found["BTCUSDT:b>a"][0] < 0


def test_triangular_net_and_size() -> None:
    """1/100 x 1/0.05 x 5.1 x 0.999^3 - 1 = 0.01694305; ETHBTC's 2 ETH let 0.1 BTC / 0.999 through."""
    tops = [
        top(99, 100),
        top("0.049", "0.05", symbol="ETHBTC", ask_quantity=d(2)),
        top("5.1", "5.2", symbol="ETHUSDT"),
    ]
    found = priced([BTC, ETH, CROSS], tops, VENUE, "ETHBTC")
    assert found[f"{VENUE}:USDT>BTC>ETH>USDT"] == (d("0.01694305"), d("0.1001001"))
    assert len(found) == 2
    missing = priced([BTC, ETH, CROSS], tops[:2], VENUE, "ETHBTC")
    assert set(missing.values()) == {None}


# -- the strategy


quotes = st.tuples(st.decimals("90", "110", places=2), st.decimals("0", "3", places=2))
crosses = st.tuples(st.decimals("0.9", "1.1", places=4), st.decimals("0", "0.01", places=4))


@hypothesis.settings(deadline=None)
@given(
    btc=quotes,
    eth=quotes,
    cross=st.tuples(st.decimals("0.9", "1.1", places=4), st.decimals("0", "0.01", places=4)),
    worth=st.sampled_from(["0", "0.003"]),
)
def test_nothing_that_is_worth_it_is_passed_over(
    btc: tuple[Decimal, Decimal], eth: tuple[Decimal, Decimal], cross: tuple[Decimal, Decimal], worth: str
) -> None:
    """Routes are priced in floats first; whatever returns as much as asked for has its exact price as ever."""
    sizes = {"BTCUSDT": btc, "ETHUSDT": eth, "ETHBTC": cross}
    tops = {(VENUE, symbol): top(bid, bid + gap + d("0.0001"), symbol=symbol) for symbol, (bid, gap) in sizes.items()}
    looks = []
    for least in (None, d(worth)):
        analyzer = MarketAnalyzer(FEES, "USDT", 4, least)
        analyzer.learn([BTC, ETH, CROSS])
        looks.append(analyzer.look(VENUE, "BTCUSDT", lambda venue, symbol: tops.get((venue, symbol))))
    for (route, exact), (same, found) in zip(*looks, strict=True):
        assert route == same
        assert exact is not None
        assert found == exact if exact.net >= d(worth) else found in (None, exact)


def plan(net: str, tops: list[TopOfBook], most: Amount, listed: list[SymbolRules] | None = None, **free: Amount) -> Plan | str:
    known = listed if listed is not None else [BTC, ETH, CROSS]
    analyzer = MarketAnalyzer(FEES, "USDT", 4)
    analyzer.learn(known)
    by_key = {(t.venue, t.symbol): t for t in tops}
    first = tops[0]
    found = [seen for _, seen in analyzer.look(first.venue, first.symbol, lambda v, s: by_key.get((v, s))) if seen is not None]
    best = max(found, key=lambda seen: seen.net)

    def rate_of(venue: str, asset: str) -> Decimal | None:
        return {"USDT": d(1), "BTC": d(100)}.get(asset)

    by_symbol = {(r.venue, r.symbol): r for r in known}
    room = Room(most_notional=d(most), rules=by_symbol, rate=rate_of, free=lambda v, asset: d(free.get(asset, 1000)), buy_factor=d("1.01"))
    return SimpleArbitrage(d(net)).plan(best, room)


TRIANGLE = [top(99, 100), top("0.049", "0.05", symbol="ETHBTC"), top("5.1", "5.2", symbol="ETHUSDT")]


def test_a_triangular_plan_is_floored_leg_by_leg() -> None:
    made = plan("0.003", TRIANGLE, "33.3333")
    assert isinstance(made, Plan)
    assert not made.at_once
    assert [(leg.symbol, leg.side, leg.quantity) for leg in made.legs] == [
        ("BTCUSDT", Side.BUY, d("0.33333")),
        ("ETHBTC", Side.BUY, d("6.66660")),
        ("ETHUSDT", Side.SELL, d("6.66660")),
    ]


def test_a_direct_plan_takes_the_coarser_lot() -> None:
    listed: list[SymbolRules] = [rules(venue="a", step_size="0.001"), rules(venue="b", step_size="0.01")]
    tops = [top(99, 100, venue="a"), top(103, 104, venue="b")]
    made = plan("0.003", tops, "33", listed)
    assert isinstance(made, Plan)
    assert made.at_once
    assert [(leg.venue, leg.side, leg.quantity) for leg in made.legs] == [("a", Side.BUY, d("0.32")), ("b", Side.SELL, d("0.32"))]


@pytest.mark.parametrize(("free", "quantity"), [({"USDT": "20.2"}, "0.2"), ({"BTC": "0.129"}, "0.12"), ({"BTC": 0}, None)])
def test_a_direct_plan_is_no_larger_than_what_can_be_paid_and_delivered(free: dict[str, Amount], quantity: str | None) -> None:
    """20.2 USDT pay 0.2 BTC at 100 with the collar of 1 % (R7); what is not there cannot be sold."""
    listed = [rules(venue="a", step_size="0.001"), rules(venue="b", step_size="0.01")]
    made = plan("0.003", [top(99, 100, venue="a"), top(103, 104, venue="b")], "33", listed, **free)
    assert (
        [leg.quantity for leg in made.legs] == [d(quantity)] * 2 if quantity is not None and isinstance(made, Plan) else "lot" in str(made)
    )


def test_a_direct_plan_in_another_quote_is_capped_in_the_start_asset() -> None:
    """33 USDT are 0.33 BTC; at 0.051 BTC an ETH: 6.47 ETH."""
    listed = [rules("ETHBTC", "ETH", "BTC", venue=venue, step_size="0.01") for venue in ("a", "b")]
    tops = [top("0.049", "0.05", venue="a", symbol="ETHBTC"), top("0.051", "0.052", venue="b", symbol="ETHBTC")]
    made = plan("0.003", tops, "33", listed)
    assert isinstance(made, Plan)
    assert [leg.quantity for leg in made.legs] == [d("6.47")] * 2
    unpriced = [rules("ETHXYZ", "ETH", "XYZ", venue=venue) for venue in ("a", "b")]
    made = plan("0.003", [msgspec.structs.replace(seen, symbol="ETHXYZ") for seen in tops], "33", unpriced)
    assert made == "no price for XYZ"


def test_why_no_plan() -> None:
    assert "below" in str(plan("0.5", TRIANGLE, 100))
    assert "lot size" in str(plan("0.003", TRIANGLE, "0.0001"))


def test_the_registry() -> None:
    assert enabled(settings()) == {}
    assert list(enabled(settings(arbitrage=ON))) == ["simple_arbitrage"]


# -- arithmetic of the legs


def test_next_quantity_is_floored() -> None:
    assert next_quantity(d("0.0999"), Side.BUY, d("0.05"), CROSS) == d("1.998")
    assert next_quantity(d("1.998001999"), Side.SELL, d("5"), ETH) == d("1.998")
    assert next_quantity(d("1.5"), Side.SELL, d("5"), rules(step_size=0)) == d("1.5")


@pytest.mark.parametrize(
    ("excess", "expected"),
    [
        ("0", None),
        ("1.000005", (Side.SELL, "1")),
        ("-1", (Side.BUY, "1.00101")),
        ("0.04999", None),
        ("0.000009", None),
        ("-0.000009", None),
    ],
)
def test_unwinding_orders(excess: str, expected: tuple[Side, str] | None) -> None:
    assert unwinding(d(excess), d(100), d("0.001"), rules()) == (None if expected is None else (expected[0], d(expected[1])))
    assert unwinding(d("1.5"), d(100), d("0.001"), rules(step_size=0)) == (Side.SELL, d("1.5"))


def test_profit_counts_residuals_at_their_last_price() -> None:
    changes = {(VENUE, "USDT"): d("1.5"), (VENUE, "BTC"): d("0.00000333"), (VENUE, "X"): d(9)}
    assert profit(changes, "USDT", {"BTC": d("100.001")}) == d("1.500333")
