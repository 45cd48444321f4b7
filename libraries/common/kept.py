"""Figures of a run that lasts: told on the console, and kept in two files, one for people and one for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def tell_and_keep(results: Path, name: str, text: str, content: Mapping[str, Any]) -> None:
    """Print `text` and write it to `name`.md, and `content` to `name`.json. `results` is made where it is missing.

    Raises:
        OSError: a file cannot be written; the text was printed by then.
    """
    print(text, flush=True)
    results.mkdir(parents=True, exist_ok=True)
    (results / f"{name}.md").write_text(text + "\n", "utf-8")
    (results / f"{name}.json").write_text(json.dumps(content, indent=1, default=_plain) + "\n", "utf-8")


def _plain(value: object) -> object:
    """What JSON has no word for."""
    return sorted(value) if isinstance(value, set | frozenset) else str(value)
