"""`python -m benchmarks.venue --results DIR`: measures, prints the table, writes bench-venue.json and bench-venue.md.

Exit codes: 0 measured and every ratio met, 1 a ratio within the run was missed, 2 command line.
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import uvloop

from libraries.world.deadlines import Deadline
from libraries.world.locks import Mode, hold_machine

from . import entry, matching, streams
from .row import Row

MACHINE_FREE_WITHIN_S = 1_800.0


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.venue", description=__doc__, allow_abbrev=False)
    parser.add_argument("--results", type=Path, required=True, help="where the tables go")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--memory-orders", type=int, default=entry.STAGES[1], help="how many orders the memory is watched over")
    given = parser.parse_args(arguments)
    given.results.mkdir(parents=True, exist_ok=True)
    machine = hold_machine(Mode.EXCLUSIVE, Deadline(MACHINE_FREE_WITHIN_S))
    try:
        rows = _measured(given)
    finally:
        machine.release()
    table = _table(rows)
    print(table)
    _write(given.results, rows, table)
    return int(any(row.kind == "ratio" and row.met is False for row in rows))


def _measured(given: argparse.Namespace) -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        rows = matching.measured(place, given.seed)
        rows += uvloop.run(entry.measured(place / "entry", given.memory_orders))
        rows += uvloop.run(streams.measured())
    return rows


def _table(rows: list[Row]) -> str:
    verdicts = {True: "met", False: "MISSED", None: ""}
    lines = ["| measured | reached | goal | |", "|---|---|---|---|"]
    return "\n".join([*lines, *(f"| {row.name} | {row.reached} | {row.goal} | {verdicts[row.met]} |" for row in rows)])


def _write(results: Path, rows: list[Row], table: str) -> None:
    machine = {"python": platform.python_version(), "machine": platform.machine(), "at": datetime.now(UTC).isoformat(timespec="seconds")}
    content = {"environment": machine, "rows": [msgspec.to_builtins(row) for row in rows]}
    (results / "bench-venue.json").write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    (results / "bench-venue.md").write_text(table + "\n", "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
