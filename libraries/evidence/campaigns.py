"""Campaigns: tests that last longer than a run may, or demand what is not reached yet. They run where somebody asks for them.

`pabot suites/` shall mean the same as `inv acceptance`: so a campaign that nobody asked for is skipped, and says how to have it, whatever
started the run.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from robot.libraries.BuiltIn import BuiltIn

from libraries.world.session import robot_variable

TAG = "campaign"
SWITCH = "CAMPAIGN"
ON = "yes"
WAY = f"a campaign, which runs when it is asked for: add --include {TAG}, or --variable {SWITCH}:{ON}, to the command"


def asked(include: Iterable[str], switch: str) -> bool:
    """Whether this run wants campaigns: by `--include` with a pattern that names them, or by the switch."""
    return switch.lower() == ON or any(TAG in pattern.lower() for pattern in include)


def asked_now() -> bool:
    """`asked`, of the robot that runs. A dry run looks at every test."""
    robot = BuiltIn()
    options = robot.get_variable_value("&{OPTIONS}")
    return bool(robot.dry_run_active) or asked(options["include"], str(robot_variable("${CAMPAIGN}", "")))


def options(tags: Iterable[str]) -> list[str]:
    """What the command that repeats a test with these tags needs."""
    return ["--variable", f"{SWITCH}:{ON}"] if TAG in tags else []


def only_campaigns(suite: Any) -> bool:
    """Whether a suite file has tests, all of them campaigns."""
    return bool(suite.tests) and all(TAG in test.tags for test in suite.tests)


def without_setup(item: Any) -> None:
    """Of a suite or a test of which nothing will run: an exchange would be opened for nothing."""
    item.setup.config(name=None)
    item.teardown.config(name=None)


def skip(test: Any) -> None:
    """Nothing of it runs but the keyword that says why."""
    without_setup(test)
    test.body.clear()
    test.body.create_keyword(name="Skip", args=[WAY])
