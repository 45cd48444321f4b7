"""Where transactions end in a SQLite write-ahead log (a public format: 32 bytes of header, then frames of 24 bytes and a page)."""

from __future__ import annotations

from pathlib import Path

_HEADER, _FRAME = 32, 24


def commits_of(log: Path) -> list[int]:
    """Offsets of the frames that end a transaction, of those that bear the log's present salts."""
    raw = log.read_bytes()
    if len(raw) < _HEADER:
        return []
    length = _FRAME + int.from_bytes(raw[8:12], "big")
    starts = range(_HEADER, len(raw) - length + 1, length)
    return [start for start in starts if raw[start + 8 : start + 16] == raw[16:24] and int.from_bytes(raw[start + 4 : start + 8], "big")]
