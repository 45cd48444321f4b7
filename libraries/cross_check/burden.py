"""Processes that do nothing but compute, so that everything else finds the machine busy."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_COMPUTE = "import os, sys\nwhile os.getppid() == int(sys.argv[1]):\n    sum(range(100_000))"
"""Until whoever began it is gone, be it before this has begun."""


@contextmanager
def burden(per_core: int) -> Iterator[None]:
    """So many per core, as long as the block lasts."""
    processes = [subprocess.Popen([sys.executable, "-c", _COMPUTE, str(os.getpid())]) for _ in range(per_core * (os.cpu_count() or 1))]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()
