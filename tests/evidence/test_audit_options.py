"""What the auditor is told of engines that share a database."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from libraries.evidence.audit import alerts_of


def engine(name: str) -> Any:
    """With a file of its own, and a receiver that all have."""
    return SimpleNamespace(alert_sinks=lambda: {"file": Path(name, "engine.db.alerts"), "webhook-1": Path("receiver")})


def test_the_sinks_of_all_engines_on_a_database_are_read_each_once() -> None:
    assert alerts_of([engine("main"), engine("standby")]) == [
        *("--alerts", "file=main/engine.db.alerts"),
        *("--alerts", "webhook-1=receiver"),
        *("--alerts", "file=standby/engine.db.alerts"),
    ]
