"""Runs compared: robotframework-dashboard with its scripts inside the page, over a database that outlives the runs, and each run's figures.

`<results>/history/` holds both; no run deletes it, the oldest runs leave it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HISTORY = "history"
DASHBOARD = "dashboard.html"
KEPT = 100
"""Runs that are remembered."""
_TIMEOUT_S = 300
_PROGRAM = "from robotframework_dashboard.main import main; main()"


def remember(results: Path, started: str) -> None:
    """Keep this run's metrics.json under the time at which it began."""
    folder = results / HISTORY
    folder.mkdir(exist_ok=True)
    name = "".join(letter for letter in started if letter.isalnum()) or "unknown"
    shutil.copyfile(results / "metrics.json", folder / f"metrics-{name}.json")
    for old in sorted(folder.glob("metrics-*.json"))[:-KEPT]:
        old.unlink()


def dashboard(results: Path) -> str:
    """Add the run to the database and write dashboard.html anew; "" if it was made, else why not (a run's verdict does not hang on it)."""
    results = results.resolve()  # the program runs in a folder of its own
    folder = results / HISTORY
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-c", _PROGRAM, "--outputpath", str(results / "output.xml"), "--databasepath", str(folder / "runs.db")]
    command += ["--namedashboard", str(results / DASHBOARD), "--dashboardtitle", "Genesis acceptance: runs compared"]
    command += ["--offlinedependencies", "true", "--listruns", "false", "--removeruns", f"limit={KEPT}"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return f"robotframework-dashboard took longer than {_TIMEOUT_S} s"
    if done.returncode or not (results / DASHBOARD).is_file():
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:]
        return f"robotframework-dashboard ended with exit code {done.returncode}: {' '.join(last) or 'it said nothing'}"
    return ""
