"""How often an engine may trade (R9): at the limit it holds, one more is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.auditor.audit_corruptions_strategies import trades
from tests.auditor.audit_scenario import consistent_world, with_history

OF_THE_SCENARIO = 6
"""So many entries of that day it has itself."""


@pytest.mark.parametrize(
    ("strategies", "apart_ms", "words"),
    [
        (["hasty"] * 5, 1_000, ""),
        (["hasty"] * 6, 2_000, ""),
        (["hasty"] * 6, 1_999, "signals of hasty in 10 s"),
        (["hasty"] * 20, 2_999, ""),
        (["hasty"] * 21, 3_000, ""),
        (["hasty"] * 21, 2_999, "signals of hasty in 60 s"),
        (["hasty", "calm"] * 5, 1_000, ""),
        ([f"one-of-many-{number}" for number in range(100 - OF_THE_SCENARIO)], 0, ""),
        ([f"one-of-many-{number}" for number in range(101 - OF_THE_SCENARIO)], 0, "trades of a day"),
    ],
)
def test_r9_is_audited_to_the_one(tmp_path: Path, strategies: list[str], apart_ms: int, words: str) -> None:
    world = with_history(consistent_world())
    trades(world, strategies, apart_ms)
    outcome = world.write(tmp_path).audit()
    assert outcome.violated == ({"I20"} if words else set()), outcome.report
    assert words in outcome.said("I20") if words else True


def test_r9_the_legs_of_a_pair_are_one_trade_of_the_day(tmp_path: Path) -> None:
    world = with_history(consistent_world())
    for strategy in range(50):
        trades(world, [f"pairs-{strategy}"] * 2, 0, pair="BTC-ETH")
    outcome = world.write(tmp_path).audit()
    assert outcome.violated == set(), outcome.report


def test_r9_does_not_count_what_was_denied(tmp_path: Path) -> None:
    world = with_history(consistent_world())
    trades(world, ["hasty"] * 5, 100)
    signal = {"signal_id": "s-denied", "source": "strategy", "strategy": "hasty", "purpose": "ENTRY", "received_ms": 50_500}
    world.fact("SignalReceived", "s-denied", signal=signal, top=None)
    world.fact("RiskDenied", "s-denied", signal_id="s-denied", rule="R9", code="GENESIS-5701", limit="5", value="6", message="")
    outcome = world.write(tmp_path).audit()
    assert outcome.violated == set(), outcome.report
