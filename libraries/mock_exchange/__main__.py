"""`python -m libraries.mock_exchange`: see `--help`."""

from __future__ import annotations

import gc
import os
import sys

from .errors import FatalError

_GC_THRESHOLD = 50_000
"""Orders and fills are kept and hold no cycles: looking for cycles among them at every 700th object costs a fifth of the time."""


def main(arguments: list[str]) -> int:
    """Run the venue; the exit code."""
    try:
        from .command_line import parse  # noqa: PLC0415 - a wrong command line is answered without loading the server

        options = parse(arguments)
        gc.disable()  # until the imports are done: they leave no garbage, only work for the collector
        _trust_nobody()
        import uvloop  # noqa: PLC0415

        from .app import run  # noqa: PLC0415
        from .log import configure  # noqa: PLC0415

        configure()
        gc.set_threshold(_GC_THRESHOLD)
        gc.freeze()
        gc.enable()
        uvloop.run(run(options))
    except FatalError as error:
        sys.stderr.write(f"mock-exchange: {error}\n")
        return error.exit_code
    return 0


def _trust_nobody() -> None:
    """When it is imported, the server library loads the system's certificate authorities, a fifth of the start; a server needs none."""
    os.environ.setdefault("SSL_CERT_FILE", os.devnull)
    os.environ.setdefault("SSL_CERT_DIR", os.devnull)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
