"""Witness H: what the tests asked for and what they were told, one flat JSON object a line (written by the keywords' side).

    {"op": "invoke", "id": "h1", "action": "signal", "mono_ns": 1, "signal_id": "s-1", "symbol": "BTCUSDT", "side": "BUY"}
    {"op": "ok",     "id": "h1", "action": "signal", "mono_ns": 2, "signal_id": "s-1", "client_order_id": "gabc123-1"}

- `op`: invoke (about to ask), ok (acknowledged), fail (surely did not happen: refused), info (nobody knows: timeout, lost
  answer; or something that was done to the world, which demands nothing).
- `id` joins the records of one invocation; an invoke without an outcome counts as info.
- `action`: "signal" (POST /signals), "cancel" (POST /orders/{id}/cancel), "pause", "resume", "halt", "quiesce", "kill" (the kill
  switch) and "release" are checked (I14, I15, I24); others demand nothing. Any record that carries `journal_seq` and `head_hash` (what
  a quiesce answered) is one more anchor of the chain (I19).
- Actions with op info that are checked: "stop" with `exit_code` (I32); "kill", "watchdog", "disconnected", "venue killed", "address
  killed" and every record with `injected` true (I30); "leaks" with `found` (list of texts) and series over cycles of `descriptors`,
  `threads`, `connections`, `children`, `files`, `ports`, `rss_kb` (I33); any record's `situation` or `point` (I36).
- `mono_ns`: monotonic clock, before the request for invoke, after the answer for the others.
- `signal_id` and `client_order_id` wherever they are known. Other keys are ignored.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from libraries.auditor.witnesses import files
from libraries.auditor.witnesses.errors import WitnessError
from libraries.auditor.witnesses.journal import Anchor

OPS = ("invoke", "ok", "fail", "info")


@dataclass(frozen=True)
class Record:
    line: int
    op: str
    id: str
    action: str
    mono_ns: int
    data: dict[str, Any]

    @property
    def where(self) -> str:
        return f"history line {self.line} ({self.action} {self.op})"

    def text(self, key: str) -> str | None:
        found = self.data.get(key)
        return None if found is None else str(found)


@dataclass
class Invocation:
    """One request of a test: what was asked and how it ended ("info" while nothing is known)."""

    action: str
    asked: Record | None = None
    ended: Record | None = None

    @property
    def outcome(self) -> str:
        return self.ended.op if self.ended else "info"

    def text(self, key: str) -> str | None:
        """`key` of the answer, else of the question."""
        answered = self.ended.text(key) if self.ended else None
        return answered if answered is not None or self.asked is None else self.asked.text(key)


@dataclass
class History:
    records: list[Record]
    invocations: list[Invocation] = field(default_factory=list)

    def __post_init__(self) -> None:
        by_id: dict[tuple[str, str], Invocation] = {}
        for record in self.records:
            key = (record.action, record.id)
            invocation = by_id.get(key)
            if invocation is None:
                invocation = by_id[key] = Invocation(record.action)
                self.invocations.append(invocation)
            if record.op == "invoke":
                invocation.asked = record
            else:
                invocation.ended = record

    def of(self, action: str) -> list[Invocation]:
        return [invocation for invocation in self.invocations if invocation.action == action]

    def anchors(self) -> list[Anchor]:
        """The promises about the chain that the engine gave to the tests (answers to quiesce)."""
        return [
            Anchor(record.where, int(record.data["journal_seq"]), str(record.data["head_hash"]), "quiesce")
            for record in self.records
            if record.data.get("journal_seq") is not None and record.data.get("head_hash") is not None
        ]


def read_history(path: Path) -> History:
    """Raises WitnessError if the file is missing, cut inside a line, or holds a line that is no record."""
    lines = files.whole_lines(files.read(path, "history"), path, "history")
    return History([_record(number, line, path) for number, line in enumerate(lines, start=1)])


def _record(number: int, line: bytes, path: Path) -> Record:
    try:
        data = files.decode(line)
        record = Record(number, data["op"], str(data["id"]), str(data["action"]), int(data["mono_ns"]), data)
    except (ValueError, KeyError, TypeError) as error:
        raise WitnessError(f"history {path}: line {number}: expected op, id, action and mono_ns, got {line[:80]!r} ({error})") from error
    if record.op not in OPS:
        raise WitnessError(f"history {path}: line {number}: expected op to be one of {', '.join(OPS)}, got {record.op!r}")
    return record
