"""Where a world lives while it runs, what is kept of it, and copies of a dead engine's database."""

from __future__ import annotations

import io
import re
import shutil
import sqlite3
import tarfile
import time
from pathlib import Path

from libraries.evidence.redaction import redact

LONGEST_NAME = 80
SECRET = (".keys", ".key")
"""Endings of files that hold API secrets or private keys: they never leave the world."""
TOLD = ".out"
"""Ending of what a process said on stdout: its first line tells its parent the tokens, so it is kept redacted."""
LARGEST_KEPT = 50 * 1024 * 1024
"""Bytes of one file that go into a kept world; of longer ones only the end."""


def slug(text: str, longest: int = LONGEST_NAME) -> str:
    """`text` as a file name: letters, digits, dot, dash."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", text).strip("-.")[:longest].rstrip("-.") or "x"


def fresh_directory(parent: Path, name: str) -> Path:
    """A new directory `parent/name`, or `name-2`, ... if a test of that name ran before (a repeated test, a template). Nobody else may
    enter it.
    """
    parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = parent / name
    number = 2
    while True:
        try:
            path.mkdir(mode=0o700)
        except FileExistsError:
            path = parent / f"{name}-{number}"
            number += 1
        else:
            return path


def remove(path: Path) -> None:
    """Delete a directory that is ours; what is gone already is no error."""
    shutil.rmtree(path, ignore_errors=True)
    parent = path.parent
    if parent.exists() and not any(parent.iterdir()):
        parent.rmdir()


def pack(target: Path, parts: dict[str, Path]) -> Path:
    """Write `target` (.tar.gz) from directories or files (name inside -> path). A file that is too long keeps its end.

    Files of secrets are left out, what processes said on stdout is redacted (I35).
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(target, "w:gz", compresslevel=3) as archive:
        for name, path in parts.items():
            for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
                if file.is_file() and file.suffix not in SECRET:
                    _add(archive, file, f"{name}/{file.relative_to(path)}" if path.is_dir() else name)
    return target


def _add(archive: tarfile.TarFile, file: Path, name: str) -> None:
    """The size is fixed when the file is opened: a log may still grow."""
    with file.open("rb") as content:
        if file.suffix == TOLD:
            _add_redacted(archive, content.read(LARGEST_KEPT), name)
            return
        information = archive.gettarinfo(arcname=name, fileobj=content)
        if information.size > LARGEST_KEPT:
            content.seek(information.size - LARGEST_KEPT)
            information.size = LARGEST_KEPT
        archive.addfile(information, content)


def _add_redacted(archive: tarfile.TarFile, body: bytes, name: str) -> None:
    text = redact(body.decode(errors="replace")).encode()
    information = tarfile.TarInfo(name)
    information.size, information.mtime, information.mode = len(text), time.time(), 0o600
    archive.addfile(information, io.BytesIO(text))


def copy_database(database: Path, target: Path) -> Path:
    """Copy a database whose engine is dead, with its -wal and -shm, into directory `target`; returns the copy's path."""
    target.mkdir(parents=True, exist_ok=True)
    for suffix in ("", "-wal", "-shm"):
        source = database.with_name(database.name + suffix)
        if source.exists():
            shutil.copy2(source, target / source.name)
    return target / database.name


def read_only(database: Path) -> sqlite3.Connection:
    """A read-only connection (`mode=ro`) with rows by name; waits 2 s for a writer."""
    connection = sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=2)
    connection.row_factory = sqlite3.Row
    return connection
