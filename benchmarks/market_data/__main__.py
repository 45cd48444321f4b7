"""`python -m benchmarks.market_data --results DIR`: measures, prints the table, writes bench-market-data.json and bench-market-data.md.

Exit codes: 0 measured and every required limit met, 1 one was missed, 2 command line.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import uvloop

from benchmarks.market_data import path
from benchmarks.venue.row import Row
from libraries.world.deadlines import Deadline
from libraries.world.locks import Mode, hold_machine

MACHINE_FREE_WITHIN_S = 1_800.0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.market_data", description=__doc__, allow_abbrev=False)
    parser.add_argument("--results", type=Path, required=True, help="where the tables go")
    given = parser.parse_args(arguments)
    given.results.mkdir(parents=True, exist_ok=True)
    machine = hold_machine(Mode.EXCLUSIVE, Deadline(MACHINE_FREE_WITHIN_S))
    try:
        rows = uvloop.run(path.measured())
    finally:
        machine.release()
    table = _table(rows)
    print(table)
    at = {"python": platform.python_version(), "machine": platform.machine(), "at": datetime.now(UTC).isoformat(timespec="seconds")}
    content = {"environment": at, "rows": [msgspec.to_builtins(row) for row in rows]}
    (given.results / "bench-market-data.json").write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    (given.results / "bench-market-data.md").write_text(table + "\n", "utf-8")
    return int(any(row.kind == "ratio" and row.met is False for row in rows))


def _table(rows: list[Row]) -> str:
    verdicts = {True: "met", False: "MISSED", None: ""}
    lines = ["| measured | reached | goal | |", "|---|---|---|---|"]
    return "\n".join([*lines, *(f"| {row.name} | {row.reached} | {row.goal} | {verdicts[row.met]} |" for row in rows)])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
