"""The benchmark of analysis and strategies has something to measure, and the same seed gives it the same work."""

from __future__ import annotations

from benchmarks.analysis.__main__ import measured
from benchmarks.analysis.tape import SYMBOLS, Tape


def test_every_kind_of_strategy_has_something_to_decide() -> None:
    rows = {row.name: row for row in measured(seed=1, ticks=5_000)}
    assert len(SYMBOLS) == 10
    (wishes,) = [row.reached for name, row in rows.items() if name.startswith("wishes of ten strategies on 10 pairs")]
    assert int(wishes.replace(",", "")) > 10
    assert sorted(row.kind for row in rows.values()).count("ratio") == 5, "L1 of four kinds of analysis, L3 of a cycle"


def test_the_same_seed_gives_the_same_tape() -> None:
    assert list(Tape(7).trades(500, 1_000)) == list(Tape(7).trades(500, 1_000)) != list(Tape(8).trades(500, 1_000))
    assert list(Tape(7).past(3)) == list(Tape(7).past(3))
