"""Asks which known vulnerabilities the locked packages have (pip-audit, by the database of osv.dev).

    python -m libraries.packages.vulnerabilities

Where the database cannot be reached this is skipped, and says why: that is no finding and no acquittal. Exit codes: 0 none known, or
skipped; 1 some are known; 2 command line, or pip-audit failed.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import requests

from libraries.packages.lock import LOCK, ROOT

SOURCE = "https://api.osv.dev/v1/query"
PATIENCE_S = 10.0


def unreachable(source: str) -> str:
    """Why the database does not answer; empty if it does, whatever it says."""
    try:
        requests.post(source, json={}, timeout=PATIENCE_S)
    except requests.RequestException as error:
        return type(error).__name__
    return ""


def known(lock: Path, source: str) -> list[dict[str, Any]]:
    """pip-audit's packages with vulnerabilities: `name`, `version`, `vulns` (`id`, `fix_versions`).

    Raises:
        RuntimeError: pip-audit gave no result; its words.
    """
    with tempfile.TemporaryDirectory(prefix="genesis-audit-") as directory:
        result = Path(directory, "result.json")
        options = ["--require-hashes", "--disable-pip", "--progress-spinner", "off", "--format", "json", "--output", str(result)]
        service = ["--vulnerability-service", "osv", "--osv-url", source]
        command = [sys.executable, "-m", "pip_audit", "--requirement", str(lock), *options, *service]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if not result.exists():
            raise RuntimeError(f"exit code {done.returncode}: {done.stderr.strip()[-1500:]}")
        return [package for package in json.loads(result.read_text("utf-8"))["dependencies"] if package.get("vulns")]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="audit-packages", description="Ask which known vulnerabilities the locked packages have.")
    parser.add_argument("--lock", type=Path, default=ROOT / LOCK, help=f"(default: {LOCK})")
    parser.add_argument("--source", default=SOURCE, metavar="URL", help="query address of the database (default: osv.dev's)")
    given = parser.parse_args(arguments)
    if not given.lock.is_file():
        parser.error(f"--lock: expected a file of locked requirements, got {given.lock}; run `inv lock`")
    if why := unreachable(given.source):
        print(f"audit-packages: SKIPPED, {given.source} cannot be reached from here ({why}): nothing is known of these packages")
        return 0
    try:
        found = known(given.lock, given.source)
    except RuntimeError as error:
        print(f"audit-packages: expected a result of pip-audit, got none ({error})", file=sys.stderr)
        return 2
    for package in found:
        for vulnerability in package["vulns"]:
            fixed = ", ".join(vulnerability["fix_versions"]) or "no version yet"
            print(f"audit-packages: {package['name']} {package['version']}: {vulnerability['id']}, fixed by {fixed}")
    print(f"audit-packages: {sum(len(package['vulns']) for package in found)} known vulnerabilities in {given.lock.name}")
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
