"""What the outside can cause in a backtest."""

from __future__ import annotations

from pathlib import Path

from genesis.core.errors import DATA, EXIT_DATA, GenesisError


class DataError(GenesisError):
    """Recorded data is missing or wrong (exit 9); the message names file, line, column, what was expected and what came."""

    default_code = DATA
    exit_code = EXIT_DATA


def wrong(file: Path, expected: str, came: str, *, line: int | None = None, column: str | None = None) -> DataError:
    """The error of one place in a file."""
    place = f"{file}" + (f", line {line}" if line is not None else "") + (f", column {column}" if column is not None else "")
    return DataError(f"{place}: expected {expected}, got {came}")
