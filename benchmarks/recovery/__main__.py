"""`python -m benchmarks.recovery --results DIR`: measures, prints the table, writes bench-recovery.json and bench-recovery.md.

What is timed is a whole process, from its start until its state is verified and folded and the database is open for writing: `recover` as
the engine calls it. Exit codes: 0 measured and within what is required, 1 missed, 2 command line.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from benchmarks.recovery.database import Built
from benchmarks.report import publish
from benchmarks.row import Row, at_most, must
from genesis.core.money import install_context
from genesis.data import anchor
from genesis.data.archive import directory_of
from libraries.world.deadlines import Deadline
from libraries.world.locks import Mode, hold_machine

MACHINE_FREE_WITHIN_S: Final = 1_800.0
TAIL_S, HISTORY_S = 10.0, 3.0
FLAT: Final = 1.5
"""So much longer a start may take after ten times the history."""
DAYS: Final = 10
TIMES: Final = 3
_START: Final = """
import sys
from pathlib import Path
from genesis.core.money import install_context
from genesis.data.recovery import recover
install_context()
recover(Path(sys.argv[1]), Path(sys.argv[2])).connection.close()
"""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recovery", description=__doc__, allow_abbrev=False)
    parser.add_argument("--results", type=Path, required=True, help="where the table goes")
    parser.add_argument("--tail", type=int, default=1_000_000, help="facts since the snapshot")
    parser.add_argument("--history", type=int, default=10_000_000, help="facts before a fresh snapshot")
    given = parser.parse_args(arguments)
    install_context()
    machine = hold_machine(Mode.EXCLUSIVE, Deadline(MACHINE_FREE_WITHIN_S))
    try:
        rows = measured(given.tail, given.history)
    finally:
        machine.release()
    return publish(given.results, "bench-recovery", rows)


def measured(tail: int, history: int) -> list[Row]:
    """The rows: a long tail after the snapshot; a fresh snapshot after a tenth of the history, and after all of it."""
    with tempfile.TemporaryDirectory(prefix="bench-recovery-") as folder:
        rows = [at_most(f"start with {tail:,} facts since the snapshot", _start(Path(folder) / "tail", 0, tail), TAIL_S, "s")]
        times = []
        for facts in (history // 10, history):
            times.append(_start(Path(folder) / str(facts), facts, 0))
            rows.append(at_most(f"start with {facts:,} facts of history and a fresh snapshot", times[-1], HISTORY_S, "s"))
        longer = times[1] / times[0]
        what = f"start after {history:,} facts of history compared with {history // 10:,}"
        rows.append(must(what, longer <= FLAT, f"{longer:.2f} x", f"<= {FLAT:g} x"))
    return rows


def _start(folder: Path, history: int, tail: int) -> float:
    """Seconds of the fastest of several starts of a database that is built, and thrown away."""
    folder.mkdir()
    path = folder / "engine.db"
    begun = time.monotonic()
    asyncio.run(Built(path, facts=history, days=DAYS if history else 0, later=tail).write())
    archives = list(directory_of(path).iterdir()) if directory_of(path).exists() else []
    spent, size = time.monotonic() - begun, path.stat().st_size >> 20
    print(f"built {history:,} + {tail:,} facts in {spent:.0f} s: {size} MiB and {len(archives)} archives", file=sys.stderr)
    times = []
    for _ in range(TIMES):
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", _START, str(path), str(anchor.beside(path))], check=True)
        times.append(time.perf_counter() - begun)
    shutil.rmtree(folder)
    return min(times)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
