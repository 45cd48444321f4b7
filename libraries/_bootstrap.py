"""Puts the repository's root on `sys.path`, so that a library imported by its path finds `libraries.*` from any working directory."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = str(Path(__file__).resolve().parent.parent)
if ROOT not in sys.path:
    sys.path.insert(0, ROOT)
