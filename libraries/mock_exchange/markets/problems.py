"""How this package names what is wrong with a file: file, line, column, what was expected, what came."""

from __future__ import annotations

from pathlib import Path

from ..errors import MarketError


def wrong(file: Path, expected: str, came: str, *, line: int | None = None, column: str | None = None) -> MarketError:
    """The error to raise (exit code 3). `column` is a CSV column's or a key's name, `line` counts from 1."""
    where = str(file)
    if line is not None:
        where += f", line {line}"
    if column is not None:
        where += f", column {column}"
    return MarketError(f"{where}: expected {expected}, came {came}; correct the file")


def read_bytes(file: Path) -> bytes:
    """The file's content. Raises MarketError if it cannot be read."""
    try:
        return file.read_bytes()
    except OSError as error:
        raise MarketError(f"{file}: expected a readable file, came: {error.strerror}; check the path") from error
