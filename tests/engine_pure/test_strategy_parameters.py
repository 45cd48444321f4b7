"""Parameters of strategies out of the configuration's texts."""

from __future__ import annotations

import pytest

from genesis.core.models import MarketState
from genesis.core.strategy_settings import MomentumSettings, PairsSettings
from genesis.strategies.parameters import read
from tests.builders import d


def test_what_is_not_given_keeps_its_default() -> None:
    given = {"lookback_bars": "10", "breakout": "0.005", "trades_in": "TRENDING RANGING"}
    expected = MomentumSettings(lookback_bars=10, breakout=d("0.005"), trades_in=(MarketState.TRENDING, MarketState.RANGING))
    assert read(MomentumSettings, given) == expected
    assert read(PairsSettings, {}) == PairsSettings()


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        ("lookback", "10", "expected a known parameter, got this one; did you mean 'lookback_bars'?"),
        ("lookback_bars", "0", "expected a whole number from 1 to 1000, got '0'"),
        ("lookback_bars", "1001", "expected a whole number from 1 to 1000, got '1001'"),
        ("lookback_bars", "2.5", "expected a whole number from 1 to 1000, got '2.5'"),
        ("lookback_bars", "9" * 5000, f"expected a whole number from 1 to 1000, got '{'9' * 40}'"),
        ("breakout", "-0.1", "expected a decimal number from 0 to 1000000, got '-0.1'"),
        ("breakout", "NaN", "expected a decimal number from 0 to 1000000, got 'NaN'"),
        ("breakout", "1e3", "expected a decimal number from 0 to 1000000, got '1e3'"),
        ("trades_in", "", "expected one or more of PANIC, DEAD, VOLATILE, TRENDING, RANGING, separated by blanks, got ''"),
        ("trades_in", "CALM", "expected one or more of PANIC, DEAD, VOLATILE, TRENDING, RANGING, separated by blanks, got 'CALM'"),
    ],
)
def test_what_is_wrong_is_named(name: str, given: str, words: str) -> None:
    with pytest.raises(ValueError) as refused:
        read(MomentumSettings, {name: given})
    assert str(refused.value) == f"parameters.{name}: {words}"
