"""Strategies in their markets, in any company, and after a restart (R32)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from genesis.core.facts import OrderIntended, RiskDenied
from genesis.core.models import MarketState, Purpose, Side
from genesis.core.state import State
from genesis.engine.pairs import carry_out
from genesis.strategies.base import Wish
from tests.builders import VENUE, Amount, d
from tests.engine_pure.bench import refold
from tests.engine_pure.strategy_kit import SECOND, Stage, probe, tape_of, with_probes

# -- markets (R32)


def test_r32_a_symbol_whose_market_is_asleep_is_not_entered() -> None:
    stage = Stage(with_probes(probe("one", "*:BUY", symbols=("BTCUSDT", "ETHUSDT"), quantity="0.2"))).open()
    desk = stage.engine._desk
    desk.begin(stage.now)
    wish = Wish(
        venue=VENUE, symbol="BTCUSDT", side=Side.BUY, purpose=Purpose.ENTRY, confidence=d(1), reason="", inputs={}, quantity=d("0.2")
    )
    bar = stage.engine.runtime.feeds[VENUE, "BTCUSDT", SECOND].history[-1]
    carry_out(desk, "one", [wish], bar, {(VENUE, "BTCUSDT"): MarketState.DEAD})
    denials = [fact for fact in desk.facts if isinstance(fact, RiskDenied)]
    assert [(fact.rule, fact.value) for fact in denials] == [("R32", "DEAD")]
    assert not [fact for fact in desk.facts if isinstance(fact, OrderIntended)]


def test_a_wish_of_a_bar_that_came_late_is_dropped() -> None:
    stage = Stage(with_probes(probe("one", "*:BUY"))).open()
    stage.disconnect(channel="market")
    stage.let(9 * SECOND)
    stage.tape = tape_of(stage, [{"BTCUSDT": 100} for _ in range(10)])
    stage.forget()
    stage.answer_bars()
    assert not stage.signals()


# -- the same in any company, and after a restart

TAPE: list[Mapping[str, Amount]] = [
    {"BTCUSDT": 101, "ETHUSDT": 102},
    {"BTCUSDT": 102, "ETHUSDT": 101},
    {"BTCUSDT": 103},
    {"ETHUSDT": 103},
    {"BTCUSDT": 101, "ETHUSDT": 102},
    {"BTCUSDT": 103, "ETHUSDT": 103},
]
COMPANY = (
    probe("a", "101:BUY 103:EXIT", priority=3),
    probe("b", "102:BUY 103:EXIT", symbols=("ETHUSDT",), priority=2),
    probe("c", "102:BUY 103:EXIT", symbols=("BTCUSDT", "ETHUSDT"), priority=1),
)


def played(stage: Stage, tape: list[Mapping[str, Amount]]) -> Stage:
    for prices in tape:
        stage.second(**prices)
    return stage


def test_a_concurrent_run_equals_serial_runs_on_the_same_tape() -> None:
    together = played(Stage(with_probes(*COMPANY)).open(), TAPE)
    for terms in COMPANY:
        alone = played(Stage(with_probes(terms)).open(), TAPE)
        assert alone.signals(terms.name) == together.signals(terms.name)
        assert len(alone.signals()) >= 3


@pytest.mark.parametrize("cut", range(1, len(TAPE)))
def test_the_next_signal_after_a_restart_is_that_of_the_uninterrupted_run(cut: int) -> None:
    whole = played(Stage(with_probes(*COMPANY)).open(), TAPE[:cut])
    whole.second()  # the restart takes a second
    played(whole, TAPE[cut:])
    first = played(Stage(with_probes(*COMPANY)).open(), TAPE[:cut])
    before = first.signals()
    rest = played(first.again(), TAPE[cut:])
    assert before + rest.signals() == whole.signals()
    assert rest.state.holdings == whole.state.holdings


def test_a_snapshot_gives_back_what_strategies_are_and_hold() -> None:
    stage = played(Stage(with_probes(*COMPANY)).open(), TAPE[:2])
    copy = State.from_document(stage.state.document())
    assert copy.digest() == stage.state.digest() == refold(stage.all_facts).digest()
    assert copy.holdings == stage.state.holdings
    assert list(copy.entry_signals) == list(stage.state.entry_signals)
    assert copy.entries_of_day == stage.state.entries_of_day
