"""What is packed inside bytes: archives, compressed text, Robot's log strings, databases. Each layer is given out as bytes of its own.

A reader of archives must not be filled up by one: a layer has at most `LARGEST` bytes, layers lie at most `DEEPEST` deep. What is over
that, or is damaged, is `NotDecoded`: it was not looked into, and that is told.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import sqlite3
import tarfile
import tempfile
import zipfile
import zlib
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import chain
from pathlib import Path

LARGEST = 1 << 30
DEEPEST = 6
_PACKED_BASE64 = tuple(re.compile(begin + rb"[A-Za-z0-9+/_-]{20,}") for begin in (b"e[JNAF]", b"H4sI", b"UEsD", b"Qlpo", b"/Td6"))
"""Base64 of what zlib, gzip, zip, bzip2 and xz begin with: the strings of log.html are such (Robot packs the long ones). One pattern of all
would be seven times slower."""
_URL_ALPHABET = bytes.maketrans(b"-_", b"+/")
_TAR_MAGIC = slice(257, 262)
_SQLITE = b"SQLite format 3\0"

Layer = tuple[str, bytes]


class NotDecoded(Exception):
    """A layer that could not be looked into. The text says why."""


def layers(body: bytes) -> Iterator[Layer]:
    """(name, bytes) of each thing that is packed in `body`, one layer deep. Raises NotDecoded."""
    unpack = _whole(body)
    if unpack is not None:
        yield from unpack(body)
        return
    for found in chain.from_iterable(pattern.finditer(body) for pattern in _PACKED_BASE64):
        text = found[0].translate(_URL_ALPHABET)
        packed = b64decode(text[: len(text) - (len(text) % 4 == 1)] + b"==")
        inside = _zlib(packed) if packed[:1] == b"\x78" else _packed_by_name(packed)
        if inside:
            yield f"base64 at {found.start()}", inside


def _whole(body: bytes) -> Callable[[bytes], Iterator[Layer]] | None:
    """How to unpack `body`, if it is packed as a whole."""
    for magic, unpack in _WHOLE.items():
        if body.startswith(magic):
            return unpack
    if body[_TAR_MAGIC] == b"ustar":
        return _tar
    if body[:1] == b"\x78" and len(body) > 2 and int.from_bytes(body[:2]) % 31 == 0 and _zlib(body):
        return lambda packed: iter([("zlib", _zlib(packed))])
    return None


def _packed_by_name(body: bytes) -> bytes:
    """`body` if it can be unpacked: four letters of a word may look like an archive's first bytes."""
    unpack = _whole(body)
    try:
        return body if unpack is not None and list(unpack(body)) else b""
    except NotDecoded:
        return b""


def _zlib(body: bytes) -> bytes:
    """Empty if it is no such stream: two bytes are little to know it by. Of one that is cut off, what there is."""
    stream = zlib.decompressobj()
    try:
        text = stream.decompress(body, LARGEST)
    except zlib.error:
        return b""
    if stream.unconsumed_tail:
        raise NotDecoded(f"a zlib stream holds more than {LARGEST} bytes")
    return text


def _stream(open_stream: Callable[[io.BytesIO], io.BufferedIOBase], name: str) -> Callable[[bytes], Iterator[Layer]]:
    def unpack(body: bytes) -> Iterator[Layer]:
        try:
            with open_stream(io.BytesIO(body)) as stream:
                text = stream.read(LARGEST + 1)
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as error:
            raise NotDecoded(f"damaged {name}: {error}") from None
        if len(text) > LARGEST:
            raise NotDecoded(f"{name} of more than {LARGEST} bytes")
        yield name, text

    return unpack


def _tar(body: bytes) -> Iterator[Layer]:
    try:
        with tarfile.open(fileobj=io.BytesIO(body), mode="r:") as archive:
            for member in archive:
                if member.isfile() and (content := archive.extractfile(member)) is not None:
                    yield member.name, content.read()
    except tarfile.TarError as error:
        raise NotDecoded(f"damaged tar: {error}") from None


def _zip(body: bytes) -> Iterator[Layer]:
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for member in archive.infolist():
                if member.file_size > LARGEST:
                    raise NotDecoded(f"{member.filename} has more than {LARGEST} bytes")
                yield member.filename, archive.read(member)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error) as error:
        raise NotDecoded(f"damaged or encrypted zip: {error}") from None


def _sqlite(body: bytes) -> Iterator[Layer]:
    """Every value: a long one is spread over pages, and a packed one is bytes. One that is damaged was searched as it is."""
    with tempfile.TemporaryDirectory(prefix="genesis-leaks-") as directory:
        copy = Path(directory, "database")
        copy.write_bytes(body)
        try:
            with closing(sqlite3.connect(f"file:{copy}?immutable=1", uri=True)) as database:
                database.text_factory = bytes
                tables = [row[0].decode() for row in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
                for table in tables:
                    yield from _values(database, table)
        except sqlite3.DatabaseError as error:
            raise NotDecoded(f"damaged database: {error}") from None


def _values(database: sqlite3.Connection, table: str) -> Iterator[Layer]:
    texts: list[bytes] = []
    quoted = table.replace('"', '""')
    for row in database.execute(f'SELECT * FROM "{quoted}"'):  # noqa: S608 - a table's own name, quoted
        for value in row:
            if isinstance(value, bytes):
                if _whole(value) is not None:
                    yield f"{table}, a packed value", value
                texts.append(value)
    yield table, b"\n".join(texts)


_WHOLE: dict[bytes, Callable[[bytes], Iterator[Layer]]] = {
    b"\x1f\x8b": _stream(lambda body: gzip.GzipFile(fileobj=body), "gzip"),
    b"BZh": _stream(bz2.BZ2File, "bzip2"),
    b"\xfd7zXZ": _stream(lzma.LZMAFile, "xz"),
    b"PK\x03\x04": _zip,
    _SQLITE: _sqlite,
}
