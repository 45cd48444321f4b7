"""The table of a benchmark, on the console and in `results/`."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchmarks.row import Row
from libraries.common.kept import tell_and_keep


def publish(results: Path, name: str, rows: list[Row]) -> int:
    """Print the table, write `name`.md and `name`.json, and say the exit code: 1 if a ratio within the run was missed."""
    verdicts = {True: "met", False: "MISSED", None: ""}
    lines = ["| measured | reached | goal | |", "|---|---|---|---|"]
    table = "\n".join([*lines, *(f"| {row.name} | {row.reached} | {row.goal} | {verdicts[row.met]} |" for row in rows)])
    machine = {"python": platform.python_version(), "machine": platform.machine(), "at": datetime.now(UTC).isoformat(timespec="seconds")}
    content = {"environment": machine, "rows": [msgspec.to_builtins(row) for row in rows]}
    tell_and_keep(results, name, table, content)
    return int(any(row.kind == "ratio" and row.met is False for row in rows))
