"""What earlier runs reached: `bench-history.jsonl` in the results directory, one line a run, never written over."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from libraries.world.exchange import REPOSITORY

from .table import Line

HISTORY = "bench-history.jsonl"


def machine() -> dict[str, Any]:
    """Where and of what a run was made: figures of different days compare by its calibration, not by its name."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    return {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit.stdout.strip() or "unknown",
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": len(os.sched_getaffinity(0)),
        "load_before": round(os.getloadavg()[0], 2),
    }


def last_run(results: Path) -> dict[str, float]:
    """What the last run reached, by key; {} = there was none."""
    path = results / HISTORY
    lines = path.read_text("utf-8").splitlines() if path.exists() else []
    return dict(json.loads(lines[-1])["reached"]) if lines else {}


def remember(results: Path, environment: dict[str, Any], lines: list[Line]) -> None:
    reached = {line.key: line.reached for line in lines if line.reached is not None}
    with (results / HISTORY).open("a", encoding="utf-8") as file:
        file.write(json.dumps({"environment": environment, "reached": reached}) + "\n")
