"""Whole files and JSON lines, with errors that name the witness."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from libraries.auditor.amounts import Fractional
from libraries.auditor.witnesses.errors import WitnessError

_DECODER = json.JSONDecoder(parse_float=Fractional, parse_constant=Fractional)


def read(path: Path, witness: str, limit: int | None = None) -> bytes:
    """The first `limit` bytes (None = all) of `path`.

    Raises:
        WitnessError: no such file, a directory, not permitted, or shorter than `limit`.
    """
    try:
        with path.open("rb") as stream:
            body = stream.read() if limit is None else stream.read(limit)
    except OSError as error:
        raise WitnessError(f"{witness} {path}: {error.strerror or error}") from error
    if limit is not None and len(body) < limit:
        raise WitnessError(f"{witness} {path}: expected at least {limit} bytes (the offset of the cut), the file has {len(body)}")
    return body


def whole_lines(body: bytes, path: Path, witness: str) -> list[bytes]:
    """The lines of a file that must end with a line feed."""
    if body and not body.endswith(b"\n"):
        tail = body.rsplit(b"\n", 1)[-1]
        raise WitnessError(f"{witness} {path}: ends inside a line: {tail[:80]!r}")
    return body.splitlines()


def decode(line: bytes | str) -> dict[str, Any]:
    """One JSON object; numbers with a fraction or an exponent stay visible as `Fractional`.

    Raises:
        ValueError: not JSON, or JSON that is no object.
    """
    value = _DECODER.decode(line.decode() if isinstance(line, bytes) else line)
    if not isinstance(value, dict):
        raise ValueError(f"expected a JSON object, got {type(value).__name__}")
    return value
