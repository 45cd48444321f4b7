"""A suite that is green at once: one test over a fresh engine, to be changed into what is to be proven."""

from __future__ import annotations

import os
import re
from pathlib import Path
from string import Template

TEMPLATE = Path(__file__).parent / "suite.robot.template"
REQUIREMENTS = {
    "errors": "AC6",
    "failover": "AC8",
    "flow": "AC1",
    "integrity": "AC9",
    "load": "AC7",
    "market_data": "AC3",
    "recovery": "AC5",
    "risk": "AC4",
    "shutdown": "AC10",
    "strategies": "AC2",
    "venue": "IP1",
}
"""The requirement that the suites of a folder are about (docs/requirements.yaml)."""
_NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")


class RefusedError(ValueError):
    """No suite was made; the text says what was expected, what came, what to do."""


def create(root: Path, wanted: str) -> Path:
    """Write `root/suites/<wanted>.robot`; returns its path. `wanted`: folder/name, for example flow/my_first.

    Raises:
        RefusedError: not of that form, no such folder, or the file is there already.
    """
    folder, _, name = wanted.partition("/")
    if not _NAME.fullmatch(name):
        raise RefusedError(
            f"expected FOLDER/NAME, NAME of small letters, digits and underscores that begins with a letter (at most 60), got {wanted!r}; "
            "write for example flow/my_first"
        )
    folders = sorted(path.name for path in (root / "suites").iterdir() if path.name in REQUIREMENTS)
    if folder not in folders:
        raise RefusedError(f"expected one of the folders {', '.join(folders)}, got {folder!r}; write for example {folders[0]}/{name}")
    target = root / "suites" / folder / f"{name}.robot"
    text = Template(TEMPLATE.read_text("utf-8")).substitute(
        title=name.replace("_", " ").capitalize(), requirement=REQUIREMENTS[folder], area=folder.replace("_", "-")
    )
    try:
        descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
    except FileExistsError:
        raise RefusedError(f"expected a name that is not taken, got {wanted!r}, which exists; choose another, or change {target}") from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    return target
