"""Looks for secrets in what a run has left, and writes what it found to `secrets.json` there (I35).

    python -m libraries.evidence.leaks --results results

Every key, token and password of a world begins with one marker (`libraries.common.canary`). It is looked for in every file as it is and in
every form of `needles`, also inside archives, compressed text, the packed strings of log.html, and databases. A file that cannot be looked
into, or a run in which no secret was handed out, proves nothing and counts as a leak does. Exit codes: 0 none, 1 leaks, 2 command line.

secrets.json: {"files": n, "bytes": n, "needles": n, "canaries": n, "seconds": s, "unread": [text],
"leaks": [{"path", "inside", "form", "offset"}]}
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from libraries.evidence.leaks.needles import needles
from libraries.evidence.leaks.scan import scan_directory

REPORT = "secrets.json"
SHOWN = 20
"""So many leaks are printed; all are in the file."""


def handed_out(results: Path) -> int:
    """How many secrets the tests of the run were given, by their lines in progress.jsonl."""
    by_process: dict[int, int] = {}
    try:
        lines = (results / "progress.jsonl").read_text("utf-8").splitlines()
    except FileNotFoundError:
        return 0
    for line in lines:
        record = json.loads(line)
        if "canaries" in record:
            by_process[record["pid"]] = max(by_process.get(record["pid"], 0), record["canaries"])
    return sum(by_process.values())


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="leaks", description="Look for secrets in what a run has left.")
    parser.add_argument("--results", type=Path, required=True, metavar="DIR", help="output directory of the run")
    results: Path = parser.parse_args(arguments).results
    if not results.is_dir():
        parser.error(f"--results: expected the output directory of a run, got {results}; run the suites first")
    began = time.monotonic()
    (results / REPORT).unlink(missing_ok=True)
    found, canaries = scan_directory(results), handed_out(results)
    problems = [f"{leak.path}{leak.inside}: {leak.form}, at byte {leak.offset}" for leak in found.leaks]
    problems += [f"not looked into: {text}" for text in found.unread]
    if not canaries:
        problems.append(
            f"no test of this run handed out a secret ({results / 'progress.jsonl'}): nothing is proven; run suites that start an engine"
        )
    report = {
        "files": found.files,
        "bytes": found.bytes,
        "needles": len(needles()),
        "canaries": canaries,
        "seconds": round(time.monotonic() - began, 3),
        "leaks": [asdict(leak) for leak in found.leaks],
        "unread": found.unread,
    }
    (results / REPORT).write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    for text in problems[:SHOWN]:
        print(f"leaks: {text}", file=sys.stderr)
    print(
        f"leaks: {len(found.leaks)} in {found.files} files ({found.bytes / 1e6:.1f} MB, {report['needles']} forms of {canaries} secrets, "
        f"{report['seconds']:.1f} s)"
    )
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
