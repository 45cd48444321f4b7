"""Where a run writes: robot's output directory, the directory a reader looks into, and who owns the run.

Under pabot a suite's ${OUTPUT DIR} is `<output>/pabot_results/<n>`, which the next run deletes; what must stay goes to `<output>`, or,
where `<output>/log.html` is a link (the repository's root: log.html -> results/log.html), to the directory that the link names.
"""

from __future__ import annotations

import os
from pathlib import Path

import psutil

_PABOT_FOLDER = "pabot_results"
_REPORTS = ("log.html", "output.xml", "report.html")


def results_directory(output_directory: Path) -> Path:
    """The directory in which a reader finds this run's report."""
    path = Path(os.path.abspath(output_directory))
    if _PABOT_FOLDER in path.parts:
        path = Path(*path.parts[: path.parts.index(_PABOT_FOLDER)])
    for name in _REPORTS:
        link = path / name
        if link.is_symlink():
            return Path(os.path.abspath(path / Path(os.readlink(link)).parent))
    return path


def under_pabot(output_directory: Path) -> bool:
    return _PABOT_FOLDER in Path(os.path.abspath(output_directory)).parts


def run_owner(output_directory: Path) -> int:
    """Process id that stands for the whole run: pabot's for its children, else our own."""
    if not under_pabot(output_directory):
        return os.getpid()
    ancestors = psutil.Process().parents()
    for ancestor in ancestors:
        try:
            if any(Path(argument).name.startswith("pabot") for argument in ancestor.cmdline()[:3]):
                return ancestor.pid
        except psutil.Error:  # it ended, or belongs to somebody else
            continue
    return os.getppid()
