"""The health of each component by itself: how often it failed in a row decides (1 DEGRADED, 3 CRITICAL, 5 FAILED)."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Final

import msgspec


class Health(StrEnum):
    OK = "OK"
    DEGRADED = "DEGRADED"
    CRITICAL = "CRITICAL"
    FAILED = "FAILED"


_FROM: Final = ((5, Health.FAILED), (3, Health.CRITICAL), (1, Health.DEGRADED), (0, Health.OK))
ALARMING: Final = (Health.CRITICAL, Health.FAILED)


def rated(failures: int) -> Health:
    """What so many failures in a row mean."""
    return next(health for least, health in _FROM if failures >= least)


class Seen(msgspec.Struct):
    """Of one component; `detail` is of its last failure, "" while it is OK."""

    failures: int = 0
    detail: str = ""


Changed = Callable[[str, Health, Health, Seen], None]
"""Component, its health before and after, and what was seen."""


class Components:
    """Who watches a component reports each look at it; one that was never looked at is not listed."""

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}
        self.changed: Changed | None = None
        """Told when the health of a component is another."""

    def good(self, name: str) -> None:
        self._report(name, Seen())

    def bad(self, name: str, detail: str) -> None:
        self._report(name, Seen(self._seen[name].failures + 1 if name in self._seen else 1, detail))

    def _report(self, name: str, seen: Seen) -> None:
        before = rated(self._seen[name].failures) if name in self._seen else Health.OK
        self._seen[name] = seen
        after = rated(seen.failures)
        if after is not before and self.changed is not None:
            self.changed(name, before, after, seen)

    def status(self) -> dict[str, dict[str, Any]]:
        """What `/health` says of them."""
        return {
            name: {"health": rated(seen.failures).value, "failures": seen.failures, "detail": seen.detail}
            for name, seen in sorted(self._seen.items())
        }
