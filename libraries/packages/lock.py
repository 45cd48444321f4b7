"""Writes requirements.lock: every package of requirements.txt and all that they need, each with the hashes of its files at PyPI.

    python -m libraries.packages.lock [--check]

`pip install --require-hashes -r requirements.lock` then installs these files or nothing. What stays within requirements.txt keeps the
version it has in the lock. Settings of this machine's pip and uv are left aside: other indexes have other files. `--check` writes nothing
and asks only whether each pin of requirements.txt is the one in the lock. Exit codes: 0 written, or they agree; 1 not; 2 command line.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS, LOCK = "requirements.txt", "requirements.lock"
PYTHON = "3.11"
_LOCKED = re.compile(r"^([a-z0-9.-]+)(?:\[[a-z0-9,-]+\])?==(\S+)", re.MULTILINE)
_SETTINGS = ("UV_", "PIP_")


def command() -> list[str]:
    """uv's command line, for the directory that holds requirements.txt."""
    options = ["--generate-hashes", "--python-version", PYTHON, "--python-platform", "linux"]
    alone = ["--no-config", "--no-emit-index-url", "--system-certs", "--quiet"]
    return ["uv", "pip", "compile", REQUIREMENTS, "-o", LOCK, *options, *alone, "--custom-compile-command", "inv lock"]


def without_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """`environment` without what points pip or uv to other indexes."""
    return {name: value for name, value in environment.items() if not name.startswith(_SETTINGS)}


def disagreements(requirements: str, lock: str) -> list[str]:
    """Pins of `requirements` that are not those of `lock`; both are the files' texts. Pure."""
    locked = dict(_LOCKED.findall(lock))
    pinned = [Requirement(line) for text in requirements.splitlines() if (line := text.partition("#")[0].strip())]
    wanted = {canonicalize_name(each.name): str(each.specifier).removeprefix("==") for each in pinned}
    return [
        f"{name}: {version} in {REQUIREMENTS}, {locked.get(name, 'nothing')} in {LOCK}"
        for name, version in wanted.items()
        if locked.get(name) != version
    ]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="lock", description=f"Write {LOCK} from {REQUIREMENTS}.")
    parser.add_argument("--check", action="store_true", help="write nothing, ask whether they agree")
    if parser.parse_args(arguments).check:
        found = disagreements((ROOT / REQUIREMENTS).read_text("utf-8"), (ROOT / LOCK).read_text("utf-8"))
        for text in found:
            print(f"lock: {text}; run `inv lock`", file=sys.stderr)
        return int(bool(found))
    environment = without_settings(os.environ)
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', '')}"
    done = subprocess.run(command(), cwd=ROOT, env=environment, check=False)
    if done.returncode:
        print(f"lock: expected uv to resolve {REQUIREMENTS}, it ended with exit code {done.returncode}; see above", file=sys.stderr)
        return 1
    print(f"lock: {LOCK} written; pip install --require-hashes -r {LOCK}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
