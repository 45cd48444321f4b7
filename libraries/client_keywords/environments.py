"""A virtual environment for each public client, built on first use and kept in `.venvs/` of the checkout.

Two clients may install a package of the same name (binance-spot section 4), so each has its own. The folder's name holds a digest of
the pinned requirements and of the Python version: another pin is another environment. One lock per environment: of several workers
the first builds, the others wait.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from libraries.common.errors import ClientMissing
from libraries.world.deadlines import Deadline
from libraries.world.errors import WorldError
from libraries.world.processes import Finished, child_environment, run_to_end

REPOSITORY = Path(__file__).resolve().parents[2]
ENVIRONMENTS = REPOSITORY / ".venvs"
BUILD_S = 600.0
_COMPLETE = "complete"
_INSTALL = ("install", "--quiet", "--disable-pip-version-check", "--retries", "2", "--no-compile", "-r")
"""With the pip of this environment, and without byte code of the hundreds of modules that no test imports: half of the time."""
_PASSED_ON = ("PIP_", "SSL_CERT_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy")
"""Prefixes of variables that tell pip where its packages come from."""


def environment_for(requirements: Path, home: Path = ENVIRONMENTS) -> Path:
    """The Python of an environment that holds exactly `requirements`; builds it if there is none yet.

    Raises:
        ClientMissing: pip could not install it (no network); its last words are in the text. A test that needs it is skipped.
    """
    directory = home / f"{requirements.stem}-{_digest(requirements)}"
    python = directory / "bin" / "python"
    if (directory / _COMPLETE).exists():
        return python
    home.mkdir(parents=True, exist_ok=True)
    with _locked(home / f"{directory.name}.lock") as builds:
        if not (directory / _COMPLETE).exists():
            shutil.rmtree(directory, ignore_errors=True)  # what an interrupted build left
            builds.write(f"process {os.getpid()} builds {directory.name}\n")
            builds.flush()
            _build(directory, requirements)
    return python


def _build(directory: Path, requirements: Path) -> None:
    try:
        made = _run("virtual environment", [sys.executable, "-m", "venv", "--without-pip", str(directory)], directory.parent)
        pip = [sys.executable, "-m", "pip", "--python", str(directory / "bin" / "python"), *_INSTALL, str(requirements)]
        done = made if made.exit_code else _run(f"pip install -r {requirements.name}", pip, directory.parent)
    except WorldError as late:
        raise ClientMissing(f"the environment of {requirements.stem} could not be built: {late}") from None
    if done.exit_code:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise ClientMissing(
            f"{requirements.stem} cannot be installed here (pip's exit code {done.exit_code}): {said[-1] if said else 'no word'}; "
            f"this test needs a package index that has {requirements.name}"
        )
    (directory / _COMPLETE).write_text(f"{done.seconds:.1f} s\n", encoding="utf-8")


def _run(what: str, command: list[str], directory: Path) -> Finished:
    passed = {name: value for name, value in os.environ.items() if name.startswith(_PASSED_ON)}
    return run_to_end(what, command, directory=directory, environment=child_environment(passed), deadline=Deadline(BUILD_S))


def _digest(requirements: Path) -> str:
    return hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:12]


@contextmanager
def _locked(path: Path) -> Iterator[TextIO]:
    """The lock's file, which also says who built."""
    with path.open("a", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
