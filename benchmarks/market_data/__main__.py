"""`python -m benchmarks.market_data --results DIR`: measures, prints the table, writes bench-market-data.json and bench-market-data.md.

Exit codes: 0 measured and every required limit met, 1 one was missed, 2 command line.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import uvloop

from benchmarks.market_data import path
from benchmarks.report import publish
from libraries.world.deadlines import Deadline
from libraries.world.locks import Mode, hold_machine

MACHINE_FREE_WITHIN_S = 1_800.0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.market_data", description=__doc__, allow_abbrev=False)
    parser.add_argument("--results", type=Path, required=True, help="where the tables go")
    given = parser.parse_args(arguments)
    machine = hold_machine(Mode.EXCLUSIVE, Deadline(MACHINE_FREE_WITHIN_S))
    try:
        rows = uvloop.run(path.measured())
    finally:
        machine.release()
    return publish(given.results, "bench-market-data", rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
