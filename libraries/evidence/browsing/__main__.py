"""`python -m libraries.evidence.browsing --results DIR --images DIR`: the four pages of a run as PNG files, as README shows them.

`log.png` shows a red test, which a good run has none of: that of tests/evidence/one_of_each.robot, which is red on
purpose and run for it. Exit codes: 0 written, 1 no browser, or a picture could not be made, 2 command line, or a page of the run is absent.
"""

from __future__ import annotations

import argparse
import io
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser

from libraries.evidence.browsing.chromium import NoBrowser, chromium
from libraries.evidence.browsing.page import LAPTOP, PHONE, Scheme, shoot
from libraries.world.exchange import REPOSITORY

LARGEST = 200 * 1024
"""Bytes of a picture: they are kept in git."""
COLOURS = 256
RED = REPOSITORY / "tests" / "evidence" / "one_of_each.robot"
PAGES = ("report.html", "log.html", "summary.html", "dashboard.html")
_FIRST_RED = """() => {
  const red = [...document.querySelectorAll('.test')].find((each) => each.querySelector('.label.fail, .fail'));
  if (red) { red.scrollIntoView(); }
}"""


@dataclass(frozen=True)
class Shot:
    """One picture: which page, how large a window, in which colours, after which script."""

    name: str
    page: str
    width: int = LAPTOP
    height: int = 860
    scheme: Scheme = "light"
    prepare: str = ""


SHOTS = (
    Shot("report", "report.html", height=700),
    Shot("log", "log.html", height=1250, prepare=_FIRST_RED),
    Shot("log-dark", "log.html", height=1250, scheme="dark", prepare=_FIRST_RED),
    Shot("summary", "summary.html"),
    Shot("summary-phone", "summary.html", width=PHONE, height=844, scheme="dark"),
    Shot("dashboard", "dashboard.html"),
)


def small(png: bytes) -> bytes:
    """The same picture with few colours, as small as PNG makes it.

    Raises:
        ValueError: it is still larger than `LARGEST`.
    """
    picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(COLOURS, kmeans=1, dither=Image.Dither.NONE)
    written = io.BytesIO()
    picture.save(written, "PNG", optimize=True)
    if written.tell() > LARGEST:
        raise ValueError(f"expected a picture of at most {LARGEST:,} bytes, got {written.tell():,}: show less of the page")
    return written.getvalue()


def shots(browser: Browser, results: Path, red_log: Path, images: Path) -> list[Path]:
    """Write every picture; returns the files.

    Raises:
        ValueError: one is too large.
    """
    images.mkdir(parents=True, exist_ok=True)
    written = []
    for shot in SHOTS:
        file = red_log if shot.page == "log.html" else results / shot.page
        png = shoot(browser, file, width=shot.width, height=shot.height, scheme=shot.scheme, prepare=shot.prepare)
        target = images / f"{shot.name}.png"
        target.write_bytes(small(png))
        written.append(target)
    return written


def log_of_a_red_test(directory: Path) -> Path:
    """Run the suite that has a red test on purpose; its log."""
    command = [sys.executable, "-m", "robot", "--outputdir", str(directory), "--report", "NONE", str(RED)]
    subprocess.run(command, cwd=REPOSITORY, capture_output=True, timeout=120, check=False)  # red, as it should be
    return directory / "log.html"


def main(arguments: Sequence[str] | None = None) -> int:
    """See above."""
    parser = argparse.ArgumentParser(prog="python -m libraries.evidence.browsing", description="Make pictures of the pages of a run.")
    parser.add_argument("--results", type=Path, required=True, help="the run's output directory")
    parser.add_argument("--images", type=Path, required=True, help="where the pictures go")
    given = parser.parse_args(arguments)
    absent = [name for name in PAGES if not (given.results / name).is_file()]
    if absent:
        print(f"browse: expected {', '.join(PAGES)} in {given.results}, {', '.join(absent)} missing; run inv acceptance", file=sys.stderr)
        return 2
    try:
        with tempfile.TemporaryDirectory() as directory, chromium() as browser:
            for file in shots(browser, given.results, log_of_a_red_test(Path(directory)), given.images):
                print(f"{file} ({file.stat().st_size:,} bytes)")
    except (NoBrowser, ValueError, OSError) as error:
        print(f"browse: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
