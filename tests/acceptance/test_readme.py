"""What README shows must run as it stands."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from robot.api import ExecutionResult

ROOT = Path(__file__).resolve().parents[2]


def test_the_suite_of_the_readme_is_green(tmp_path: Path) -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    example = re.search(r"```robotframework\n(.*?)```", text, re.DOTALL)
    assert example is not None
    suite = tmp_path / "my_first.robot"
    suite.write_text(example[1].replace("../../resources", str(ROOT / "resources")), encoding="utf-8")
    command = [sys.executable, "-m", "robot", "--outputdir", str(tmp_path / "results"), str(suite)]
    ended = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True, timeout=280)
    result = ExecutionResult(tmp_path / "results" / "output.xml")
    assert ended.returncode == 0, ended.stdout
    assert [str(test.metadata["Audit"]) for test in result.suite.all_tests] == ["held 28, not exercised 8, violated 0"]


def test_the_files_that_the_documents_link_to_exist() -> None:
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8")):
            if not target.startswith("http"):
                assert (document.parent / target).exists(), f"{document.name} links to {target}"
