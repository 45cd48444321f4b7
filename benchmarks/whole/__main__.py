"""`python -m benchmarks.whole --results DIR`: the whole path and its parts beside what is required, aimed at, and reached by others.

Prints the table, writes bench.json and bench.md, appends to bench-history.jsonl. Exit codes: 0 measured and every required limit met,
1 one was missed, or something did not add up, 2 command line. Goals are reported, and fail nothing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import msgspec

from libraries.common.kept import tell_and_keep
from libraries.world.deadlines import Deadline
from libraries.world.locks import Mode, hold_machine

from . import calibration, comparison, database, history, open_loop, parts
from .comparison import Plan
from .table import Line, progress, rendered
from .venue import venue

MACHINE_FREE_WITHIN_S = 3_600.0
PARTS = ("machine", "path", "parts", "database")
USUAL = Plan(turns=3, orders=10_000, seconds=10.0)
QUICK = Plan(turns=1, orders=300, seconds=2.0)
LOADS, QUICK_LOADS = open_loop.Plan(30, 20, 60), open_loop.Plan(2, 1, 2)
QUICK_ROWS, QUICK_SIZE = 20_000, 0.1


def main(arguments: list[str]) -> int:
    given = _given(arguments)
    given.results.mkdir(parents=True, exist_ok=True)
    environment, before = history.machine(), history.last_run(given.results)
    machine = hold_machine(Mode.EXCLUSIVE, Deadline(MACHINE_FREE_WITHIN_S))
    try:
        lines = measured(given)
    finally:
        machine.release()
    table = rendered(lines, before)
    content = {"environment": environment, "quick": given.quick, "lines": [msgspec.to_builtins(line) for line in lines]}
    tell_and_keep(given.results, "bench", table, content)
    if not given.quick:
        history.remember(given.results, environment, lines)
    return int(any(line.fails for line in lines))


def _given(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whole", description=__doc__, allow_abbrev=False)
    parser.add_argument("--results", type=Path, required=True, help="where the tables go")
    parser.add_argument("--turns", type=int, default=USUAL.turns, help="how often each client and the engine is measured")
    parser.add_argument("--only", choices=PARTS, action="append", help="only this part; may be repeated")
    parser.add_argument("--quick", action="store_true", help="small numbers, once: does it run? Such a run is not remembered")
    return parser.parse_args(arguments)


def measured(given: argparse.Namespace) -> list[Line]:
    """The lines of all parts that were asked for, in the order of the table."""
    with tempfile.TemporaryDirectory(prefix="bench-", dir=given.results) as folder:
        place = Path(folder)
        plan = QUICK if given.quick else msgspec.structs.replace(USUAL, turns=given.turns)
        each: dict[str, Callable[[], list[Line]]] = {
            "machine": lambda: calibration.measured(place),
            "path": lambda: _path(place, plan, QUICK_LOADS if given.quick else LOADS),
            "parts": lambda: parts.measured(QUICK_SIZE if given.quick else parts.FULL),
            "database": lambda: database.measured(QUICK_ROWS if given.quick else database.ROWS),
        }
        lines: list[Line] = []
        for name in given.only or PARTS:
            progress(name)
            lines += each[name]()
    return lines


def _path(place: Path, plan: Plan, loads: open_loop.Plan) -> list[Line]:
    """Closed loop and peers on one exchange, then loads on a clock on another, whose ledger is short again."""
    with venue(place / "compared") as exchange:
        lines = comparison.measured(exchange, place, plan)
    ceiling = next(line.reached for line in lines if line.key == "path.best")
    with venue(place / "loaded") as exchange:
        return [*lines, *open_loop.measured(exchange, place, loads, ceiling)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
