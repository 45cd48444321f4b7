"""The state of a market, first that holds (R32), and flash crashes (R23)."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genesis.analytics.market_state import FlashCrash, MarketGauge
from genesis.core.models import MarketState
from genesis.core.strategy_settings import MarketSettings
from tests.builders import d
from tests.engine_pure.bar_kit import bar

BARS = 40


def gauge(move: str = "0", wick: str = "0.1", **changes: object) -> tuple[MarketGauge, int]:
    """A market after 40 bars that move by `move` each and swing by `wick`, and the time at which the last one is over."""
    market = MarketGauge(MarketSettings(**changes))  # type: ignore[arg-type]
    for index in range(BARS):
        price = d("100") + index * d(move)
        market.on_bar(bar(index, price, high=price + d(wick), low=price - d(wick)))
    return market, bar(BARS, "1").open_ms


class TestFlashCrash:
    """R23: a fall of 10 % in 60 s."""

    def crash(self) -> FlashCrash:
        settings = MarketSettings()
        return FlashCrash(settings.flash_fall, settings.flash_window_ms)

    @pytest.mark.parametrize(("price", "seen"), [("90.01", False), ("90", True), ("50", True)])
    def test_a_fall_of_ten_per_cent_is_one(self, price: str, seen: bool) -> None:
        crash = self.crash()
        assert not crash.on_price(d("100"), 1_000)
        assert crash.on_price(d(price), 2_000) is seen

    @pytest.mark.parametrize(("after_ms", "seen"), [(60_000, True), (60_001, False)])
    def test_it_must_happen_within_a_minute(self, after_ms: int, seen: bool) -> None:
        crash = self.crash()
        crash.on_price(d("100"), 1_000)
        assert crash.on_price(d("90"), 1_000 + after_ms) is seen

    def test_it_is_measured_from_the_highest_price_of_the_minute(self) -> None:
        crash = self.crash()
        for at, price in enumerate(["95", "100", "97", "96"]):
            assert not crash.on_price(d(price), at * 1_000)
        assert crash.on_price(d("90"), 5_000)

    def test_a_rise_of_any_size_is_none(self) -> None:
        crash = self.crash()
        assert not any(crash.on_price(d(price), at) for at, price in enumerate(["50", "100", "200"]))

    @settings(deadline=None)
    @given(st.lists(st.tuples(st.integers(0, 40_000), st.decimals(80, 120, places=1)), min_size=1, max_size=40))
    def test_it_is_what_the_whole_minute_says(self, steps: list[tuple[int, Decimal]]) -> None:
        crash, seen, now = self.crash(), [], 0
        for step, price in steps:
            now += step
            seen.append((now, price))
            highest = max(price for at, price in seen if at >= now - 60_000)
            assert crash.on_price(price, now) is (price <= highest * d("0.9"))


class TestMarketState:
    """R32."""

    def test_a_calm_market_ranges(self) -> None:
        market, now = gauge()
        assert market.state(now) is MarketState.RANGING

    def test_a_market_with_a_direction_trends(self) -> None:
        market, now = gauge(move="0.1")
        assert market.state(now) is MarketState.TRENDING

    def test_a_wild_market_is_volatile_even_if_it_trends(self) -> None:
        market, now = gauge(move="1.5", wick="3")
        assert market.state(now) is MarketState.VOLATILE

    @pytest.mark.parametrize(("wick", "state"), [("1", MarketState.RANGING), ("1.001", MarketState.VOLATILE)])
    def test_volatile_is_a_true_range_above_two_per_cent(self, wick: str, state: MarketState) -> None:
        market, now = gauge(wick=wick)
        assert market.state(now) is state

    @pytest.mark.parametrize(("above", "state"), [("99.999", MarketState.TRENDING), ("100", MarketState.RANGING)])
    def test_trending_is_an_adx_above_its_limit(self, above: str, state: MarketState) -> None:
        """A market that only rises has an ADX of 100."""
        market, now = gauge(move="0.1", trending_above=d(above))
        assert market.state(now) is state

    @pytest.mark.parametrize(("silent_ms", "state"), [(59_999, MarketState.VOLATILE), (60_000, MarketState.DEAD)])
    def test_a_minute_without_a_trade_is_dead_whatever_the_bars_say(self, silent_ms: int, state: MarketState) -> None:
        market, now = gauge(wick="3")
        market.on_trade(d("100"), now)
        assert market.state(now + silent_ms) is state

    def test_a_flash_crash_is_panic_for_five_minutes_even_if_nobody_trades(self) -> None:
        market, now = gauge()
        assert not market.on_trade(d("100"), now)
        assert market.on_trade(d("90"), now + 1)
        assert market.state(now + 1) is MarketState.PANIC
        assert market.state(now + 300_000) is MarketState.PANIC
        assert market.state(now + 300_001) is MarketState.DEAD

    def test_nothing_is_known_before_there_are_enough_bars(self) -> None:
        market = MarketGauge(MarketSettings())
        assert market.state(0) is None
        for index in range(27):
            market.on_bar(bar(index, "100"))
        assert market.state(bar(27, "1").open_ms) is None
        market.on_bar(bar(27, "100"))
        assert market.state(bar(28, "1").open_ms) is MarketState.RANGING

    def test_the_last_trade_itself_counts_and_not_the_end_of_its_bar(self) -> None:
        market, now = gauge()
        market.on_trade(d("100"), now + 1_000)
        market.on_bar(bar(BARS, "100"))
        assert market.state(now + 60_999) is MarketState.RANGING
        assert market.state(now + 61_000) is MarketState.DEAD

    def test_flat_bars_are_no_trades(self) -> None:
        market, now = gauge()
        market.on_bar(bar(BARS, "100", trades=0, volume=0))
        assert market.state(now + 60_000) is MarketState.DEAD
