"""`python -m benchmarks.analysis --results DIR`: measures, prints the table, writes bench-analysis.json and bench-analysis.md.

Exit codes: 0 measured and within the required limits (L1, L3), 1 one of them was missed, 2 command line.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from pathlib import Path

from benchmarks.report import publish
from benchmarks.row import Row
from genesis.core.money import install_context
from libraries.world.deadlines import Deadline
from libraries.world.locks import Mode, hold_machine

from .rig import Rig, Spent, Times
from .tape import SYMBOLS, Tape

MACHINE_FREE_WITHIN_S = 1_800.0
PER_SECOND = 1_000
PAST_BARS = 250
COMPARISONS = 20
L1_MS, L3_MS = 10.0, 100.0
"""Required: analysis of a pair, a strategy's cycle (p99)."""
PAIR_GOAL_MS, CYCLE_GOAL_MS = 0.1, 1.0
NS_PER_MS = 1_000_000


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.analysis", description=__doc__, allow_abbrev=False)
    parser.add_argument("--results", type=Path, required=True, help="where the table goes")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ticks", type=int, default=60_000, help="how many public trades, 1,000 a second of the tape")
    given = parser.parse_args(arguments)
    install_context()
    machine = hold_machine(Mode.EXCLUSIVE, Deadline(MACHINE_FREE_WITHIN_S))
    try:
        rows = measured(given.seed, given.ticks)
    finally:
        machine.release()
    return publish(given.results, "bench-analysis", rows)


def measured(seed: int, ticks: int) -> list[Row]:
    """The rows of one run over `ticks` public trades."""
    spent, processor, wall = spent_on(seed, ticks)
    rows = _rows(spent)
    rows.append(Row(name="processor time of 10,000 ticks, analysis and strategies", reached=f"{processor * 10_000 / ticks:.3f} s"))
    rows.append(Row(name="part of the time in which others had the processor", reached=f"{max(0.0, 1 - processor / wall):.0%}"))
    return rows


def spent_on(seed: int, ticks: int) -> tuple[Spent, float, float]:
    """(what each step took, processor seconds of all trades, seconds of all trades)."""
    tape, rig = Tape(seed), Rig()
    for bar in tape.past(PAST_BARS):
        rig.warm(bar)
    trades, books = list(tape.trades(ticks, PER_SECOND)), list(tape.books(ticks // 10))
    gc.collect()
    gc.freeze()  # the tape lies in memory as a whole, which no engine's market does: its collector is not to walk over it
    begun, wall = time.process_time(), time.perf_counter()
    for trade in trades:
        rig.on_trade(trade)
    processor, wall = time.process_time() - begun, time.perf_counter() - wall
    for book in books:
        rig.on_book(book)
    for _ in range(COMPARISONS):
        rig.compare()
    return rig.spent, processor, wall


def _rows(spent: Spent) -> list[Row]:
    analysis = {
        "a public trade: bars, flash crash": spent.trade,
        "a closed bar: ATR, ADX, returns, market state": spent.bar,
        "a book of 20 levels: depth, imbalance, arbitrage": spent.book,
        "correlation of two pairs": spent.together,
    }
    rows = [row for what, times in analysis.items() for row in _limits(f"analysis, {what}", times, PAIR_GOAL_MS, L1_MS, "L1")]
    rows += _limits("strategy cycle: one of ten strategies, one bar", spent.cycle, CYCLE_GOAL_MS, L3_MS, "L3")
    name = f"ten strategies at one closed bar, {len(spent.round.processor):,} bars"
    rows.append(Row(name=name, reached=_shown(spent.round.processor)))
    rows.append(Row(name=f"wishes of ten strategies on {len(SYMBOLS)} pairs", reached=f"{spent.wishes:,}"))
    return rows


def _limits(name: str, times: Times, goal_ms: float, required_ms: float, limit: str) -> list[Row]:
    """The goal is the work's own: processor time. What is required holds on the wall, whoever else has the processor."""
    own, p99 = quantile(times.processor, 0.99), quantile(times.wall, 0.99)
    return [
        Row(name=name, reached=_shown(times.processor), goal=f"p99 <= {goal_ms:g} ms", met=own <= goal_ms),
        Row(
            name=f"{name}, on the wall, required ({limit})",
            reached=_shown(times.wall),
            goal=f"p99 < {required_ms:g} ms",
            met=p99 < required_ms,
            kind="ratio",
        ),
    ]


def _shown(times: list[int]) -> str:
    return f"p50 {quantile(times, 0.5):.4f}, p99 {quantile(times, 0.99):.4f} ms"


def quantile(times: list[int], part: float) -> float:
    """Milliseconds."""
    return sorted(times)[min(int(len(times) * part), len(times) - 1)] / NS_PER_MS


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
