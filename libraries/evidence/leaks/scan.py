"""One file, or a whole directory of results: which secrets are in it, in whatever form."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path

from libraries.evidence.leaks.decoding import DEEPEST, LARGEST, NotDecoded, layers
from libraries.evidence.leaks.needles import needles, occurrences

ALONE = 32 << 20
"""Bytes up to which one process is sooner done than two are started."""
PROCESSES = 2


@dataclass(frozen=True)
class Leak:
    """Where a secret was found: the file, the way into it, the form, the offset there. Never the secret."""

    path: str
    form: str
    offset: int
    inside: str = ""


@dataclass
class Found:
    """What a scan saw. `bytes`: as they lie on the disk. `unread`: what could not be looked into, with the reason."""

    files: int = 0
    bytes: int = 0
    leaks: list[Leak] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def add(self, other: Found) -> None:
        self.files += other.files
        self.bytes += other.bytes
        self.leaks += other.leaks
        self.unread += other.unread


def scan_bytes(path: str, body: bytes, wanted: dict[str, bytes]) -> Found:
    """All layers of `body`; `path` is what leaks are reported under. Each form is reported once a layer."""
    found = Found()
    _look(path, "", body, wanted, found)
    return found


def _look(path: str, inside: str, body: bytes, wanted: dict[str, bytes], found: Found) -> None:
    if inside.count(" > ") >= DEEPEST:
        found.unread.append(f"{path}{inside}: packed more than {DEEPEST} times")
        return
    within = Found()
    try:
        for name, layer in layers(body):
            _look(path, f"{inside} > {name}", layer, wanted, within)
    except NotDecoded as error:
        found.unread.append(f"{path}{inside}: {error}")
    named = {leak.form for leak in within.leaks}  # what is archived without being packed shows from outside too
    found.leaks += [Leak(path, form, at, inside) for form, at in occurrences(body, wanted).items() if form not in named]
    found.add(within)


def scan_file(root: Path, path: Path) -> Found:
    """A file of `root`, and all that is packed in it."""
    name = str(path.relative_to(root))
    try:
        size = path.stat().st_size
        if size > LARGEST:
            return Found(1, size, unread=[f"{name}: more than {LARGEST} bytes"])
        found = scan_bytes(name, path.read_bytes(), needles())
    except OSError as error:
        return Found(1, unread=[f"{name}: {error.strerror}"])
    found.files, found.bytes = 1, size
    return found


def scan_directory(root: Path, since: float = 0.0) -> Found:
    """All regular files below `root`; links are not followed, what they name is a file of its own or not of this run. `since`: only files
    that changed at or after that moment (seconds of the epoch).
    """
    files = sorted((path for path in _files(root) if _changed(path) >= since), key=_size, reverse=True)
    total = Found()
    if sum(map(_size, files)) <= ALONE:
        for file in files:
            total.add(scan_file(root, file))
        return total
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        for found in pool.map(scan_file, [root] * len(files), files):
            total.add(found)
    return total


def _files(root: Path) -> Iterator[Path]:
    return (path for path in root.rglob("*") if path.is_file() and not path.is_symlink())


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # as below
        return float("inf")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:  # it went away, or nobody may ask: reading it will tell
        return 0
