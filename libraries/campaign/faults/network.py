"""Faults of the venue, of its addresses, and of the network before it: how each begins, how all end, and whether it ever happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from libraries.campaign.faults.house import House
from libraries.campaign.faults.kinds import ADDRESSES, Fault
from libraries.campaign.faults.plan import Planned
from libraries.world.errors import WorldError
from libraries.world.proxies import Proxy

_ORDER: Final = {"operation": "order.place"}
_REPORT: Final = {"event": "executionReport"}
_LATE_MS: Final = 900
_FIRST: Final = "api1"

RULES: Final[dict[Fault, Callable[[int], dict[str, Any]]]] = {
    Fault.ERRORS: lambda n: {"point": "before_parse", "action": {"type": "status", "status": 502, "code": -1001}, "times": n},
    Fault.EXECUTED: lambda n: _unknown("after_match", n),
    Fault.NOT_EXECUTED: lambda n: _unknown("after_validate", n),
    Fault.EVENT_LOST: lambda n: _event({"type": "drop"}, n),
    Fault.EVENT_LATE: lambda n: _event({"type": "delay", "ms": _LATE_MS, "overtaken": True}, n),
    Fault.EVENT_TWICE: lambda n: _event({"type": "duplicate"}, n),
    Fault.EVENTS_REORDERED: lambda n: _event({"type": "reorder"}, n),
    Fault.RATE_LIMIT: lambda n: _held_off(429, n),
    Fault.BAN: lambda n: _held_off(418, n),
}
"""Rules of the venue, by the planned number; each hits the engine's account only."""

WEATHER: Final[dict[Fault, Callable[[int], dict[str, Any]]]] = {
    Fault.SLOW: lambda n: {"latency_ms": n, "jitter_ms": n // 2},
    Fault.NARROW: lambda n: {"bytes_per_s": n},
    Fault.SLICED: lambda n: {"slice_bytes": n},
    Fault.HALF_OPEN: lambda _: {"half_open": True},
    Fault.ANSWER_DROPPED: lambda n: {"drop_answers": n},
    Fault.CORRUPT: lambda n: {"corrupt_answers": n},
}
_COUNTED: Final = {Fault.HALF_OPEN: "swallowed", Fault.ANSWER_DROPPED: "dropped", Fault.CORRUPT: "corrupted", Fault.RESET: "reset"}
"""Which counter of the proxy says that it happened; other weather happens to every byte that passes."""
_REFUSED: Final = {Fault.CLOCK: -1021, Fault.KEY: -2015}
"""With which code the venue refuses what meets it."""


def _unknown(point: str, times: int) -> dict[str, Any]:
    action = {"type": "status", "status": 503, "code": -1007}
    return {"match": dict(_ORDER), "point": point, "action": action, "times": times}


def _event(action: dict[str, Any], times: int) -> dict[str, Any]:
    return {"match": dict(_REPORT), "point": "event", "action": action, "times": times}


def _late() -> dict[str, Any]:
    return {"match": dict(_REPORT), "point": "event", "action": {"type": "delay", "ms": _LATE_MS, "overtaken": True}}


def _held_off(status: int, seconds: int) -> dict[str, Any]:
    action = {"type": "status", "status": status, "code": -1003, "retry_after_s": seconds}
    return {"point": "before_parse", "action": action, "times": 1}


class NetworkFaults:
    """Of one house. A class that is not a fault of the venue or its network is none of its own (`knows`)."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._rules: dict[Fault, str] = {}
        self._weather: dict[str, Any] = {}
        self._passed: dict[Fault, int] = {}
        """Bytes through the proxy when the weather began."""
        self._asked = 0
        """The last request before the first fault of those that the venue refuses by."""
        self._happened: set[Fault] = set()

    @property
    def _proxy(self) -> Proxy:
        assert self._house.proxy is not None
        return self._house.proxy

    def knows(self, fault: Fault) -> bool:
        return fault in RULES or fault in WEATHER or fault in _REFUSED or fault in ADDRESSES or fault is Fault.RESET

    def begin(self, planned: Planned) -> None:
        """Let it happen from now on.

        Raises:
            WorldError, AssertionError: it cannot.
        """
        fault, admin = planned.fault, self._house.exchange.admin
        if fault in RULES:
            self._arm(planned)
        elif fault in WEATHER:
            self._passed[fault] = _passed(self._proxy.counters())
            self._weather |= WEATHER[fault](planned.number) | {"seed": self._house.plan.seed}
            self._proxy.weather(**self._weather)
        elif fault is Fault.RESET:
            self._proxy.reset()
        elif fault in _REFUSED:
            self._asked = self._asked or max((row["seq"] for row in admin.requests()), default=0)
            if fault is Fault.CLOCK:
                admin.skew_clock(planned.number)
            else:
                admin.change_keys(self._house.account.name, revoked=True)
        elif fault is Fault.ADDRESS_KILLED:
            self._house.exchange.address(_FIRST).kill("the campaign's plan")
        else:
            self._house.exchange.address(_FIRST).freeze()

    def _arm(self, planned: Planned) -> None:
        rules = [RULES[planned.fault](planned.number)]
        if planned.fault is Fault.EXECUTED:  # else an event would say what became of the order before the answer does not
            rules.append(_late())
        for rule in rules:
            rule["match"] = {**rule.get("match", {}), "account": self._house.account.name}
        answer = self._house.exchange.admin.request("POST", "/admin/faults", json=rules)
        if not answer.ok:
            raise AssertionError(f"the venue should take the faults {rules}, got {answer.status}: {answer.body}")
        self._rules[planned.fault] = str(answer.body["ids"][0])

    def heal(self) -> None:
        """Everything of the venue and before it is as it was."""
        exchange, classes = self._house.exchange, self._house.plan.classes
        self._note_what_happened()
        if Fault.KEY in classes:
            exchange.admin.change_keys(self._house.account.name, revoked=False)
        if Fault.ADDRESS_FROZEN in classes and exchange.address(_FIRST).alive:
            exchange.address(_FIRST).thaw()
        if Fault.ADDRESS_KILLED in classes and not exchange.address(_FIRST).alive:
            exchange.restart_address(_FIRST)
        if self._house.proxy is not None:
            self._house.proxy.heal()
        exchange.admin.heal()
        if Fault.CLOCK in classes:
            exchange.admin.skew_clock(0)

    def happened(self, fault: Fault) -> bool:
        """Whether anything was hit by it, as of the healing."""
        return fault in self._happened

    def _note_what_happened(self) -> None:
        admin = self._house.exchange.admin
        hit = {str(row["rule"]) for row in admin.faults()["hits"]}
        counters = self._house.proxy.counters() if self._house.proxy is not None else {}
        codes = {row["code"] for row in admin.requests(since=self._asked)}
        for fault in self._house.plan.classes:
            if fault in RULES:
                there = self._rules.get(fault) in hit
            elif fault in _COUNTED:
                there = int(counters[_COUNTED[fault]]) > 0
            elif fault in WEATHER:
                there = fault in self._passed and _passed(counters) > self._passed[fault]
            elif fault in _REFUSED:
                there = _REFUSED[fault] in codes
            else:
                there = fault in ADDRESSES and self._address_is_lost(fault)
            if there:
                self._happened.add(fault)

    def _address_is_lost(self, fault: Fault) -> bool:
        address = self._house.exchange.address(_FIRST)
        return address.frozen if fault is Fault.ADDRESS_FROZEN else not address.alive


def _passed(counters: Mapping[str, Any]) -> int:
    """Bytes, both ways."""
    return int(counters["to_server"]) + int(counters["to_client"])


def resume_after_a_revoked_key(house: House) -> None:
    """The operator's word, which the engine waits for once its key was refused (GENESIS-1901); nothing where it was not.

    Raises:
        WorldError: it refuses to.
    """
    health = house.health(house.look())
    if health is not None and health["state"] == "HALTED":
        answer = house.trading().control.control("resume")
        if not answer.ok:
            raise WorldError(f"the engine should resume after its key counts again, got {answer.status}: {answer.body}")
