"""Rows of public CSV dumps, plain or as the one file of a .zip, with or without a header, read as a stream.

Amounts are read as decimals exactly as written, cut to 8 places; nothing is ever read as a float.
"""

from __future__ import annotations

import csv
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import IO, Final

import msgspec

from genesis.backtesting.errors import DataError, wrong
from genesis.core.money import ZERO, truncate8

Meter = Callable[[int], None]
"""Told how many bytes were read."""

_NUMBER: Final = re.compile(r"[0-9]{1,20}(\.[0-9]{1,40})?([eE][-+]?[0-9]{1,2})?")
_INTEGER: Final = re.compile(r"[0-9]{1,18}")
_MOST: Final = Decimal(10) ** 12
_LONGEST_LINE: Final = 65_536
_MICROSECONDS_FROM: Final = 10**14
"""A time from here on is in microseconds (public spot dumps since 2025): as milliseconds it would lie in the year 5138."""


class Layout(msgspec.Struct, frozen=True):
    """The columns of a kind of dump, in the order that they have without a header."""

    name: str
    columns: tuple[str, ...]
    needed: frozenset[str]
    aliases: dict[str, str] = {}
    """Other names that headers use, written small and without underscores -> ours."""


class Row:
    """One row: cells by column name; each getter raises DataError naming file, line and column."""

    def __init__(self, file: Path, line: int, cells: dict[str, str]) -> None:
        self.file = file
        self.line = line
        self._cells = cells

    def wrong(self, column: str, expected: str) -> DataError:
        """The error of one cell."""
        return wrong(self.file, expected, repr(self._cells[column][:60]), line=self.line, column=column)

    def time_ms(self, column: str) -> int:
        """A time in milliseconds; microseconds are told by their size and cut off."""
        text = self._cells[column]
        if not _INTEGER.fullmatch(text):
            raise self.wrong(column, "a time in milliseconds or microseconds")
        return int(text) // 1000 if int(text) >= _MICROSECONDS_FROM else int(text)

    def amount(self, column: str, *, zero: bool = False) -> Decimal:
        """A positive amount (with `zero` also 0), cut to 8 places."""
        text = self._cells[column]
        value = Decimal(text) if _NUMBER.fullmatch(text) else Decimal(-1)
        amount = truncate8(value) if ZERO <= value < _MOST else Decimal(-1)
        if amount < ZERO or (amount == ZERO and not zero):
            raise self.wrong(column, f"a decimal number {'from 0' if zero else 'above 0'} to {_MOST}")
        return amount


def rows(file: Path, layouts: tuple[Layout, ...], meter: Meter) -> Iterator[tuple[Layout, Row]]:
    """The rows, one after another, with the layout that the first line shows; the file is never in memory as a whole.

    Raises:
        DataError: unreadable, not UTF-8, of no known layout, a row with too many or too few cells, no row at all.
    """
    with _opened(file) as content:
        reader = csv.reader(_lines(file, content, meter))
        layout: Layout | None = None
        names: list[str] = []
        empty = True
        for cells in reader:
            if layout is None:
                layout, names, is_header = _layout(file, cells, layouts)
                if is_header:
                    continue
            if len(cells) != len(names):
                raise wrong(file, f"{len(names)} cells", str(len(cells)), line=reader.line_num)
            empty = False
            yield layout, Row(file, reader.line_num, dict(zip(names, cells, strict=True)))
    if empty:
        raise wrong(file, "at least one row", "none")


def _layout(file: Path, cells: list[str], layouts: tuple[Layout, ...]) -> tuple[Layout, list[str], bool]:
    """The layout, the columns' names, and whether the first line is a header. A line that begins with a digit is a row."""
    kinds = "; ".join(f"{layout.name}: {len(layout.columns)} cells {', '.join(layout.columns)}" for layout in layouts)
    if cells and cells[0][:1].isdigit():
        for layout in layouts:
            if len(cells) == len(layout.columns):
                return layout, list(layout.columns), False
        raise wrong(file, f"a row of one of the dumps ({kinds})", f"{len(cells)} cells", line=1)
    for layout in layouts:
        names = [_named(cell, layout) for cell in cells]
        if layout.needed <= set(names):
            return layout, names, True
    raise wrong(file, f"a header with the columns of one of the dumps ({kinds})", ", ".join(cells)[:120] or "an empty line", line=1)


def _named(cell: str, layout: Layout) -> str:
    plain = cell.strip().lower().replace("_", "")
    for column in layout.columns:
        if plain == column.replace("_", ""):
            return column
    return layout.aliases.get(plain, cell)


def _lines(file: Path, content: IO[bytes], meter: Meter) -> Iterator[str]:
    number = 0
    while line := content.readline(_LONGEST_LINE):
        number += 1
        meter(len(line))
        if len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
            raise wrong(file, f"lines of less than {_LONGEST_LINE} bytes", "a longer one", line=number)
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise wrong(file, "UTF-8 text", f"the byte {error.object[error.start]:#04x}", line=number) from error


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    try:
        if file.suffix == ".zip":
            with zipfile.ZipFile(file) as archive, archive.open(_only(file, archive)) as content:
                yield content
        else:
            with file.open("rb") as content:
                yield content
    except OSError as error:
        raise DataError(f"{file}: expected a readable file, got: {error.strerror or error}; check the path") from error
    except zipfile.BadZipFile as error:
        raise wrong(file, "a .zip archive", str(error)) from error


def _only(file: Path, archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    entries = archive.infolist()
    if len(entries) != 1:
        raise wrong(file, "an archive of one CSV file", f"{len(entries)} files")
    return entries[0]


def content_bytes(file: Path) -> int:
    """How many bytes `rows` will read of `file`.

    Raises:
        DataError: it cannot be read.
    """
    try:
        if file.suffix == ".zip":
            with zipfile.ZipFile(file) as archive:
                return _only(file, archive).file_size
        return file.stat().st_size
    except OSError as error:
        raise DataError(f"{file}: expected a readable file, got: {error.strerror or error}; check the path") from error
    except zipfile.BadZipFile as error:
        raise wrong(file, "a .zip archive", str(error)) from error
