"""The pure engine on simulated time: no look-ahead, exact sums, the same bytes from the same seed, the stop at a drawdown."""

from __future__ import annotations

from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genesis.backtesting.generator import bars
from genesis.backtesting.result import Origin, document, encoded, metrics_of
from genesis.backtesting.runner import check
from genesis.backtesting.settings import GeneratorSettings
from genesis.core.events import Event, Now
from genesis.core.models import OrderState, OrderType, Purpose, Side, TimeInForce
from genesis.engine.engine import Decision
from tests.backtesting.kit import MINUTE_MS, OPEN_AFTER_MS, START_MS, Run, bar, engine_settings, frictionless, level, tape, with_probe
from tests.builders import d, rules

BUY, SELL = Side.BUY, Side.SELL
RISING = [level(number, 100 + number) for number in range(6)]


def closed_ms(number: int) -> int:
    """The first instant at which bar `number` is over."""
    return START_MS + (number + 1) * MINUTE_MS


@pytest.mark.parametrize("number", [0, 1, 3])
def test_an_order_decided_on_a_bar_fills_on_the_next_ones_open(number: int) -> None:
    """No look-ahead: neither the bar's own prices nor its close are to be had any more."""
    run = Run().signal(closed_ms(number), BUY, 1)
    run.backtest.run(tape(*RISING))
    (fill,) = run.fills
    assert fill.price == d(100 + number + 1) + d("0.01")
    assert fill.venue_time_ms == closed_ms(number) + OPEN_AFTER_MS


def test_an_order_decided_at_the_very_trade_does_not_get_its_price() -> None:
    """Decided while bar 1 opens at 101, it is at the venue a millisecond later: the next trade is another one."""
    one = bar(1, 101, 120, 90, 110)
    run = Run().signal(closed_ms(0) + OPEN_AFTER_MS, BUY, 1)
    run.backtest.run(tape(level(0, 100), one, level(2, 130)))
    assert run.fills[0].price == d("90.01")


def test_a_resting_order_is_not_filled_by_a_low_from_before_it() -> None:
    """Bar 1 fell to 91 before the order at 95 was decided; bars 2 and 3 stay above it."""
    run = Run().signal(closed_ms(1), BUY, 1, order_type=OrderType.LIMIT, price=d(95), time_in_force=TimeInForce.GTC)
    run.backtest.run(tape(level(0, 100), bar(1, 100, 101, 91, 100), level(2, 100), level(3, 96)))
    assert run.fills == []
    assert [order.state for order in run.backtest.engine.state.orders.values()] == [OrderState.CANCELLED]


def test_the_longer_the_latency_the_later_the_fill() -> None:
    run = Run(frictionless(latency_ms=1_500)).signal(closed_ms(0), BUY, 1)
    run.backtest.run(tape(level(0, 100), bar(1, 101, 120, 90, 110), level(2, 130)))
    assert run.fills[0].price == d("90.01"), "the open was gone when it arrived"


def test_a_strategy_trades_on_the_open_after_the_bar_it_decided_on() -> None:
    """The engine's own runtime and the strategy's own code: bar 1 closes at 101, bought at the open of bar 2; bar 3 closes at
    103, sold at the open of bar 4."""
    run = Run(engine=with_probe("101:BUY 103:EXIT"))
    run.backtest.run(tape(*RISING))
    assert [(fill.side, fill.price, fill.venue_time_ms) for fill in run.fills] == [
        (BUY, d("102.01"), closed_ms(1) + OPEN_AFTER_MS),
        (SELL, d("104.00"), closed_ms(3) + OPEN_AFTER_MS),
    ]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(1, 10_000), latency_ms=st.integers(1, 200))
def test_no_strategy_ever_gets_a_price_from_before_its_decision(seed: int, latency_ms: int) -> None:
    """Buys and exits at every bar of a jumpy market: each fill is later than the bar that its signal names, at a price of its
    own trade or worse."""
    market = list(bars(rules(), GeneratorSettings(volatility=d("0.01"), start_ms=START_MS), seed, 12))
    prints = tape(*market)
    run = Run(frictionless(latency_ms=latency_ms), with_probe("*:EXIT *:BUY"))
    run.backtest.run(prints)
    state = run.backtest.engine.state
    at = {each.at_ms: each.price for each in prints}
    assert run.fills
    for fill in run.fills:
        order = state.orders[fill.client_order_id]
        assert fill.venue_time_ms >= order.created_ms + latency_ms
        assert fill.price == at[fill.venue_time_ms] + (d("0.01") if fill.side is BUY else 0)
        if order.correlation_id.startswith("probe-one"):
            assert fill.venue_time_ms > int(order.correlation_id.split("-")[3])


def test_a_strategy_is_given_the_bars_of_the_tape() -> None:
    """The first bar is not seen from its begin: the engine asks the venue for it, and gets it only once it is over."""
    market = [bar(0, 100, 103, 99, 101), bar(1, 101, 104, 100, 102), bar(3, 102, 105, 101, 104), bar(4, 104, 104, 104, 104)]
    run = Run(engine=with_probe("1:BUY"))
    run.backtest.run(tape(*market))
    (feed,) = run.backtest.engine.runtime.feeds.values()
    seen = [(one.open_ms, one.open, one.high, one.low, one.close, one.volume, one.trades) for one in feed.history]
    silent = bar(2, 102, 102, 102, 102, 0)
    expected = [market[0], market[1], msgspec.structs.replace(silent, trades=0), *market[2:]]
    assert seen == [(one.open_ms, one.open, one.high, one.low, one.close, one.volume, one.trades) for one in expected]


def test_a_book_in_which_nobody_trades_is_not_stale() -> None:
    """Nothing trades for five minutes; what is decided then meets the trade after."""
    run = Run().signal(closed_ms(2), BUY, 1)
    run.backtest.run(tape(level(0, 100), level(5, 105), level(6, 106)))
    assert [fill.price for fill in run.fills] == [d("105.01")]


def test_time_never_goes_back() -> None:
    """Orders and timers in the middle of bars."""
    run = Run()
    times: list[int] = []
    for second in (3, 17, 29, 44):
        run.signal(START_MS + 1_000 * second, BUY, 1)
    handle = run.backtest.engine.handle

    def seen(event: Event, now: Now) -> Decision:
        times.append(now.wall_ms)
        return handle(event, now)

    run.backtest.engine.handle = seen  # type: ignore[method-assign]
    run.backtest.run(tape(*RISING))
    assert times == sorted(times)
    assert len(times) > 60


def test_buy_and_hold_is_arithmetic() -> None:
    """50 bought at the open of 100, asked at 100.01, 0.1 % of it gone; worth 110.005 (the middle of 110.00 / 110.01) at the end."""
    run = Run().signal(closed_ms(0), BUY, 50)
    outcome = run.backtest.run(tape(level(0, 99), level(1, 100), level(2, 104), level(3, 110)))
    assert outcome.start == 10_000
    assert outcome.end == 10_000 - d("100.01") * 50 + d("49.95") * d("110.005")
    assert outcome.fees == d("0.05") * d("110.005")
    assert outcome.gross - outcome.fees == outcome.end - outcome.start
    assert (len(outcome.trades), len(outcome.unfinished)) == (0, 1)


def test_a_round_trip_is_arithmetic() -> None:
    """Bought 10 at 101.01 and 9.99 sold at 103.00: 1028.97 - 1.02897 - 1010.10, and nothing is left."""
    run = Run().signal(closed_ms(0), BUY, 10).signal(closed_ms(2), SELL, "9.99", purpose=Purpose.EXIT)
    outcome = run.backtest.run(tape(*RISING))
    assert outcome.end == 10_000 - d("1010.10") + d("1028.97") - d("1.02897")
    (trade,) = outcome.trades
    assert trade.net == outcome.end - 10_000
    assert (trade.side, trade.fills, trade.closed_ms) == ("BUY", 2, closed_ms(2) + OPEN_AFTER_MS + 1)


def test_what_a_trade_leaves_is_revalued_afterwards() -> None:
    """9.9899 of 9.99 sold: 0.0001 is too small to trade and leaves for the inventory at 103.005 (the middle when the trade
    ended); at 105.005 it is worth 0.0002 more."""
    run = Run().signal(closed_ms(0), BUY, 10).signal(closed_ms(2), SELL, "9.9899", purpose=Purpose.EXIT)
    outcome = run.backtest.run(tape(*RISING))
    assert len(outcome.trades) == 1
    assert outcome.revaluation == d("0.0001") * 2
    assert outcome.trades[0].net == outcome.end - 10_000 - outcome.revaluation


def test_opening_inventory_is_revalued_apart() -> None:
    run = Run(frictionless(balances={"USDT": d(1_000), "BTC": d(2)}))
    outcome = run.backtest.run(tape(level(0, 100), level(1, 130)))
    assert (outcome.start, outcome.end) == (d("1200.01"), d("1260.01"))
    assert (outcome.gross, outcome.fees, outcome.revaluation) == (0, 0, 60)


def test_a_stop_fires_inside_the_bar_and_is_filled_by_the_next_trade() -> None:
    """Bought at 100.01 (cost 100.110..): the stop of 2 % lies at 98.11. The bar falls to 97: bid 97.00 sets it off, the
    rise to 103 fills it."""
    run = Run().signal(closed_ms(0), BUY, 10)
    outcome = run.backtest.run(tape(level(0, 100), level(1, 100), bar(2, 100, 103, 97, 101), level(3, 101)))
    assert [(fill.side, fill.price) for fill in run.fills] == [(BUY, d("100.01")), (SELL, d("103.00"))]
    assert len(outcome.trades) == 1


def test_a_drawdown_above_the_limit_ends_the_run() -> None:
    """90 BTC of about 9,000 fall from 100 to 60: 36 % of the account; what comes after is not played."""
    engine = engine_settings()
    run = Run(frictionless(max_drawdown=d("0.2")), engine).signal(closed_ms(0), BUY, 90)
    falling = [level(0, 100), level(1, 100), level(2, 99), bar(3, 60, 60, 60, 60), level(4, 500), level(5, 900)]
    outcome = run.backtest.run(tape(*falling))
    assert outcome.stopped == "drawdown"
    assert outcome.max_drawdown > d("0.2")
    assert outcome.to_ms < START_MS + 4 * MINUTE_MS
    assert outcome.end < 7_000


def test_a_drawdown_of_exactly_the_limit_does_not_end_it() -> None:
    run = Run(frictionless(balances={"USDT": d(0), "BTC": d(1)}, max_drawdown=d("0.2"), rules=(rules(tick_size="0"),)))
    outcome = run.backtest.run(tape(level(0, 100), level(1, 80), level(2, 90)))
    assert abs(outcome.max_drawdown - d("0.2")) < d("0.000001")
    assert outcome.stopped == ""


def test_nothing_new_leaves_after_the_tape_and_open_orders_are_cancelled() -> None:
    run = Run().signal(closed_ms(0), BUY, 1, order_type=OrderType.LIMIT, price=d(50), time_in_force=TimeInForce.GTC)
    run.backtest.run(tape(*RISING))
    assert [order.state for order in run.backtest.engine.state.orders.values()] == [OrderState.CANCELLED]
    assert run.backtest.venues["binance"].account.free("USDT") == 10_000


def test_the_risk_engine_is_the_same_and_its_refusals_are_counted() -> None:
    run = Run().signal(closed_ms(0), BUY, 1, confidence=d("0.5")).signal(closed_ms(1), BUY, "0.01")
    outcome = run.backtest.run(tape(*RISING))
    assert outcome.denials == {"R2": 1, "R8": 1}
    assert run.fills == []


def test_a_check_that_does_not_come_out_is_no_result() -> None:
    run = Run().signal(closed_ms(0), BUY, 10)
    outcome = run.backtest.run(tape(*RISING))
    outcome.fees += d("0.00000001")
    with pytest.raises(AssertionError, match="the account gained"):
        check(outcome)


ORDERS = st.lists(
    st.tuples(st.integers(0, 300_000), st.sampled_from([BUY, SELL]), st.integers(1, 300), st.integers(-300, 300), st.sampled_from("MLIFP")),
    max_size=25,
)


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(1, 10_000), orders=ORDERS)
def test_whatever_is_traded_the_sums_come_out_exactly_and_twice_the_same(seed: int, orders: list[tuple[int, Side, int, int, str]]) -> None:
    """`run` itself asserts end - start = gross - fees + revaluation; here also: the engine's books are the venue's, and a
    second run gives the same bytes."""
    market = list(bars(rules(), GeneratorSettings(volatility=d("0.004"), start_ms=START_MS), seed, 6))

    def once() -> tuple[bytes, dict[str, Decimal], dict[str, Decimal]]:
        run = Run(frictionless(balances={"USDT": d(9_000), "BTC": d(10)}, half_spread=d("0.0002"), slippage=d("0.001"), impact=d("0.01")))
        for number, (after_ms, side, size, away, kind) in enumerate(orders):
            quantity, price = Decimal(size) / 100, Decimal(10_000 + away) / 100
            words: dict[str, object] = {"signal_id": f"s{number}", "purpose": Purpose.EXIT if number % 3 == 2 else Purpose.ENTRY}
            if kind != "M":
                in_force = {"L": TimeInForce.GTC, "I": TimeInForce.IOC, "F": TimeInForce.FOK, "P": None}[kind]
                words |= {
                    "order_type": OrderType.LIMIT_MAKER if kind == "P" else OrderType.LIMIT,
                    "price": price,
                    "time_in_force": in_force,
                }
            run.signal(START_MS + after_ms, side, quantity, **words)
        outcome = run.backtest.run(tape(*market))
        metrics = metrics_of(outcome, MINUTE_MS, d(0))
        result = encoded(document(outcome, metrics, Origin(seed=seed, config_digest="c", data=())))
        ours = {asset: balance.total for (_, asset), balance in run.backtest.engine.state.balances.items()}
        return result, ours, run.backtest.venues["binance"].account.totals()

    first, ours, theirs = once()
    assert ours == theirs
    assert once()[0] == first
