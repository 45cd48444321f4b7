"""One line per event of a run in `<results>/progress.jsonl`, so that a full run under pabot can be watched."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from libraries.evidence.redaction import redact


def append_line(path: Path, record: dict[str, Any]) -> None:
    """Append one JSON line with one write, so that lines of several processes never mix."""
    line = redact(json.dumps(record, default=str)) + "\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        os.write(descriptor, line.encode())
    finally:
        os.close(descriptor)


def report(results: Path, event: str, suite: str, test: str = "", **values: Any) -> None:
    """`event`: start, waiting, pass, fail, skip. Times in values are seconds."""
    record = {"wall_ms": time.time_ns() // 1_000_000, "pid": os.getpid(), "event": event, "suite": suite, "test": test, **values}
    append_line(results / "progress.jsonl", record)
