"""`/admin/faults`: rules are armed, shown with what they hit, and disarmed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from ..faults.rules import Rule, RuleError, read_rules
from .admin_bodies import AdminError
from .faults import Faults

Answer = Callable[[list[str], dict[str, str], bytes], Awaitable[Any]]


class AdminFaults:
    """Bodies and answers of the admin API's fault requests."""

    def __init__(self, faults: Faults, check: Callable[[Rule], None]) -> None:
        self._faults = faults
        self._check = check
        self.routes: dict[tuple[str, str], Answer] = {
            ("GET", "faults"): self.show,
            ("POST", "faults"): self.arm,
            ("DELETE", "faults"): self.heal,
            ("DELETE", "faults/{}"): self.disarm,
        }

    async def arm(self, _names: list[str], _query: dict[str, str], body: bytes) -> Any:
        """One rule or a list of them: all or none. Answers their ids."""
        try:
            rules = read_rules(body)
            for rule in rules:
                self._check(rule)
            return {"ids": [armed.id for armed in self._faults.arm(rules)]}
        except (RuleError, ValueError) as error:
            raise AdminError(f"{error}; docs/mock-exchange.md, Faults, lists keys, points and actions") from None

    async def show(self, _names: list[str], query: dict[str, str], _body: bytes) -> Any:
        """Every rule and its hits; `since` (monotonic ns) leaves older hits out."""
        since = query.get("since", "0")
        if not (since.isascii() and since.isdigit()):
            raise AdminError(f"since: expected monotonic nanoseconds, got {since!r}")
        return self._faults.shown(int(since))

    async def heal(self, _names: list[str], _query: dict[str, str], _body: bytes) -> Any:
        """Disarm everything; what is held back leaves now."""
        self._faults.heal()
        return self._faults.shown()

    async def disarm(self, names: list[str], _query: dict[str, str], _body: bytes) -> Any:
        if not self._faults.disarm(names[0]):
            raise AdminError(f"no fault {names[0]!r} is armed; GET /admin/faults lists them", 404)
        return {}
