"""Looks for secrets in what a run has left, and writes what it found to `secrets.json` there (I35).

    python -m libraries.evidence.leaks --results results [--added]

Every key, token and password of a world begins with one marker (`libraries.common.canary`). It is looked for in every file as it is and in
every form of `needles`, also inside archives, compressed text, the packed strings of log.html, and databases. A file that cannot be looked
into, or a run in which no secret was handed out, proves nothing and counts as a leak does. `--added` looks only
into what was written since the last search, and adds that to its result. Exit codes: 0 none, 1 leaks, 2 command line.

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
from libraries.evidence.leaks.scan import Found, Leak, scan_directory

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


def _read(report: Path) -> Found:
    """What an earlier search found."""
    said = json.loads(report.read_text("utf-8"))
    return Found(said["files"], said["bytes"], [Leak(**leak) for leak in said["leaks"]], said["unread"])


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="leaks", description="Look for secrets in what a run has left.")
    parser.add_argument("--results", type=Path, required=True, metavar="DIR", help="output directory of the run")
    parser.add_argument("--added", action="store_true", help="look only into what was written since the last search")
    given = parser.parse_args(arguments)
    results: Path = given.results
    if not results.is_dir():
        parser.error(f"--results: expected the output directory of a run, got {results}; run the suites first")
    began, last = time.monotonic(), results / REPORT
    if given.added and not last.is_file():
        parser.error(f"--added: expected the result of a search in {last}, got none; search without --added first")
    before, since = (_read(last), last.stat().st_mtime) if given.added else (Found(), 0.0)
    last.unlink(missing_ok=True)
    found, canaries = scan_directory(results, since), handed_out(results)
    found.add(before)
    problems = [f"{leak.path}{leak.inside}: {leak.form}, at byte {leak.offset}" for leak in found.leaks]
    problems += [f"not looked into: {text}" for text in found.unread]
    if not canaries:
        told = results / "progress.jsonl"
        problems.append(f"no test of this run handed out a secret ({told}): nothing is proven; run suites that start an engine")
    report = {
        "files": found.files,
        "bytes": found.bytes,
        "needles": len(needles()),
        "canaries": canaries,
        "seconds": round(time.monotonic() - began, 3),
        "leaks": [asdict(leak) for leak in found.leaks],
        "unread": found.unread,
    }
    last.write_text(json.dumps(report, indent=1) + "\n", "utf-8")
    for text in problems[:SHOWN]:
        print(f"leaks: {text}", file=sys.stderr)
    print(
        f"leaks: {len(found.leaks)} in {found.files} files ({found.bytes / 1e6:.1f} MB, {report['needles']} forms of {canaries} secrets, "
        f"{report['seconds']:.1f} s)"
    )
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
