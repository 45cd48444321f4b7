"""`python -m tests.power_loss --images N --seed N`: cut the power so often, with the engine's syncs and with fewer.

Exit code 1 if the engine's lose anything, or if fewer of them lose nothing.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from genesis.core.money import install_context
from tests.power_loss.simulator import Figures, judge, record

_ENOUGH = 100
"""So many images show with near certainty that fewer syncs lose something."""


def main(words: Sequence[str]) -> int:
    """Run the campaign and print its figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.power_loss", allow_abbrev=False)
    parser.add_argument("--images", type=int, default=2_000, help="how often the power is cut with synchronous=FULL (a tenth with less)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed cuts at the same moments")
    arguments = parser.parse_args(words)
    install_context()
    whole = _figures("FULL", arguments.images, arguments.seed)
    less = [_figures(synchronous, min(arguments.images, _ENOUGH), arguments.seed) for synchronous in ("NORMAL", "OFF")]
    blind = arguments.images >= _ENOUGH and not all(figures.lost + figures.half + figures.unreadable for figures in less)
    if blind:
        print("the simulator does not discriminate: with fewer syncs nothing was lost")
    return int(blind or any(whole[1:4]))


def _figures(synchronous: str, images: int, seed: int) -> Figures:
    with tempfile.TemporaryDirectory(prefix="power-loss-trace-") as folder:
        started = time.monotonic()
        trace = asyncio.run(record(Path(folder), synchronous))
        figures = judge(trace, images, seed)
    print(
        f"synchronous={synchronous}: {figures.text()} ({len(trace.disk.operations)} operations, {trace.syncs} syncs, "
        f"{trace.taken_in} pages taken in, {time.monotonic() - started:.0f} s, seed {seed})"
    )
    if figures.first:
        print(f"  first: {figures.first}")
    return figures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
