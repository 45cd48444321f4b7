"""Witness A, its older part: events of closed days in the files that the table `archives` names (docs/engine.md, Database)."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from libraries.auditor.witnesses import files
from libraries.auditor.witnesses.journal import Commit, Event, event_from


@dataclass(frozen=True)
class Wrong:
    """What an archive is not."""

    what: str
    expected: str
    got: str
    where: str


@dataclass
class Archives:
    """The events in the order of the files; what is wrong with the files themselves is I19's to tell."""

    events: list[Event] = field(default_factory=list)
    commits: list[Commit] = field(default_factory=list)
    wrong: list[Wrong] = field(default_factory=list)


def read_archives(rows: Sequence[Mapping[str, Any]], database: Path) -> Archives:
    """Read every file that the table names."""
    found = Archives()
    for row in sorted(rows, key=lambda row: int(row["last_seq"])):
        _read(found, row, database.with_name(f"{database.name}.archive") / str(row["file"]))
    return found


def _read(found: Archives, row: Mapping[str, Any], path: Path) -> None:
    where = f"archive {path.name}"
    try:
        packed = path.read_bytes()
    except OSError as error:
        found.wrong.append(Wrong("file of an archive", "a file that can be read", str(error.strerror), where))
        return
    digest = hashlib.sha256(packed).hexdigest()
    if digest != row["sha256"]:
        found.wrong.append(Wrong("sha256 of an archive", str(row["sha256"]), digest, where))
    try:
        raws = [files.decode(line) for line in gzip.decompress(packed).splitlines()]
        events = [event_from(raw) for raw in raws]
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        found.wrong.append(Wrong("content of an archive", "events, one a line", str(error), where))
        return
    found.events += events
    found.commits += [Commit(raw["seq"], raw["committed_ns"]) for raw in raws if raw.get("committed_ns") is not None]
    ends = [(events[0].seq, events[0].prev_hash), (events[-1].seq, events[-1].hash)] if events else []
    recorded = [(row["first_seq"], row["prev_hash"]), (row["last_seq"], row["last_hash"])]
    if ends != recorded:
        found.wrong.append(Wrong("first and last event of an archive", str(recorded), str(ends), where))
