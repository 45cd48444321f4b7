"""What editors read: profiles of robot.toml, settings and launch configurations of VS Code, the container."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from robot import api
from robotcode.robot.config.model import RobotConfig, RobotProfile

from libraries.evidence import campaigns

ROOT = Path(__file__).parents[2]
PROFILES: dict[str, dict[str, Any]] = tomllib.loads((ROOT / "robot.toml").read_text("utf-8"))["profiles"]


def robotcode(*arguments: str) -> str:
    command = [Path(sys.executable).parent / "robotcode", *arguments]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin:/bin", "ENGINE_ROOT": str(ROOT)}
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def read(path: str) -> dict[str, Any]:
    return json.loads((ROOT / path).read_text("utf-8"))


def unknown(keys: dict[str, Any], model: type) -> set[str]:
    """robotcode drops a key that it does not know without a word."""
    return {key.replace("-", "_") for key in keys} - {field.name for field in dataclasses.fields(model)}


def test_every_key_of_the_profiles_is_one_that_robotcode_knows() -> None:
    whole = tomllib.loads((ROOT / "robot.toml").read_text("utf-8"))
    assert not unknown({key: value for key, value in whole.items() if key != "tool"}, RobotConfig)
    assert {name: unknown(profile, RobotProfile) for name, profile in PROFILES.items()} == {name: set() for name in PROFILES}


def test_robotcode_lists_every_profile_with_what_it_is_for() -> None:
    listed = robotcode("--no-color", "profiles", "list")
    assert [name for name, profile in PROFILES.items() if profile["description"] not in listed] == []


@pytest.mark.parametrize(("profile", "wanted"), [("default", False), ("campaign", True)])
def test_a_profile_selects_what_it_says(profile: str, wanted: bool) -> None:
    suite = api.TestSuite.from_file_system(ROOT / "suites")
    expected = sum((campaigns.TAG in test.tags) is wanted for test in suite.all_tests)
    found = json.loads(robotcode("--format", "json", "-p", profile, "discover", "tests"))
    assert len(found["items"]) == expected


def test_launch_configurations_name_profiles_that_there_are() -> None:
    configurations = read(".vscode/launch.json")["configurations"]
    named = {name for configuration in configurations for name in configuration["profiles"]}
    assert named | set(read(".vscode/settings.json")["robotcode.profiles"]) <= set(PROFILES)
    assert [configuration["type"] for configuration in configurations] == ["robotcode"] * len(configurations)
    assert [configuration["purpose"] for configuration in configurations if "purpose" in configuration] == ["test"]


def test_the_container_has_the_extensions_and_installs_as_the_readme_says() -> None:
    container = read(".devcontainer/devcontainer.json")
    assert container["customizations"]["vscode"]["extensions"] == read(".vscode/extensions.json")["recommendations"]
    assert "python:" in container["image"]
    assert "3.11" in container["image"]
    assert f"{container['postCreateCommand']} && .venv/bin/inv acceptance" in (ROOT / "README.md").read_text("utf-8")
