"""The one error of the readers."""

from __future__ import annotations


class WitnessError(Exception):
    """A witness is missing or unreadable; the text names it, what was expected and what came."""
