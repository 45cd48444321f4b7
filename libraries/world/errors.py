"""The one error of the world: its text is what a QA engineer reads, already free of secrets."""

from __future__ import annotations

from libraries.evidence.redaction import redact


class WorldError(Exception):
    """Something outside a test's assertions went wrong. The text says what was expected, what came, and what to do."""

    ROBOT_SUPPRESS_NAME = True

    def __init__(self, message: str) -> None:
        super().__init__(redact(message))
