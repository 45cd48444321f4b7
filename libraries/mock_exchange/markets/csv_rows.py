"""CSV rows of recorded markets (columns of Binance's public trade dumps and of best bid/ask recordings), checked cell by cell. Pure.

Numbers in public dumps carry float dirt (`0.00031099999999999997`, `2e-06`). They are read as decimals, exactly as written, and rounded
DOWN to the symbol's step or tick: dirt below a step's multiple costs that whole step. Nothing is ever read as a float.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from decimal import ROUND_DOWN, Decimal
from pathlib import Path

from ..core.venue_events import E8
from .problems import read_bytes, wrong

_NUMBER = re.compile(r"[0-9]{1,20}(\.[0-9]{1,40})?([eE][-+]?[0-9]{1,2})?")
_INTEGER = re.compile(r"[0-9]{1,18}")
_TRUTH = {"true": True, "false": False}
_MAX = 10**12 * E8


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

    def truth(self, column: str) -> bool:
        text = self._cells[column]
        if text.lower() not in _TRUTH:
            raise wrong(self.file, "True or False", repr(text), line=self.line, column=column)
        return _TRUTH[text.lower()]

    def units(self, column: str) -> int:
        """A positive amount in units of 1e-8, further decimals cut off (rounded down)."""
        text = self._cells[column]
        value = Decimal(text) if _NUMBER.fullmatch(text) else Decimal(0)
        units = int(value.scaleb(8).to_integral_value(ROUND_DOWN)) if value < Decimal(_MAX) else _MAX
        if value <= 0 or units >= _MAX:
            raise wrong(self.file, "a positive decimal number", repr(text), line=self.line, column=column)
        return units

    def text(self, column: str) -> str:
        return self._cells[column]


def rows(file: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    """The rows below the header, which must name at least `columns` (others are ignored).

    Raises:
        MarketError: unreadable, not UTF-8, a column missing, a row with too many or too few cells, no row at all.
    """
    try:
        text = read_bytes(file).decode("utf-8")
    except UnicodeDecodeError as error:
        raise wrong(file, "UTF-8 text", f"byte {error.object[error.start]:#04x} at offset {error.start}") from error
    reader = csv.reader(text.splitlines())
    header = next(reader, [])
    for column in columns:
        if column not in header:
            raise wrong(
                file, f"a header with the columns {', '.join(columns)}", ", ".join(header) or "an empty line", line=1, column=column
            )
    empty = True
    for cells in reader:
        if len(cells) != len(header):
            raise wrong(file, f"{len(header)} cells", f"{len(cells)}", line=reader.line_num)
        empty = False
        yield Row(file, reader.line_num, dict(zip(header, cells, strict=True)))
    if empty:
        raise wrong(file, "at least one row below the header", "none")
