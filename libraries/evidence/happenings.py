"""What was done to the worlds of a run and what came of it: faults, kills, failovers, restarts, operations. One line of
`<results>/happenings.jsonl` for each test, counted from the history that its keywords wrote; the summary adds the lines up."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec

from libraries.evidence.audit import Verdict
from libraries.world.progress import append_line

HAPPENINGS = "happenings.jsonl"
LOST, PHANTOM, TWICE = "I14", "I15", "I08"
KILL = "kill"
FAULTS: dict[str, str] = {
    "venue killed": "exchange process or address",
    "venue frozen": "exchange process or address",
    "address killed": "exchange process or address",
    "address frozen": "exchange process or address",
    "engine frozen": "engine process",
    "will freeze": "engine process",
    "signalled": "engine process",
    "lack of descriptors": "engine process",
    "output closed": "engine process",
    "watchdog": "engine process",
    "disconnected": "network",
    "network": "network",
    "network cut": "network",
    "network reset": "network",
    "outside call failed": "outside calls",
    "disk error armed": "disk",
    "full disk": "disk",
    "may not write": "disk",
    "database lock held": "database",
    "database killed": "database",
    "database stopped": "database",
    "database frozen": "database",
    "primary database killed": "database",
    "primary node killed": "database",
    "primary node frozen": "database",
    "primary node cut off": "database",
    "standbys stalled": "database",
    "standby nodes killed": "database",
    "etcd killed": "database",
    "cache killed": "cache",
    "cache frozen": "cache",
    "cache full": "cache",
    "cache emptied": "cache",
    "cache corrupted": "cache",
    "password of the cache changed": "cache",
    "alert receiver killed": "monitoring",
    "alert receiver": "monitoring",
    "scrapes that nobody reads": "monitoring",
    "wall clock stepped": "clock",
    "byte flipped": "damaged data",
    "byte of an archive flipped": "damaged data",
    "database cut": "damaged data",
    "database replaced": "damaged data",
    "page wiped": "damaged data",
    "log torn": "damaged data",
    "journal cut": "damaged data",
    "anchor removed": "damaged data",
    "anchor damaged": "damaged data",
    "rows tampered with": "damaged data",
    "api key": "access",
    "trading": "access",
    "crash": "market",
}
"""What a keyword notes when it breaks something -> the class of fault. Rules armed at the venue and faults of a combined round are counted
by their own names."""
HARMLESS = frozenset({"venue thawed", "engine thawed", "venue healed", "disk healed", "will die"})
FAILOVERS = {"standby took over": "standby engine took over", "database primary": "new primary database"}
RULES, TOGETHER = "exchange answers, events and rules", "several at once"
_NO_OPERATION = frozenset({"quiesce"})
"""Questions of the test itself."""


class Happenings(msgspec.Struct, kw_only=True):
    """Of one test. `faults`: class -> what -> times; `recoveries_s`: start to RUNNING of each start on what an earlier process left."""

    suite: str = ""
    test: str = ""
    faults: dict[str, dict[str, int]] = {}
    kills: int = 0
    failovers: dict[str, int] = {}
    recoveries_s: list[float] = []
    acknowledged: int = 0
    refused: int = 0
    indeterminate: int = 0
    lost: int = 0
    phantom: int = 0
    duplicate: int = 0


def counted(records: Iterable[dict[str, Any]], recoveries_s: Sequence[float], verdict: Verdict, expected: Iterable[str]) -> Happenings:
    """`records`: a history's (libraries/world/history.py); `expected`: violations that the test announced, which are no findings."""
    found = Happenings(recoveries_s=[round(seconds, 3) for seconds in recoveries_s])
    asked: set[str] = set()
    outcomes: Counter[str] = Counter()
    for record in records:
        name, operation = str(record["id"]), str(record["op"])
        if record["action"] in _NO_OPERATION:
            continue
        if operation == "invoke":
            asked.add(name)
        elif name in asked:
            outcomes[operation] += 1
        else:
            _note(found, record)
    found.acknowledged, found.refused = outcomes["ok"], outcomes["fail"]
    found.indeterminate = len(asked) - outcomes["ok"] - outcomes["fail"]
    announced = set(expected)
    found.lost, found.phantom, found.duplicate = (_findings(verdict, name, announced) for name in (LOST, PHANTOM, TWICE))
    return found


def _note(found: Happenings, record: dict[str, Any]) -> None:
    action = str(record["action"])
    if action == KILL:
        found.kills += len(record.get("points", ())) or 1
    elif action == "fault armed":
        for kind in _actions(record["what"]):
            _add(found, RULES, kind)
    elif action == "faults together":
        for fault in record["faults"]:
            _add(found, TOGETHER, str(fault))
    elif action in FAILOVERS:
        found.failovers[FAILOVERS[action]] = found.failovers.get(FAILOVERS[action], 0) + 1
    elif action in FAULTS:
        _add(found, FAULTS[action], action)


def _actions(rule: dict[str, Any]) -> list[str]:
    """What an armed rule does, such as `drop`."""
    action = rule.get("action", "rule")
    return [str(one["type"] if isinstance(one, dict) else one) for one in (action if isinstance(action, list) else [action])]


def _add(found: Happenings, kind: str, what: str) -> None:
    of_kind = found.faults.setdefault(kind, {})
    of_kind[what] = of_kind.get(what, 0) + 1


def _findings(verdict: Verdict, invariant: str, announced: set[str]) -> int:
    return 0 if invariant in announced else len(verdict.invariants.get(invariant, {}).get("violations", ()))


def read_history(path: Path, offset: int) -> list[dict[str, Any]]:
    """The records of a history from that byte on (a suite's engine is shared by its tests)."""
    with path.open("rb") as file:
        file.seek(offset)
        return [json.loads(line) for line in file]


def record_happenings(results: Path, suite: str, test: str, found: Happenings) -> None:
    """One line of the run."""
    found.suite, found.test = suite, test
    append_line(results / HAPPENINGS, msgspec.to_builtins(found))
