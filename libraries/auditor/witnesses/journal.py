"""Witness A: the audit chain, i.e. the `events` table, the commits beside it and the anchor file (docs/engine.md, Database)."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from libraries.auditor.witnesses import files

GENESIS_HASH = "0" * 64


@dataclass(frozen=True)
class Event:
    """One fact. `data` is the decoded payload; when it could not be decoded it is empty and `problem` says why."""

    seq: int
    epoch: int
    wall_ms: int
    mono_ns: int
    kind: str
    correlation_id: str
    payload: str
    prev_hash: str
    hash: str
    data: dict[str, Any]
    problem: str = ""

    @property
    def where(self) -> str:
        return f"events seq={self.seq} ({self.kind})"

    def computed_hash(self) -> str:
        parts = (self.prev_hash, self.seq, self.epoch, self.wall_ms, self.mono_ns, self.kind, self.correlation_id, self.payload)
        return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()

    def inner(self, key: str) -> dict[str, Any]:
        """The object under `key` (order, fill, signal); empty if there is none."""
        value = self.data.get(key)
        return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class Commit:
    last_seq: int
    committed_ns: int


@dataclass
class Journal:
    """The events in order of `seq`, with the look-ups that several invariants need."""

    events: list[Event]
    commits: list[Commit]  # by last_seq
    by_kind: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    by_seq: dict[int, Event] = field(default_factory=dict)
    intents: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))  # client order id -> OrderIntended
    changes: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))  # client order id -> OrderChanged
    fills: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))  # client order id -> OrderFilled
    signals: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))  # signal id -> SignalReceived

    def __post_init__(self) -> None:
        for event in self.events:
            self.by_kind[event.kind].append(event)
            self.by_seq[event.seq] = event
        for event in self.by_kind["OrderIntended"]:
            self.intents[str(event.inner("order").get("client_order_id"))].append(event)
        for event in self.by_kind["OrderChanged"]:
            self.changes[str(event.data.get("client_order_id"))].append(event)
        for event in self.by_kind["OrderFilled"]:
            self.fills[str(event.inner("fill").get("client_order_id"))].append(event)
        for event in self.by_kind["SignalReceived"]:
            self.signals[str(event.inner("signal").get("signal_id"))].append(event)

    def limits(self) -> dict[str, str]:
        """The limits of the configuration by their keys, as the facts leave them."""
        known: dict[str, str] = {}
        for event in self.by_kind["LimitsChanged"]:
            known |= {str(change.get("key")): str(change.get("after")) for change in event.data.get("changes") or ()}
        return known

    @property
    def head(self) -> Event | None:
        return self.events[-1] if self.events else None

    def committed_ns(self, seq: int) -> int | None:
        """When the commit that covers `seq` had returned; None where the process ended before it could say so.

        A commit of a later process says nothing about what an earlier one had committed.
        """
        at = bisect_left(self.commits, seq, key=lambda commit: commit.last_seq)
        if seq not in self.by_seq or at == len(self.commits):
            return None
        commit = self.commits[at]
        last = self.by_seq.get(commit.last_seq)
        return commit.committed_ns if last is not None and last.epoch == self.by_seq[seq].epoch else None

    def clean_stop(self) -> Event | None:
        """The EngineStopped fact of the last epoch if it says clean, else None."""
        last = self.by_kind["EngineStopped"][-1:] if self.by_kind.get("EngineStopped") else []
        if not last or self.head is None or last[0].epoch != self.head.epoch:
            return None
        return last[0] if last[0].data.get("clean") is True else None


def event_from(raw: dict[str, Any]) -> Event:
    """An event out of its columns; an undecodable payload is kept for the invariants to report."""
    names = ("seq", "epoch", "wall_ms", "mono_ns", "kind", "correlation_id", "payload", "prev_hash", "hash")
    columns = {name: raw[name] for name in names}
    try:
        return Event(**columns, data=files.decode(str(columns["payload"])))
    except ValueError as error:
        return Event(**columns, data={}, problem=f"payload is not a JSON object: {error}")


@dataclass(frozen=True)
class Anchor:
    """A promise about the chain: the event `seq` has this hash. From the side file or from the history of the tests."""

    where: str
    seq: int
    hash: str
    reason: str


@dataclass(frozen=True)
class AnchorFile:
    anchors: list[Anchor]
    damaged: list[str]  # lines that are no anchors: evidence of tampering, reported by I19
    torn: str = ""  # a last line without line feed: what a killed writer leaves


def read_anchors(path: Path) -> AnchorFile:
    """Raises WitnessError if the file is missing or unreadable."""
    body = files.read(path, "anchor")
    whole, _, torn = body.rpartition(b"\n")
    anchors: list[Anchor] = []
    damaged: list[str] = []
    for number, line in enumerate(whole.splitlines(), start=1):
        try:
            data = files.decode(line)
            anchors.append(Anchor(f"anchor line {number}", int(data["seq"]), str(data["hash"]), str(data["reason"])))
        except (ValueError, KeyError, TypeError):
            damaged.append(f"anchor line {number}")
    return AnchorFile(anchors, damaged, torn[:80].decode(errors="replace"))
