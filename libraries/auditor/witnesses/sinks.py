"""What the sinks of alerts have: the engine's own file, and the records of the receivers that the tests started.

A line is the alert itself (the file), or of a receiver `{"path": "/alerts", "taken": true, "body": {...}}`, whether it took it or not.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from libraries.auditor.witnesses import files
from libraries.auditor.witnesses.errors import WitnessError

PATH = "/alerts"


@dataclass(frozen=True)
class Came:
    """An alert that a sink took."""

    where: str
    body: dict[str, Any]

    @property
    def alert_id(self) -> str:
        return str(self.body.get("alert_id"))


def read_sink(path: Path) -> list[Came]:
    """What a sink took, oldest first, as often as it came; a file that is not there has nothing, and a line that a crash cut off is none.

    Raises:
        WitnessError: it cannot be read, or a whole line is no JSON object.
    """
    if not path.exists():
        return []
    lines = files.read(path, "sink of alerts").split(b"\n")
    try:
        read = [(number, files.decode(line)) for number, line in enumerate(lines, start=1) if _whole(line)]
    except ValueError as error:
        raise WitnessError(f"sink of alerts {path}: {error}") from error
    return [Came(f"{path.name} line {number}", line.get("body", line)) for number, line in read if _is_taken(line)]


def _whole(line: bytes) -> bool:
    return line.startswith(b"{") and line.endswith(b"}")


def _is_taken(line: dict[str, Any]) -> bool:
    return "body" not in line or (line.get("path") == PATH and line.get("taken") is True)
