"""Makes a suite file that is green at once.

    python -m libraries.authoring flow/my_first

Exit codes: 0 made, 1 refused (the reason is on stderr), 2 command line.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from libraries.authoring.new_suite import RefusedError, create

ROOT = Path(__file__).resolve().parents[2]


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(prog="new-suite", description="Make a suite file that is green at once.")
    parser.add_argument("name", metavar="FOLDER/NAME", help="for example flow/my_first")
    parser.add_argument("--root", type=Path, default=ROOT, help="the checkout (default: this one)")
    given = parser.parse_args(arguments)
    try:
        made = create(given.root, given.name)
    except RefusedError as error:
        print(f"new-suite: {error}", file=sys.stderr)
        return 1
    shown = made.relative_to(given.root)
    print(f"made {shown}; run it: robot {shown}; check it: inv lint")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
