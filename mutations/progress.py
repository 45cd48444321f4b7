"""What an interrupted run has done already, so that the next one on the same code goes on where it was."""

from __future__ import annotations

import hashlib
import subprocess
from pathlib import Path
from typing import Final

import msgspec

from mutations.catalogue import ROOT, Mutation, RobotTest
from mutations.robot_runs import Outcome

_NAME: Final = "sabotage.progress.jsonl"
TESTED: Final = ("genesis", "libraries", "resources", "suites", "profiles", "tests/doubles")
"""What the outcome of a patch depends on, beside its own entry."""


class Done(msgspec.Struct, frozen=True):
    """`key`: which patch or which unbroken test; `outcomes` by test, `broken` where tests did not run."""

    commit: str
    key: str
    outcomes: list[tuple[RobotTest, Outcome]]
    broken: str = ""


def commit() -> str:
    """The newest commit that changed what is tested; empty if anything is not committed, or there is no repository.

    Documents and further entries of a catalogue leave it as it is: what was measured before is still so.
    """
    try:
        changed = _git("status", "--porcelain")
        return "" if changed else _git("log", "-1", "--format=%H", "--", *TESTED)
    except (OSError, subprocess.CalledProcessError):
        return ""


def _git(*arguments: str) -> str:
    return subprocess.run(["git", "-C", str(ROOT), *arguments], check=True, capture_output=True, text=True).stdout.strip()


def key_of(mutation: Mutation) -> str:
    """What is done and who is asked, not what it is called."""
    done = (mutation.file, mutation.find, mutation.replace, mutation.engine, mutation.suites)
    return hashlib.sha256(msgspec.json.encode(done)).hexdigest()


class Progress:
    """Kept in `results`. Without a commit (something is changed and not committed) nothing is kept and nothing is found."""

    def __init__(self, results: Path, at: str) -> None:
        self._path = results / _NAME
        self._commit = at
        self._done: dict[str, Done] = {}
        if at and self._path.exists():
            lines = self._path.read_bytes().splitlines()
            found = [one for one in (_read(line) for line in lines) if one is not None and one.commit == at]
            self._done = {one.key: one for one in found}

    def of(self, key: str) -> Done | None:
        return self._done.get(key)

    def keep(self, key: str, outcomes: dict[RobotTest, Outcome], broken: str = "") -> Done:
        done = Done(self._commit, key, list(outcomes.items()), broken)
        self._done[key] = done
        if self._commit:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with self._path.open("ab") as file:
                file.write(msgspec.json.encode(done) + b"\n")
        return done


def _read(line: bytes) -> Done | None:
    try:
        return msgspec.json.decode(line, type=Done)
    except msgspec.DecodeError:
        return None  # half a line: the run was interrupted while it wrote
