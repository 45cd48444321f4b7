"""`python -m libraries.mock_exchange`: see `--help`."""

from __future__ import annotations

import gc
import sys

from .errors import FatalError

_GC_THRESHOLD = 50_000
"""Orders and fills are kept and hold no cycles: looking for cycles among them at every 700th object costs a fifth of the time."""


def main(arguments: list[str]) -> int:
    """Run the venue; the exit code."""
    try:
        from .command_line import parse  # noqa: PLC0415 - a wrong command line is answered without loading the server

        options = parse(arguments)
        import uvloop  # noqa: PLC0415

        from .app import run  # noqa: PLC0415
        from .log import configure  # noqa: PLC0415

        configure()
        gc.set_threshold(_GC_THRESHOLD)
        gc.freeze()
        uvloop.run(run(options))
    except FatalError as error:
        sys.stderr.write(f"mock-exchange: {error}\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
