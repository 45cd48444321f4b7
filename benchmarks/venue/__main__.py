"""`python -m benchmarks.venue --results DIR`: measures, prints the table, writes bench-venue.json and bench-venue.md.

Exit codes: 0 measured and every ratio met, 1 a ratio within the run was missed, 2 command line.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import uvloop

from benchmarks.report import publish
from benchmarks.row import Row
from libraries.world.deadlines import Deadline
from libraries.world.locks import Mode, hold_machine

from . import entry, matching, streams

MACHINE_FREE_WITHIN_S = 1_800.0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.venue", description=__doc__, allow_abbrev=False)
    parser.add_argument("--results", type=Path, required=True, help="where the tables go")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--memory-orders", type=int, default=entry.STAGES[1], help="how many orders the memory is watched over")
    given = parser.parse_args(arguments)
    machine = hold_machine(Mode.EXCLUSIVE, Deadline(MACHINE_FREE_WITHIN_S))
    try:
        rows = _measured(given)
    finally:
        machine.release()
    return publish(given.results, "bench-venue", rows)


def _measured(given: argparse.Namespace) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        rows = matching.measured(place, given.seed)
        rows += uvloop.run(entry.measured(place / "entry", given.memory_orders))
        rows += uvloop.run(streams.measured())
    return rows


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
