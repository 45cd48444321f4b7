"""`python -m benchmarks.risk --results DIR`: measures, prints the table, writes bench-risk.json and bench-risk.md.

Exit codes: 0 measured and within what is required, 1 missed, 2 command line.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from pathlib import Path

from benchmarks.report import publish
from benchmarks.row import Row
from genesis.core.events import SignalSubmitted
from genesis.core.money import install_context
from genesis.engine.risk_engine import Denial
from genesis.engine.signals import judge_entry
from libraries.world.deadlines import Deadline
from libraries.world.locks import Mode, hold_machine

from .account import VENUE, Account, name

MACHINE_FREE_WITHIN_S = 1_800.0
OPEN = (10, 100, 1_000)
MEDIAN_US, P99_US = 50.0, 200.0
FLAT = 1.5
"""So much longer a decision may take at the most open ones than at the fewest."""
BOOKS_BETWEEN = 5
NS_PER_US = 1_000


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.risk", description=__doc__, allow_abbrev=False)
    parser.add_argument("--results", type=Path, required=True, help="where the table goes")
    parser.add_argument("--decisions", type=int, default=5_000, help="how many decisions of each kind")
    given = parser.parse_args(arguments)
    install_context()
    machine = hold_machine(Mode.EXCLUSIVE, Deadline(MACHINE_FREE_WITHIN_S))
    try:
        rows = measured(given.decisions, OPEN)
    finally:
        machine.release()
    return publish(given.results, "bench-risk", rows)


def measured(decisions: int, sizes: tuple[int, ...]) -> list[Row]:
    """The rows: an entry of a symbol that is new, and one more of a symbol that is open, each over so many open ones."""
    rows: list[Row] = []
    medians: dict[str, list[float]] = {}
    for open_ones in sizes:
        account = Account(open_ones)
        gc.collect()
        gc.freeze()
        for kind, symbol in (("a new position", name(account.symbols - 1)), ("one more order of a position", name(0))):
            times = _decide(account, symbol, decisions)
            median, p99 = _quantile(times, 0.5), _quantile(times, 0.99)
            medians.setdefault(kind, []).append(median)
            what = f"risk decision, {kind}, {open_ones:,} positions and {open_ones:,} open orders"
            goal = f"median <= {MEDIAN_US:g}, p99 <= {P99_US:g} us"
            met = median <= MEDIAN_US and p99 <= P99_US
            rows.append(Row(name=what, reached=f"median {median:.1f}, p99 {p99:.1f} us", goal=goal, met=met, kind="ratio"))
        rows.append(Row(name=f"an entry by hand, from inbox to denial, {open_ones:,} of each", reached=_handled(account, decisions // 10)))
        gc.unfreeze()
    for kind, found in medians.items():
        times_longer = found[-1] / found[0]
        what = f"risk decision, {kind}: {sizes[-1]:,} open ones compared with {sizes[0]}"
        goal = f"<= {FLAT:g} x"
        rows.append(Row(name=what, reached=f"{times_longer:.2f} x", goal=goal, met=times_longer <= FLAT, kind="ratio"))
    return rows


def _decide(account: Account, symbol: str, decisions: int) -> list[int]:
    """Processor time of each: from a signal of a strategy to the verdict of all rules, books moving in between."""
    desk, rules, times = account.desk, account.desk.state.rules[VENUE, symbol], []
    for number in range(decisions):
        for book in range(BOOKS_BETWEEN):
            account.move(name((number * BOOKS_BETWEEN + book) % account.symbols), number % 7)
        signal = account.signal(symbol)
        account.begin()
        top = desk.fresh_top(VENUE, symbol)
        begun = time.thread_time_ns()
        verdict = judge_entry(desk, signal, rules, top)
        times.append(time.thread_time_ns() - begun)
        assert not isinstance(verdict, Denial), verdict
    return times


def _handled(account: Account, number: int) -> str:
    """The whole way of an entry by hand that is refused by its confidence: tilt detector, facts and answer included."""
    times = []
    for _ in range(number):
        event = SignalSubmitted(signal=account.signal(name(0), confidence="0.1", source="external"), reply_to=1)
        begun = time.thread_time_ns()
        account.do(event)
        times.append(time.thread_time_ns() - begun)
    return f"median {_quantile(times, 0.5):.1f}, p99 {_quantile(times, 0.99):.1f} us"


def _quantile(times: list[int], part: float) -> float:
    """Microseconds."""
    return sorted(times)[min(int(len(times) * part), len(times) - 1)] / NS_PER_US


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
