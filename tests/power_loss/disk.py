"""A disk that remembers: each write, truncation and sync of the files that SQLite and the anchor write, and what a power cut leaves.

A write that was synced is there. Of those after the last sync of their file any may be there, in any order, whole, in part (sectors of 512
bytes) or not at all: that is all that a disk promises.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import apsw

SECTOR = 512


class Write(NamedTuple):
    file: str
    offset: int
    data: bytes


class Truncate(NamedTuple):
    file: str
    size: int


class Sync(NamedTuple):
    file: str


class Acknowledged(NamedTuple):
    """Somebody was told that the journal is durable up to here."""

    seq: int


Operation = Write | Truncate | Sync | Acknowledged


class Disk:
    """What was done to the files of one folder since `start`, which is taken for synced."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.start = {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.endswith("-shm")}
        self.operations: list[Operation] = []
        self.over = False
        self._anchored = {name: len(content) for name, content in self.start.items() if name.endswith(".anchor")}

    def note(self, operation: Operation) -> None:
        """One more, until the run is over."""
        if not self.over:
            self.operations.append(operation)

    def note_anchor(self, path: Path) -> None:
        """The anchor is appended to and synced by the same call; what is new of it is noted after that."""
        content, known = path.read_bytes(), self._anchored.get(path.name, 0)
        if len(content) > known:
            self.operations += [Write(path.name, known, content[known:]), Sync(path.name)]
            self._anchored[path.name] = len(content)

    def acknowledged_before(self, moment: int) -> int:
        """Up to where the journal had been promised when the power went."""
        told = [operation.seq for operation in self.operations[:moment] if isinstance(operation, Acknowledged)]
        return max(told, default=0)

    def image(self, moment: int, chance: random.Random) -> dict[str, bytes]:
        """The files after a power cut before the operation `moment`."""
        files = {name: bytearray(content) for name, content in self.start.items()}
        pending: dict[str, list[Write | Truncate]] = {}
        for operation in self.operations[:moment]:
            if isinstance(operation, Sync):
                for change in pending.pop(operation.file, []):
                    _apply(files, change)
            elif not isinstance(operation, Acknowledged):
                pending.setdefault(operation.file, []).append(operation)
        for changes in pending.values():
            for change in _survivors(changes, chance):
                _apply(files, change)
        return {name: bytes(content) for name, content in files.items()}


def _apply(files: dict[str, bytearray], change: Write | Truncate) -> None:
    content = files.setdefault(change.file, bytearray())
    if isinstance(change, Truncate):
        del content[change.size :]
        return
    content.extend(bytes(max(0, change.offset + len(change.data) - len(content))))
    content[change.offset : change.offset + len(change.data)] = change.data


def _survivors(changes: list[Write | Truncate], chance: random.Random) -> Iterator[Write | Truncate]:
    """Nothing, everything, the first few, any of them, or any sectors of any of them."""
    way = chance.choice(("none", "all", "prefix", "subset", "sectors"))
    if way == "prefix":
        changes = changes[: chance.randint(0, len(changes))]
    for change in changes if way != "none" else ():
        if way in ("all", "prefix") or (way == "subset" and chance.random() < 0.5):
            yield change
        elif way == "sectors":
            yield from _torn(change, chance)


def _torn(change: Write | Truncate, chance: random.Random) -> Iterator[Write | Truncate]:
    if isinstance(change, Truncate):
        if chance.random() < 0.5:
            yield change
        return
    first = change.offset - change.offset % SECTOR
    for start in range(first, change.offset + len(change.data), SECTOR):
        low, high = max(start, change.offset), min(start + SECTOR, change.offset + len(change.data))
        if chance.random() < 0.5:
            yield Write(change.file, low, change.data[low - change.offset : high - change.offset])


class RecordingVfs(apsw.VFS):
    """The system's own files, noted on a `Disk`. It is there as long as somebody holds it."""

    def __init__(self, name: str, disk: Disk) -> None:
        super().__init__(name, "")
        self.name = name
        self.disk = disk

    def xOpen(self, name: Any, flags: list[int]) -> Any:
        return _RecordingFile(name, flags, self.disk)

    def xDelete(self, name: str, syncdir: bool) -> None:
        assert self.disk.over, f"{name}: a log in use is not removed"
        super().xDelete(name, syncdir)


class _RecordingFile(apsw.VFSFile):
    def __init__(self, name: Any, flags: list[int], disk: Disk) -> None:
        super().__init__("", name, flags)
        self._name = Path(name.filename() if isinstance(name, apsw.URIFilename) else str(name)).name
        self._disk = disk

    def xWrite(self, data: bytes, offset: int) -> None:
        super().xWrite(data, offset)
        self._disk.note(Write(self._name, offset, bytes(data)))

    def xTruncate(self, size: int) -> None:
        super().xTruncate(size)
        self._disk.note(Truncate(self._name, size))

    def xSync(self, flags: int) -> None:
        super().xSync(flags)
        self._disk.note(Sync(self._name))
