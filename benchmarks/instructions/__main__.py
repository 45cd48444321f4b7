"""`python -m benchmarks.instructions --results DIR`: instructions of one order, by `perf stat` where it counts, else by callgrind.

Each subject runs with few and with many orders; the difference by the number of orders between leaves out the interpreter's start and
all imports. Prints the table, writes bench-instructions.json and .md. Exit codes: 0 counted, 2 command line, 3 nothing here can count.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.report import publish
from benchmarks.row import Row
from libraries.world.exchange import REPOSITORY

from .subject import SUBJECTS

FEW, MANY = 50, 550
WHAT = {
    "engine": "engine: one order, from signal to folded fill and journal rows",
    "venue": "venue: one order, from check to ledger lines (half of them trade)",
}
_COLLECTED = re.compile(r"Collected : (\d+)")


class CannotCount(Exception):
    """Neither counter works on this machine; why."""


def counter() -> str:
    """ "perf" or "callgrind".

    Raises:
        CannotCount: there is neither.
    """
    if shutil.which("perf"):
        done = subprocess.run([*_perf(), "true"], capture_output=True, text=True, check=False)
        if _of_perf(done.stderr) is not None:
            return "perf"
    if shutil.which("valgrind"):
        return "callgrind"
    raise CannotCount("perf counts no instructions here (many virtual machines have no counters), and valgrind is not installed")


def instructions(how: str, subject: str, orders: int, out: Path) -> int:
    """Of a whole run. `out`: where callgrind writes its profile."""
    command = [sys.executable, "-m", "benchmarks.instructions.subject", subject, str(orders)]
    through = _perf() if how == "perf" else ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}"]
    environment = os.environ | {"PYTHONHASHSEED": "0"}
    done = subprocess.run([*through, *command], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    counted = _of_perf(done.stderr) if how == "perf" else _of_callgrind(done.stderr)
    assert done.returncode == 0, f"{subject} ended with exit code {done.returncode}: {done.stderr[-2_000:]}"
    assert counted is not None, f"{how} counted nothing: {done.stderr[-2_000:]}"
    return counted


def _perf() -> list[str]:
    return ["perf", "stat", "-x,", "-e", "instructions:u"]


def _of_perf(said: str) -> int | None:
    number = said.strip().splitlines()[-1].partition(",")[0] if said.strip() else ""
    return int(number) if number.isdigit() else None


def _of_callgrind(said: str) -> int | None:
    found = _COLLECTED.search(said)
    return int(found[1]) if found else None


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.instructions", description=__doc__, allow_abbrev=False)
    parser.add_argument("--results", type=Path, required=True, help="where the table goes")
    parser.add_argument("--orders", type=int, default=MANY - FEW, help="how many are counted")
    given = parser.parse_args(arguments)
    try:
        how = counter()
    except CannotCount as why:
        print(f"not measured: {why}", file=sys.stderr)
        return 3
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        for subject in SUBJECTS:
            few, many = (instructions(how, subject, orders, Path(folder) / "profile") for orders in (FEW, FEW + given.orders))
            rows.append(Row(name=f"{WHAT[subject]} ({how})", reached=f"{(many - few) / given.orders:,.0f} instructions"))
    return publish(given.results, "bench-instructions", rows)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
