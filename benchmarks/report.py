"""The table of a benchmark, on the console and in `results/`."""

from __future__ import annotations

import json
import platform
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchmarks.row import Row


def publish(results: Path, name: str, rows: list[Row]) -> int:
    """Print the table, write `name`.md and `name`.json, and say the exit code: 1 if a ratio within the run was missed."""
    verdicts = {True: "met", False: "MISSED", None: ""}
    lines = ["| measured | reached | goal | |", "|---|---|---|---|"]
    table = "\n".join([*lines, *(f"| {row.name} | {row.reached} | {row.goal} | {verdicts[row.met]} |" for row in rows)])
    print(table)
    machine = {"python": platform.python_version(), "machine": platform.machine(), "at": datetime.now(UTC).isoformat(timespec="seconds")}
    content = {"environment": machine, "rows": [msgspec.to_builtins(row) for row in rows]}
    results.mkdir(parents=True, exist_ok=True)
    (results / f"{name}.json").write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    (results / f"{name}.md").write_text(table + "\n", "utf-8")
    return int(any(row.kind == "ratio" and row.met is False for row in rows))
