"""The one error of the world: its text is what a QA engineer reads, already free of secrets."""

from __future__ import annotations

import os

from libraries.evidence.redaction import redact


class WorldError(Exception):
    """Something outside a test's assertions went wrong. The text says what was expected, what came, and what to do."""

    ROBOT_SUPPRESS_NAME = True

    def __init__(self, message: str) -> None:
        super().__init__(redact(message))


REQUIRE_VARIABLE = "GENESIS_REQUIRE_SERVERS"


class NoServer(WorldError):
    """A real server cannot be started on this machine: its programs are missing, or nobody may run them. What needs it is skipped with
    the reason, or fails where the environment says GENESIS_REQUIRE_SERVERS=1, as a gate does."""

    def __init__(self, message: str) -> None:
        said = os.environ.get(REQUIRE_VARIABLE, "")
        required = said not in ("", "0")
        self.ROBOT_SKIP_EXECUTION = not required
        wish = f"{REQUIRE_VARIABLE}={said} asks for it" if required else f"skipped, unless {REQUIRE_VARIABLE}=1"
        super().__init__(f"{message} ({wish})")
