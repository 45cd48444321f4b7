"""Rows of recorded CSV files (public dumps, best bid/ask recordings), read as a stream and checked cell by cell.

Files come plain or as the one file of a .zip, with or without a header. Numbers in public dumps carry float dirt
(`0.00031099999999999997`, `2e-06`). They are read as decimals, exactly as written, and rounded DOWN to the symbol's step or tick: dirt
below a step's multiple costs that whole step. Nothing is ever read as a float.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import ROUND_DOWN, Decimal
from pathlib import Path
from typing import IO

import msgspec

from ..core.venue_events import E8
from ..errors import MarketError
from .problems import wrong

_NUMBER = re.compile(r"[0-9]{1,20}(\.[0-9]{1,40})?([eE][-+]?[0-9]{1,2})?")
_INTEGER = re.compile(r"[0-9]{1,18}")
_TRUTH = {"true": True, "false": False}
_MAX = 10**12 * E8
_LONGEST_LINE = 64 * 1024
_MICROSECONDS_FROM = 10**14
"""A time from here on is in microseconds (the public spot dumps since 2025-01-01): as milliseconds it would lie in the year 5138."""


class Layout(msgspec.Struct, frozen=True):
    """The columns of a kind of file, in the order that they have without a header."""

    columns: tuple[str, ...]
    needed: frozenset[str]
    aliases: dict[str, str] = {}
    """Other names that headers use, written small and without underscores -> ours."""


class Row:
    """One row: cells by column name; each getter raises MarketError naming file, line and column."""

    def __init__(self, file: Path, line: int, cells: dict[str, str]) -> None:
        self.file = file
        self.line = line
        self._cells = cells

    def integer(self, column: str) -> int:
        text = self._cells[column]
        if not _INTEGER.fullmatch(text):
            raise wrong(self.file, "a whole number", repr(text), line=self.line, column=column)
        return int(text)

    def time_ms(self, column: str) -> int:
        """A time in milliseconds; microseconds are told by their size and cut off."""
        time = self.integer(column)
        return time // 1000 if time >= _MICROSECONDS_FROM else time

    def truth(self, column: str) -> bool:
        text = self._cells[column]
        if text.lower() not in _TRUTH:
            raise wrong(self.file, "True or False", repr(text), line=self.line, column=column)
        return _TRUTH[text.lower()]

    def units(self, column: str, *, zero: bool = False) -> int:
        """A positive amount (with `zero` also 0) in units of 1e-8, further decimals cut off (rounded down)."""
        text = self._cells[column]
        value = Decimal(text) if _NUMBER.fullmatch(text) else Decimal(-1)
        units = int(value.scaleb(8).to_integral_value(ROUND_DOWN)) if value < Decimal(_MAX) else _MAX
        if value < 0 or (value == 0 and not zero) or units >= _MAX:
            expected = "a decimal number, 0 or more" if zero else "a positive decimal number"
            raise wrong(self.file, expected, repr(text), line=self.line, column=column)
        return units

    def text(self, column: str) -> str:
        return self._cells[column]

    def has(self, column: str) -> bool:
        return column in self._cells


def rows(file: Path, layout: Layout) -> Iterator[Row]:
    """The rows, one after another; the file is never in memory as a whole.

    Raises:
        MarketError: unreadable, not UTF-8, a column missing, a row with too many or too few cells, no row at all.
    """
    with _opened(file) as content:
        reader = csv.reader(_lines(file, content))
        header: list[str] | None = None
        empty = True
        for cells in reader:
            if header is None:
                header, is_header = _header(file, cells, layout)
                if is_header:
                    continue
            if len(cells) != len(header):
                raise wrong(file, f"{len(header)} cells", f"{len(cells)}", line=reader.line_num)
            empty = False
            yield Row(file, reader.line_num, dict(zip(header, cells, strict=True)))
    if empty:
        raise wrong(file, "at least one row below the header" if header else "at least one row", "none")


def _header(file: Path, cells: list[str], layout: Layout) -> tuple[list[str], bool]:
    """The columns' names, and whether the first line says them. A first line that begins with a digit is a row."""
    if cells and cells[0][:1].isdigit():
        if len(cells) != len(layout.columns):
            raise wrong(file, f"a header, or the {len(layout.columns)} cells {', '.join(layout.columns)}", f"{len(cells)} cells", line=1)
        return list(layout.columns), False
    names = [_named(cell, layout) for cell in cells]
    for column in layout.columns:
        if column in layout.needed and column not in names:
            wanted = ", ".join(each for each in layout.columns if each in layout.needed)
            raise wrong(file, f"a header with the columns {wanted}", ", ".join(cells) or "an empty line", line=1, column=column)
    return names, True


def _named(cell: str, layout: Layout) -> str:
    plain = cell.strip().lower().replace("_", "")
    for column in layout.columns:
        if plain == column.replace("_", ""):
            return column
    return layout.aliases.get(plain, cell)


def _lines(file: Path, content: IO[bytes]) -> Iterator[str]:
    number = 0
    while line := content.readline(_LONGEST_LINE):
        number += 1
        if len(line) == _LONGEST_LINE and not line.endswith(b"\n"):
            raise wrong(file, f"lines of less than {_LONGEST_LINE} bytes", "a longer one", line=number)
        try:
            yield line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            came = f"byte {error.object[error.start]:#04x} at offset {error.start}"
            raise wrong(file, "UTF-8 text", came, line=number) from error


@contextmanager
def _opened(file: Path) -> Iterator[IO[bytes]]:
    try:
        if file.suffix == ".zip":
            with _unzipped(file) as content:
                yield content
        else:
            with file.open("rb") as content:
                yield content
    except OSError as error:
        raise MarketError(f"{file}: expected a readable file, came: {error.strerror}; check the path") from error


@contextmanager
def _unzipped(file: Path) -> Iterator[IO[bytes]]:
    import zipfile  # noqa: PLC0415 - only archives need it, and start-up time counts

    try:
        with zipfile.ZipFile(file) as archive:
            names = archive.namelist()
            if len(names) != 1:
                raise wrong(file, "an archive of one CSV file", f"{len(names)} files")
            with archive.open(names[0]) as content:
                yield content
    except zipfile.BadZipFile as error:
        raise wrong(file, "a .zip archive", str(error)) from error
