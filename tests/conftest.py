"""What holds for every test."""

from __future__ import annotations

from hypothesis import settings

# An example may take as long as a shared machine makes it take: how fast something is is measured by benchmarks.
settings.register_profile("genesis", deadline=None)
settings.load_profile("genesis")
