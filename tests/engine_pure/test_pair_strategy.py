"""Pairs trading in the engine (R19): its bars in the order of their close, entry, exit, and the same after a restart."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from genesis.core.models import Bar
from genesis.core.settings import StrategyTerms
from genesis.core.strategy_settings import MarketSettings
from tests.builders import START_MS, VENUE, Amount, d
from tests.engine_pure.pair_kit import BOTH, HUNTER, moves, trade
from tests.engine_pure.strategy_kit import SECOND, Stage, with_probes

BARS = 40
MARKETS = MarketSettings(atr_period=5, adx_period=5, smoothing_bars=20)
BTC = ("100.00", "100.40", "100.80", "100.40")
SWINGS = (2, -2, -2, 2, -2, 2, 2, -2)
"""How far ETHUSDT is from 50 + 1.5 x (BTCUSDT - 100), in cents: together one deviation each, with a hedge ratio of 1.5."""


def at(number: int) -> dict[str, str]:
    """The closes of a bar; 0 is the first one after the start."""
    btc = d(BTC[number % 4])
    return {"BTCUSDT": str(btc), "ETHUSDT": str(50 + d("1.5") * (btc - 100) + d(SWINGS[number % 8]) / 100)}


def tape() -> dict[str, list[Bar]]:
    """What both have traded before the start, a bar a second."""
    first_ms = START_MS - START_MS % SECOND - BARS * SECOND
    bars: dict[str, list[Bar]] = {symbol: [] for symbol in BOTH}
    for number in range(BARS + 2):
        for symbol, price in at(number - BARS).items():
            flat = {name: d(price) for name in ("open", "high", "low", "close")}
            open_ms = first_ms + number * SECOND
            bars[symbol].append(
                Bar(venue=VENUE, symbol=symbol, open_ms=open_ms, close_ms=open_ms + SECOND - 1, volume=d(1), trades=1, **flat)
            )
    return bars


def pair_stage(funds: Mapping[str, Amount] = HUNTER) -> Stage:
    """RUNNING two bars after the start, with a pair of ETHUSDT and BTCUSDT over sixteen bars."""
    terms = StrategyTerms(
        name="pair",
        kind="pairs_trading",
        venue=VENUE,
        symbols=("ETHUSDT", "BTCUSDT"),
        interval_ms=SECOND,
        capital_share=d("0.5"),
        parameters={"window_bars": "16"},
    )
    stage = Stage(with_probes(terms, market_states=MARKETS), funds=funds)
    stage.tape = tape()
    return stage.open(**at(1))


def play(stage: Stage, *prices: dict[str, str]) -> None:
    for of_bar in prices:
        stage.second(**of_bar)


WIDE = {"BTCUSDT": "100.40", "ETHUSDT": "50.67"}
BACK = {"BTCUSDT": "100.40", "ETHUSDT": "50.60"}


def test_bars_of_two_symbols_that_come_one_after_the_other_are_seen_in_order() -> None:
    """The bars of one symbol are fetched before those of the other; the strategy has both, bar by bar, and knows their spread."""
    stage = pair_stage()
    assert stage.state.strategies["pair"] == "RUNNING"
    play(stage, at(2), WIDE)
    assert [(symbol, side) for _, symbol, side, _ in stage.signals()] == [("ETHUSDT", "SELL"), ("BTCUSDT", "BUY")]
    assert trade(stage).state == "COMPLETE"


@pytest.mark.parametrize("restarts", [False, True])
def test_it_leaves_where_the_spread_came_back_restarted_or_not(restarts: bool) -> None:
    stage = pair_stage()
    play(stage, at(2), WIDE)
    stage = stage.again() if restarts else stage
    stage.forget()
    play(stage, BACK)
    assert moves(stage)[0] == ("UNWINDING", moves(stage)[0][1])
    assert moves(stage)[0][1].startswith("the spread came back")
    assert trade(stage).state == "CLOSED"


def test_bars_missed_by_both_are_seen_in_order_too() -> None:
    """The market channel was away for four bars; each symbol's are fetched by themselves, and the next spread is the true one."""
    stage = pair_stage()
    play(stage, at(2))
    stage.disconnect(channel="market")
    for number in range(3, 7):
        for symbol, price in at(number).items():
            stage.printed.append((symbol, d(price), d(1), stage.venue_ms))
        stage.let(SECOND)
    stage.connect(channels=("market",))
    play(stage, at(7), at(8))
    stage.forget()
    play(stage, {"BTCUSDT": "100.40", "ETHUSDT": "50.67"})
    assert len(stage.signals()) == 2
    assert stage.state.signals[stage.signals()[0][3]].inputs["hedge_ratio"] == "1.5"


def test_nothing_is_entered_on_bars_that_came_one_symbol_after_the_other() -> None:
    """The last bar that was missed is a wide one, but of one symbol the bars before it came after it: nobody decides on such a view."""
    stage = pair_stage()
    play(stage, at(2))
    stage.forget()
    stage.disconnect(channel="market")
    for prices in (at(3), at(4), WIDE):
        for symbol, price in prices.items():
            stage.printed.append((symbol, d(price), d(1), stage.venue_ms))
        stage.let(SECOND)
    stage.connect(channels=("market",))
    for symbol, price in WIDE.items():
        stage.quote(symbol, price)
    stage.let(SECOND)
    stage.answer_bars()
    assert not stage.signals()
    assert stage.engine.runtime.feeds[VENUE, "BTCUSDT", SECOND].history[-1].close == d(WIDE["BTCUSDT"])


def test_a_sniper_has_no_pairs() -> None:
    """The tier unlocks the kind at HUNTER: both legs are denied."""
    stage = pair_stage({"USDT": 500, "BTC": 2, "ETH": 5})
    play(stage, at(2), WIDE)
    assert [rule for rule, _ in stage.denials()] == ["TIER"] * 2
    assert not stage.state.multi_legs
