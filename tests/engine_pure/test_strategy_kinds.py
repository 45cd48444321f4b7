"""The kinds of strategies that a configuration may name."""

from __future__ import annotations

import pytest

from genesis.analytics.bars import MOST_FLAT
from genesis.core.models import MarketState
from genesis.core.settings import EngineSettings, StrategyTerms
from genesis.strategies import registry
from tests.builders import VENUE, d

SETTINGS = EngineSettings(venues=())


def terms(kind: str, **changes: object) -> StrategyTerms:
    values = {
        "name": "mine",
        "venue": VENUE,
        "symbols": ("ETHUSDT", "BTCUSDT"),
        "priority": 3,
        "capital_share": d("0.2"),
        "interval_ms": 1_000,
    }
    return StrategyTerms(kind=kind, **(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("kind", "parameters", "warm_up", "trades_in"),
    [
        ("momentum", {}, 200, {MarketState.VOLATILE, MarketState.TRENDING}),
        ("momentum", {"smoothing_bars": "60", "trades_in": "TRENDING"}, 60, {MarketState.TRENDING}),
        ("momentum", {"smoothing_bars": "56", "lookback_bars": "200"}, 203, {MarketState.VOLATILE, MarketState.TRENDING}),
        ("mean_reversion", {}, 200, {MarketState.RANGING}),
        ("pairs_trading", {}, 199, {MarketState.TRENDING, MarketState.RANGING}),
        ("pairs_trading", {"window_bars": "50"}, 99, {MarketState.TRENDING, MarketState.RANGING}),
    ],
)
def test_a_kind_is_made_as_the_configuration_says(kind: str, parameters: dict[str, str], warm_up: int, trades_in: set[MarketState]) -> None:
    made = registry.make(SETTINGS, terms(kind, parameters=parameters))
    assert (made.name, made.priority, made.capital_share, made.interval_ms) == ("mine", 3, d("0.2"), 1_000)
    assert made.symbols == ((VENUE, "ETHUSDT"), (VENUE, "BTCUSDT"))
    assert (made.warm_up, made.trades_in) == (warm_up, trades_in)


@pytest.mark.parametrize(
    ("kind", "changes", "words"),
    [
        (
            "momentum",
            {"parameters": {"lookback": "3"}},
            "parameters.lookback: expected a known parameter, got this one; did you mean 'lookback_bars'?",
        ),
        ("pairs_trading", {"symbols": ("ETHUSDT",)}, "symbols: expected pairs of symbols, each once, got ETHUSDT"),
        ("momentun", {}, "kind: expected one of mean_reversion, momentum, pairs_trading, got 'momentun'; did you mean 'momentum'?"),
    ],
)
def test_what_a_kind_cannot_be_made_of_is_named(kind: str, changes: dict[str, object], words: str) -> None:
    with pytest.raises(ValueError) as refused:
        registry.make(SETTINGS, terms(kind, **changes))
    assert str(refused.value).startswith(words)


def test_no_strategy_needs_more_bars_than_a_silence_gives() -> None:
    """Else a long silence would not warm it up."""
    most = {
        "momentum": {"lookback_bars": "1000", "confirm_bars": "1000", "smoothing_bars": "1000", "exit_bars": "1000"},
        "mean_reversion": {"band_bars": "1000", "smoothing_bars": "1000"},
        "pairs_trading": {"window_bars": "1000"},
    }
    assert max(registry.make(SETTINGS, terms(kind, parameters=given)).warm_up for kind, given in most.items()) <= MOST_FLAT
