"""What a write-ahead log holds beyond the point up to which SQLite believes it.

SQLite reads the log up to the last commit before the first frame whose checksum is wrong, and silently forgets the rest. The rest is
harmless when it never was acknowledged: frames of a transaction that was being written when the process or the power died. With
synchronous=FULL a transaction is on disk before the next one begins, so of the marks of commits beyond that point only the last can
be of a transaction that nobody was told of: two are proof that acknowledged facts are gone.
"""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Final, NamedTuple

_HEADER: Final = struct.Struct(">8I")  # magic, format, page size, checkpoint number, salt, salt, checksum, checksum
_FRAME: Final = struct.Struct(">6I")  # page, size of the database after a commit or 0, salt, salt, checksum, checksum
_MAGIC: Final = (0x377F0682, 0x377F0683)  # the lowest bit: checksums are over big-endian words
_INDEX: Final = struct.Struct("=4I2I")  # version, unused, changes, flags and page size; last believed frame, pages
_SALTS: Final = slice(2, 4)


class Tail(NamedTuple):
    """What follows the last believed frame. `commits`: marks of commits there. `torn`: something there may have been acknowledged."""

    commits: int
    torn: bool
    believed: frozenset[int]
    """Pages that the believed part holds."""


NOTHING: Final = Tail(0, False, frozenset())


def tail(database: Path) -> Tail:
    """Look behind SQLite's back. A connection must have begun to read: it leaves in the index how far it believes the log."""
    log = database.with_name(database.name + "-wal")
    if not log.exists() or log.stat().st_size == 0:
        return NOTHING
    with log.open("rb") as file:
        header = file.read(_HEADER.size)
        if not _whole(header):
            return _without_header(file.fileno(), header)
        return _beyond(file.fileno(), _HEADER.unpack(header), _last_believed(database))


def _whole(header: bytes) -> bool:
    if len(header) < _HEADER.size or _HEADER.unpack(header)[0] not in _MAGIC:
        return False
    words = _HEADER.unpack(header)
    order = ">" if words[0] & 1 else "<"
    first = second = 0
    summed = struct.unpack(f"{order}6I", header[:24])
    for left, right in zip(summed[::2], summed[1::2], strict=True):
        first = (first + left + second) & 0xFFFFFFFF
        second = (second + right + first) & 0xFFFFFFFF
    return (first, second) == words[6:8]


def _last_believed(database: Path) -> int:
    with database.with_name(database.name + "-shm").open("rb") as index:
        return int(_INDEX.unpack(index.read(_INDEX.size))[4])


def _beyond(descriptor: int, header: tuple[int, ...], last: int) -> Tail:
    """Count the commits of this log's own salts behind the frame `last` (numbered from 1); older frames have other salts."""
    size, salts = header[2], header[4:6]
    length = _FRAME.size + size
    end = os.fstat(descriptor).st_size
    commits, torn, pages = 0, False, set()
    for start in range(_HEADER.size, end, length):
        number = (start - _HEADER.size) // length + 1
        head = os.pread(descriptor, _FRAME.size, start)
        if len(head) < _FRAME.size:
            torn = True  # too short to tell: it may have been anything
            break
        frame = _FRAME.unpack(head)
        if number <= last:
            pages.add(frame[0])
        elif frame[_SALTS] == salts and frame[1]:
            torn = True
            commits += 1
    return Tail(commits, torn, frozenset(pages))


def _without_header(descriptor: int, header: bytes) -> Tail:
    """Nothing of the log is believed. Its header is on disk before its first frame: this is no work of a crash, unless it is all zeros."""
    size = _HEADER.unpack(header)[2] if len(header) == _HEADER.size else 0
    if size not in {1 << bits for bits in range(9, 17)}:
        size = 4096
    commits = 0
    for start in range(_HEADER.size, os.fstat(descriptor).st_size, _FRAME.size + size):
        head = os.pread(descriptor, _FRAME.size, start)
        commits += len(head) == _FRAME.size and _FRAME.unpack(head)[1] != 0
    return Tail(commits, bool(any(header)), frozenset())
