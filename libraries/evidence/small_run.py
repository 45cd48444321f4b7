"""A run of one small suite with everything that `inv acceptance` leaves: does it leave its reports?"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from libraries.world.deadlines import Deadline
from libraries.world.errors import WorldError
from libraries.world.exchange import REPOSITORY
from libraries.world.processes import child_environment, run_to_end

SUITE = "*** Test Cases ***\nA Test That Passes\n    [Tags]    RUN\n    No Operation\n"
_WITHIN_S = 120.0


def small_run(directory: Path) -> dict[str, object]:
    """Run it into `directory`/results, make the summary; metrics.json.

    Raises:
        WorldError: a command failed; its words are in the message.
    """
    results = directory / "results"
    (directory / "suites").mkdir(parents=True)
    (directory / "suites" / "small.robot").write_text(SUITE, "utf-8")
    for name, *command in (
        ("robot", "-m", "robot", "--outputdir", str(results), str(directory / "suites")),
        ("the summary", "-m", "libraries.evidence.summary", "--results", str(results)),
    ):
        ended = run_to_end(
            name,
            [sys.executable, *command],
            directory=directory,
            environment=child_environment({}, REPOSITORY),
            deadline=Deadline(_WITHIN_S),
        )
        if ended.exit_code:
            raise WorldError(
                f"{name} should end with exit code 0, it ended with {ended.exit_code}: {ended.stderr[-1500:] or ended.stdout[-1500:]}"
            )
    return dict(json.loads((results / "metrics.json").read_text("utf-8")))
