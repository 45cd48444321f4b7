"""Arbitrage: routes, net, sizes, reports, and the life of a multi-leg trade (R1, R4, R15, P2)."""

from __future__ import annotations

from decimal import Decimal

import hypothesis
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genesis.analytics.market_analyzer import MarketAnalyzer, direct_routes, triangular_routes
from genesis.core.errors import RISK_LIMIT
from genesis.core.events import BookLost, OrderRefused, OutcomeUnknown, StopRequested
from genesis.core.facts import ErrorRecorded, MultiLegChanged, OpportunitySeen, OrderIntended, RiskDenied, SignalReceived, TargetAdjusted
from genesis.core.models import EngineState, MultiLegTrade, Purpose, Side, SymbolRules, TopOfBook, TradeState
from genesis.core.settings import ArbitrageSettings, EngineSettings, VenueTerms
from genesis.engine.executors.multi_leg import next_quantity, profit, unwinding
from genesis.strategies.base import Plan, Room
from genesis.strategies.registry import enabled
from genesis.strategies.sniper.exits import arbitrage_exit
from genesis.strategies.sniper.simple_arbitrage import SimpleArbitrage
from tests.builders import VENUE, Amount, d, rules, settings, top
from tests.engine_pure.bench import Bench

BTC, ETH = rules(), rules("ETHUSDT", "ETH")
CROSS = rules("ETHBTC", "ETH", "BTC", tick_size="0.00001", min_notional="0.0001")
ON = ArbitrageSettings(enabled=True)
FEES = {VENUE: d("0.001"), "a": d("0.001"), "b": d("0.002")}


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


# -- through the whole engine


def triangle(cross: SymbolRules = CROSS, arbitrage: ArbitrageSettings = ON) -> Bench:
    terms = VenueTerms(name=VENUE, symbols=("BTCUSDT", "ETHUSDT", "ETHBTC"))
    bench = Bench(settings(venues=(terms,), arbitrage=arbitrage), rules=(BTC, ETH, cross), funds={"USDT": 1000, "BTC": 1, "ETH": 10})
    bench.start("99.9", "100")
    bench.book("4.99", "5", symbol="ETHUSDT")
    bench.book("0.0499", "0.05", symbol="ETHBTC")
    assert not bench.said(OpportunitySeen)
    return bench


def open_gap(bench: Bench) -> None:
    """ETHUSDT rises: USDT > BTC > ETH > USDT is worth 1.7 %."""
    bench.book("5.1", "5.11", symbol="ETHUSDT")


def trade_of(bench: Bench) -> MultiLegTrade:
    (trade,) = bench.state.multi_legs.values()
    return trade


def states(bench: Bench) -> list[str]:
    return [fact.after for fact in bench.said(MultiLegChanged)]


def test_from_opportunity_to_profit() -> None:
    """2 % of 1,151 (1,000 USDT, 1 BTC at 99.95, 10 ETH at 5.105) = 23.02 USDT; each leg is sized by what the one before
    it delivered."""
    bench = triangle()
    open_gap(bench)
    names = [type(fact).__name__ for fact in bench.facts]
    assert names[-5:] == ["OpportunitySeen", "SignalReceived", "MultiLegChanged", "OrderIntended", "MultiLegChanged"]
    assert [(fact.traded, fact.opportunity) for fact in bench.said(OpportunitySeen)] == [(True, "TRIANGULAR")]
    first = bench.last_placed()
    assert (first.symbol, first.side, first.purpose, first.quantity) == ("BTCUSDT", Side.BUY, Purpose.LEG, d("0.2302"))
    bench.fill_whole(first, "100")
    second = bench.last_placed()
    assert (second.symbol, second.side, second.quantity) == ("ETHBTC", Side.BUY, d("4.59939"))  # 0.2299698 / 0.05
    bench.fill_whole(second, "0.05")
    third = bench.last_placed()
    assert (third.symbol, third.side, third.quantity) == ("ETHUSDT", Side.SELL, d("4.59479"))  # of 4.59479061
    bench.fill_whole(third, "5.1")
    assert states(bench) == ["PLANNED", "LEGGING", "LEGGING", "LEGGING", "COMPLETE", "CLOSED"]
    # 23.433429 - 0.02343342 - 23.02 = 0.38999558; left over: 0.0000003 BTC at 100 and 0.00000061 ETH at 5.1
    assert trade_of(bench).pnl == d("0.39002869")
    adjusted = {fact.asset: (fact.amount, fact.reason) for fact in bench.said(TargetAdjusted)}
    assert adjusted == {"BTC": (d("0.0000003"), "multi-leg"), "ETH": (d("0.00000061"), "multi-leg")}
    assert {fact.correlation_id for fact in bench.facts[-1:]} == {trade_of(bench).multi_leg_id}
    assert not bench.state.positions
    bench.assert_funds_equal()


def test_an_opportunity_is_reported_once_until_it_disappears_or_its_lifetime_ends() -> None:
    bench = triangle()
    bench.operate("PAUSE")
    for expected in (1, 1, 1):
        open_gap(bench)
        assert len(bench.said(OpportunitySeen)) == expected
    assert [(fact.traded, fact.reason) for fact in bench.said(OpportunitySeen)] == [(False, "the engine is PAUSED")]
    bench.book("4.99", "5", symbol="ETHUSDT")
    open_gap(bench)
    assert len(bench.said(OpportunitySeen)) == 2
    bench.let(4_900)
    open_gap(bench)
    assert len(bench.said(OpportunitySeen)) == 2
    bench.let(100)
    open_gap(bench)
    assert len(bench.said(OpportunitySeen)) == 3
    assert not bench.said(OrderIntended)


def test_resume_looks_at_what_is_still_there() -> None:
    bench = triangle()
    bench.operate("QUIESCE")
    open_gap(bench)
    assert bench.said(OpportunitySeen)[-1].reason == "order sources are quiesced"
    bench.operate("RESUME")
    assert bench.said(OpportunitySeen)[-1].traded


def test_a_denied_trade_is_a_denied_signal() -> None:
    bench = triangle()
    open_gap(bench)
    bench.fill_whole(bench.last_placed(), "100")
    bench.forget()
    bench.let(5_000)
    open_gap(bench)
    assert [fact.rule for fact in bench.said(RiskDenied)] == ["R4"]  # one trade is under way at SNIPER
    assert bench.said(OpportunitySeen)[0].reason.startswith("R4")
    assert len(bench.said(SignalReceived)) == 1


def test_a_partly_filled_leg_is_unwound() -> None:
    bench = triangle()
    open_gap(bench)
    bench.fill_whole(bench.last_placed(), "100")
    second = bench.last_placed()
    bench.accept(second)
    bench.fill(second, "2", "0.05")
    bench.end(second, "EXPIRED")
    unwinds = [fact.order for fact in bench.said(OrderIntended) if fact.order.purpose is Purpose.UNWIND]
    assert sorted((o.symbol, o.side, o.quantity) for o in unwinds) == [
        ("BTCUSDT", Side.SELL, d("0.12996")),  # of 0.2302 - 0.0002302 - 0.1
        ("ETHUSDT", Side.SELL, d("1.998")),
    ]
    for order in unwinds:
        bench.fill_whole(order, {"BTCUSDT": "99.9", "ETHUSDT": "5.1"}[order.symbol])
    assert states(bench)[-2:] == ["UNWINDING", "CLOSED"]
    # 12.983004 - 0.01298300 + 10.1898 - 0.0101898 - 23.02, and 0.0000098 BTC left over at 99.9
    assert trade_of(bench).pnl == d("0.13061022")
    bench.assert_funds_equal()


def test_a_refused_first_leg_closes_with_nothing() -> None:
    bench = triangle()
    open_gap(bench)
    order = bench.last_placed()
    bench.do(OrderRefused(client_order_id=order.client_order_id, code=-2010, message="no"))
    assert states(bench)[-2:] == ["UNWINDING", "CLOSED"]
    assert trade_of(bench).pnl == 0


def test_the_time_limit_of_legging() -> None:
    bench = triangle()
    open_gap(bench)
    first = bench.last_placed()
    bench.do(BookLost(venue=VENUE, symbol="ETHBTC", reason="gap"))
    bench.fill_whole(first, "100")
    assert trade_of(bench).state is TradeState.LEGGING  # no fresh book for the second leg
    bench.let(10_000)
    assert trade_of(bench).state is TradeState.LEGGING
    bench.let(100)
    assert trade_of(bench).state is TradeState.UNWINDING
    bench.fill_whole(bench.last_placed(), "99.9")
    assert trade_of(bench).state is TradeState.CLOSED
    assert "time limit" in next(fact.reason for fact in bench.said(MultiLegChanged) if fact.after == "UNWINDING")


@pytest.mark.parametrize(
    ("bid", "ask", "leaves"),
    [
        ("99.05", "99.15", ""),  # 99.1 x 0.999 / 100 - 1 = -0.999 %
        ("99.04", "99.14", "loss"),  # -1.009 %
        ("100.5", "100.6", ""),  # 100.55 x 0.999 / 100 - 1 = +0.449 %
        ("100.6", "100.7", "gain"),  # +0.549 %
    ],
)
def test_r16_what_is_held_between_legs_is_left_at_its_limits(bid: str, ask: str, leaves: str) -> None:
    """-1 % or +0.5 % of what the first leg cost, its fee included."""
    bench = triangle()
    open_gap(bench)
    first = bench.last_placed()
    bench.do(BookLost(venue=VENUE, symbol="ETHBTC", reason="gap"))
    bench.fill_whole(first, "100")
    bench.book(bid, ask)
    bench.let(100)
    assert trade_of(bench).state is (TradeState.UNWINDING if leaves else TradeState.LEGGING)
    assert leaves in next((fact.reason for fact in bench.said(MultiLegChanged) if fact.after == "UNWINDING"), "")


def test_r16_what_is_held_between_legs_is_left_after_five_minutes() -> None:
    patient = ArbitrageSettings(enabled=True, legging_limit_ms=3_600_000)
    bench = triangle(arbitrage=patient)
    open_gap(bench)
    first = bench.last_placed()
    bench.do(BookLost(venue=VENUE, symbol="ETHBTC", reason="gap"))
    bench.fill_whole(first, "100")
    bench.let(299_900, step_ms=29_990)
    assert trade_of(bench).state is TradeState.LEGGING
    bench.let(100)
    assert trade_of(bench).state is TradeState.UNWINDING


def test_r16_an_open_leg_is_cancelled_when_the_other_one_loses() -> None:
    bench = pair()
    legs = [fact.order for fact in bench.said(OrderIntended)]
    bench.fill_whole(legs[0], "100")
    bench.accept(legs[1])
    bench.book("98", "98.1", venue="a")
    bench.book("98", "98.1", venue="b")
    bench.let(100)
    assert bench.last_cancel().client_order_id == legs[1].client_order_id


@pytest.mark.parametrize(
    ("gain", "age_ms", "leaves"),
    [("-0.01", 0, True), ("-0.0099", 0, False), ("0.005", 0, True), ("0.0049", 0, False), ("0", 300_000, True), ("0", 299_999, False)],
)
def test_r16_the_limits(gain: str, age_ms: int, leaves: bool) -> None:
    assert bool(arbitrage_exit(d(gain), age_ms, ArbitrageSettings())) is leaves
    assert bool(arbitrage_exit(None, age_ms, ArbitrageSettings())) is (age_ms >= 300_000)


def test_an_overdue_open_leg_is_cancelled() -> None:
    bench = triangle()
    open_gap(bench)
    first = bench.last_placed()
    bench.accept(first)
    bench.let(10_100)
    assert bench.last_cancel().client_order_id == first.client_order_id
    bench.end(first, "CANCELED")
    assert trade_of(bench).state is TradeState.CLOSED


@pytest.mark.parametrize("how", ["PAUSE", "HALT", "STOP"])
def test_an_engine_that_does_not_run_sends_no_further_leg(how: str) -> None:
    bench = triangle()
    open_gap(bench)
    first = bench.last_placed()
    if how == "STOP":
        bench.do(StopRequested(reason="SIGTERM"))
    else:
        bench.operate(how)
    bench.fill_whole(first, "100")
    order = bench.last_placed()
    assert (order.purpose, order.symbol, order.side) == (Purpose.UNWIND, "BTCUSDT", Side.SELL)
    bench.fill_whole(order, "99.9")
    assert trade_of(bench).state is TradeState.CLOSED
    if how == "STOP":
        assert bench.state.engine_state is EngineState.STOPPED


def test_a_restart_between_the_legs_unwinds() -> None:
    bench = triangle()
    open_gap(bench)
    first = bench.last_placed()
    bench.take(first)
    bench.match(first, first.quantity, "100")
    again = bench.restart()
    assert trade_of(again).state is TradeState.UNWINDING
    again.connect()
    again.answer_reconcile()
    order = again.last_placed()
    assert (order.purpose, order.quantity) == (Purpose.UNWIND, d("0.22996"))
    again.fill_whole(order, "100")
    assert trade_of(again).state is TradeState.CLOSED
    again.assert_funds_equal()


def test_a_leg_whose_outcome_is_unknown_is_waited_for() -> None:
    bench = triangle()
    open_gap(bench)
    first = bench.last_placed()
    bench.send(first)
    bench.do(OutcomeUnknown(client_order_id=first.client_order_id, action="NEW", reason="cut"))
    bench.let(11_000)
    assert trade_of(bench).state is TradeState.LEGGING
    bench.take(first)
    done = bench.match(first, first.quantity, "100")
    bench.report(first, fills=(done,), source="query")
    assert trade_of(bench).state is TradeState.UNWINDING


def test_unwinding_is_tried_a_bounded_number_of_times() -> None:
    bench = triangle()
    open_gap(bench)
    bench.operate("PAUSE")
    bench.fill_whole(bench.last_placed(), "100")
    for _ in range(5):
        order = bench.last_placed()
        assert order.purpose is Purpose.UNWIND
        bench.do(OrderRefused(client_order_id=order.client_order_id, code=-2010, message="no"))
        bench.let(31_000, step_ms=1_000)
    assert trade_of(bench).state is TradeState.CLOSED
    assert [fact.code for fact in bench.said(ErrorRecorded)] == [RISK_LIMIT]
    assert [fact.amount for fact in bench.said(TargetAdjusted)] == [d("0.2299698")]


# -- direct, across two venues


def pair() -> Bench:
    made: EngineSettings = settings(venues=tuple(VenueTerms(name=name, symbols=("BTCUSDT",)) for name in ("a", "b")), arbitrage=ON)
    bench = Bench(made, rules=(rules(venue="a"), rules(venue="b")), funds={"USDT": 1000, "BTC": 1})
    bench.boot()
    for name in ("a", "b"):
        bench.connect(name)
        bench.answer_reconcile()
    for name in ("a", "b"):
        bench.book("99.9", "100", venue=name)
    bench.forget()
    bench.book("101", "101.1", venue="b")
    return bench


def test_direct_legs_leave_together_and_move_the_targets() -> None:
    """2 % of 2,200.. = 44.0.. USDT; bounded by 101: 0.43585 BTC."""
    bench = pair()
    legs = [fact.order for fact in bench.said(OrderIntended)]
    assert [(order.venue, order.side) for order in legs] == [("a", Side.BUY), ("b", Side.SELL)]
    quantity = legs[0].quantity
    assert legs[1].quantity == quantity
    bench.fill_whole(legs[0], "100")
    assert trade_of(bench).state is TradeState.LEGGING
    bench.fill_whole(legs[1], "101")
    assert trade_of(bench).state is TradeState.CLOSED
    fee = quantity * d("0.001")
    adjusted = {fact.venue: fact.amount for fact in bench.said(TargetAdjusted)}
    assert adjusted == {"a": quantity - fee, "b": -quantity}
    # what the buy venue has too much and the sell venue too little: the fee, at the last fill price of 101
    assert trade_of(bench).pnl is not None
    bench.assert_funds_equal()


@pytest.mark.parametrize(("failing", "venue", "side"), [(1, "a", Side.SELL), (0, "b", Side.BUY)])
def test_a_failed_direct_leg_is_undone_at_the_other_venue(failing: int, venue: str, side: Side) -> None:
    bench = pair()
    legs = [fact.order for fact in bench.said(OrderIntended)]
    bench.do(OrderRefused(client_order_id=legs[failing].client_order_id, code=-2010, message="no"))
    bench.fill_whole(legs[1 - failing], "100")
    order = bench.last_placed()
    assert (order.venue, order.side, order.purpose) == (venue, side, Purpose.UNWIND)
    bench.fill_whole(order, "100")
    assert trade_of(bench).state is TradeState.CLOSED
    bench.assert_funds_equal()


def test_one_venue_down_stops_both() -> None:
    bench = pair()
    for order in [fact.order for fact in bench.said(OrderIntended)]:
        bench.fill_whole(order, "100")
    bench.disconnect("b")
    assert bench.state.engine_state is EngineState.DEGRADED
    bench.forget()
    bench.let(5_000)
    bench.book("103", "103.1", venue="b")
    assert not bench.said(OpportunitySeen)


def test_a_next_leg_that_the_venue_would_not_take_unwinds() -> None:
    picky = rules("ETHBTC", "ETH", "BTC", tick_size="0.00001", min_notional="1")
    bench = triangle(cross=picky)
    open_gap(bench)
    bench.fill_whole(bench.last_placed(), "100")
    assert bench.last_placed().purpose is Purpose.UNWIND
    assert "too little" in next(fact.reason for fact in bench.said(MultiLegChanged) if fact.after == "UNWINDING")


def test_an_opportunity_too_small_for_the_lots_is_only_reported() -> None:
    bench = triangle(cross=rules("ETHBTC", "ETH", "BTC", tick_size="0.00001", step_size="100", min_notional="0.0001"))
    open_gap(bench)
    assert [(fact.traded, fact.reason) for fact in bench.said(OpportunitySeen)] == [
        (False, "too small for the lot size of ETHBTC, ETHUSDT")
    ]


def test_an_account_that_cannot_be_valued_trades_nothing() -> None:
    """1 BNB is held, and its book is not there: limits are fractions of an equity that nobody knows."""
    terms = VenueTerms(name=VENUE, symbols=("BTCUSDT", "ETHUSDT", "ETHBTC", "BNBUSDT"))
    listed = (BTC, ETH, CROSS, rules("BNBUSDT", "BNB"))
    bench = Bench(settings(venues=(terms,), arbitrage=ON), rules=listed, funds={"USDT": 1000, "BTC": 1, "BNB": 1})
    bench.start("99.9", "100")
    bench.book("0.0499", "0.05", symbol="ETHBTC")
    open_gap(bench)
    assert [fact.reason for fact in bench.said(OpportunitySeen)] == [f"expected a fresh book of {VENUE}/BNBUSDT"]


def test_the_first_book_of_all_may_bring_an_opportunity() -> None:
    bench = Bench(triangle().settings, rules=(BTC, ETH, CROSS), funds={"USDT": 1000, "BTC": 0})
    bench.boot()
    bench.connect()
    bench.book("5.1", "5.11", symbol="ETHUSDT")
    bench.book("99.9", "100")
    bench.book("0.0499", "0.05", symbol="ETHBTC")
    assert not bench.said(OpportunitySeen)
    bench.answer_reconcile()
    assert [fact.traded for fact in bench.said(OpportunitySeen)] == [True]


def test_the_book_that_completes_the_valuation_may_bring_an_opportunity() -> None:
    bench = Bench(triangle().settings, rules=(BTC, ETH, CROSS), funds={"USDT": 1000, "BTC": 1})
    bench.boot()
    bench.connect()
    bench.answer_reconcile()
    bench.book("5.1", "5.11", symbol="ETHUSDT")
    bench.book("0.0499", "0.05", symbol="ETHBTC")
    assert bench.state.tier is None
    bench.book("99.9", "100")
    assert bench.state.tier == "SNIPER"
    assert [fact.traded for fact in bench.said(OpportunitySeen)] == [True]


def test_legs_in_a_quote_without_a_price_are_denied() -> None:
    """ETHBTC differs between two venues, but what a BTC is worth at the second nobody knows while its BTCUSDT has no book."""
    listed = tuple(
        made for venue in ("a", "b") for made in (rules(venue=venue), rules("ETHBTC", "ETH", "BTC", venue=venue, min_notional="0.0001"))
    )
    terms = tuple(VenueTerms(name=venue, symbols=("BTCUSDT", "ETHBTC")) for venue in ("a", "b"))
    bench = Bench(settings(venues=terms, arbitrage=ON), rules=listed, funds={"USDT": 1000, "BTC": 1, "ETH": 10})
    bench.funds["b"]["BTC"] = d(0)
    bench.boot()
    for venue in ("a", "b"):
        bench.connect(venue)
        bench.answer_reconcile()
    bench.book("99.9", "100", venue="a")
    bench.book("0.0499", "0.05", symbol="ETHBTC", venue="a")
    bench.book("0.051", "0.052", symbol="ETHBTC", venue="b")
    assert [fact.rule for fact in bench.said(RiskDenied)] == ["R25"]
