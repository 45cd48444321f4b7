"""What the documents show can be run: commands their programs take, suites that Robot can read, links that lead somewhere.

That everything short is really run, and every robot block against a real engine, is `inv docs-test`.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import robot

from libraries.documents import __main__ as docs_test
from libraries.documents import running
from libraries.documents.checks import ROOT, NotACommand, check
from libraries.documents.pages import broken_links, documents, guides
from libraries.documents.reading import Command, Document, Place, read
from libraries.documents.running import Outcome, is_short, run_command, run_suites
from libraries.documents.suites import NotASuite, PageSuite, suites_of


def page(*lines: str) -> Document:
    return Document(Path("docs/page.md"), lines)


def test_every_command_of_the_documents_would_be_taken(capsys: pytest.CaptureFixture[str]) -> None:
    code = docs_test.main(["--cheap"])
    said = capsys.readouterr().out
    assert code == 0, said[said.index("wrong") :]
    assert sum(1 for line in said.splitlines() if line.startswith("checked")) > 80


def test_every_robot_block_is_part_of_a_suite() -> None:
    suites = [suite for document in guides(ROOT) for suite in suites_of(document)]
    assert [suite.saved_as for suite in suites if suite.saved_as] == ["suites/flow/my_first.robot"]
    assert all(suite.tests for suite in suites)


def test_every_link_leads_somewhere() -> None:
    assert list(broken_links(ROOT, documents(ROOT))) == []


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("inv no-such-task", "expected a task of tasks.py"),
        ("inv bench --no-such-option", "--no-such-option"),
        ("inv soak --minutes many", "expected a task of tasks.py"),
        ("robot suites/flow/no_such.robot", "expected files or folders of suites"),
        ("robot --include NOSUCH suites/flow", "expected a selection of tests, got none"),
        ("pabot --no-such-option suites/", "pabot takes other options"),
        ("python -m libraries.no_such", "expected a module"),
        ("python -m genesis audit --no-such URL", "expected options"),
        ("python -m genesis no-such --help", "ended with 2"),
        ("pip install -r no-such.txt", "expected a file of requirements"),
        ("pip install ==1", "expected a requirement"),
        ("export NO_SUCH_VARIABLE=1", "expected an environment variable"),
        ("NO_SUCH_VARIABLE=1 inv lint", "expected an environment variable"),
        ("inv lint && inv no-such-task", "expected a task of tasks.py"),
        ("robotcode -p no-such run", "expected a profile of robot.toml"),
        ("robotcode no-such", "expected a command of robotcode"),
        ("rsync a b", "no rule checks the program 'rsync'"),
    ],
)
def test_a_command_that_would_not_run_is_told(command: str, said: str) -> None:
    with pytest.raises(NotACommand) as raised:
        check(command)
    assert said in str(raised.value)


def test_help_of_subcommands_is_asked() -> None:
    assert check("python -m genesis audit --database URL") == "help knows its options"
    assert check('robotcode -p one run --test "A Resting*"').startswith("selects ")
    assert check("inv acceptance --engine-root /path/to/build").startswith("inv knows acceptance")


def test_commands_are_found_where_they_are_printed() -> None:
    document = page(
        'Run `inv lint` or | `robot --test "A*" suites` |, not `inv` nor `get_it()`.', "```sh", "inv \\", "  bench  # long", "```"
    )
    assert [(command.place.line, command.text) for command in document.commands()] == [
        (3, "inv   bench"),
        (1, "inv lint"),
        (1, 'robot --test "A*" suites'),
    ]


def test_a_link_to_nothing_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "page.md").write_text("# A Head, of `it`\n")
    links = page("# A Head, of `it`", "[a](#a-head-of-it) [b](#other) [c](none.md) [d](page.md#gone) [e](https://example.org/x)")
    assert [(str(place), problem) for place, problem in broken_links(tmp_path, [links])] == [
        ("docs/page.md:2", "expected a heading of page.md, got the link #other"),
        ("docs/page.md:2", "expected a file, got the link none.md"),
        ("docs/page.md:2", "expected a heading of page.md, got the link page.md#gone"),
    ]


def test_blocks_of_a_page_are_one_suite_with_places() -> None:
    settings = ["```robotframework", "*** Settings ***", "Resource    ../../resources/trading.resource", "```"]
    (suite,) = suites_of(page(*settings, "Then:", "```robotframework", "A Recipe", "    No Operation", "```"))
    assert {name: str(place) for name, place in suite.tests.items()} == {"A Recipe": "docs/page.md:7"}
    assert "*** Test Cases ***\nA Recipe" in suite.text


def test_a_recipe_without_settings_is_told() -> None:
    with pytest.raises(NotASuite, match=r"docs/page.md:2: expected a block with"):
        suites_of(page("```robotframework", "A Recipe", "    No Operation", "```"))


def test_what_is_long_is_not_run() -> None:
    assert not any(
        is_short(command) for command in ("inv acceptance", "inv bench", "inv campaign --kills 20", "pabot suites/", "inv docs-test")
    )
    assert all(is_short(command) for command in ("robot suites/flow/my_first.robot", "python -m libraries.mock_exchange --market demo"))


def test_a_command_that_fails_is_told_with_what_it_said(tmp_path: Path) -> None:
    outcome = run_command(Command(Place(Path("README.md"), 7), "python -m libraries.no_such --help"), tmp_path)
    assert str(outcome.place) == "README.md:7"
    assert "expected exit code 0, got 1" in outcome.problem
    assert "No module named" in outcome.problem


def test_the_report_ends_with_what_is_wrong(capsys: pytest.CaptureFixture[str]) -> None:
    report = docs_test.Report()
    docs_test.check_command(Command(Place(Path("README.md"), 7), "inv no-such-task"), frozenset(), report)
    docs_test.check_command(Command(Place(Path("README.md"), 8), "inv lint"), frozenset(), report)
    assert report.end() == 1
    said = capsys.readouterr().out
    assert "2 checked, 1 wrong" in said
    assert "checked  README.md:7  inv no-such-task\n         expected a task" in said


def literals(folder: Path) -> str:
    """All texts in the code below a folder, a line each: no docstrings; what f-strings put in is left out."""
    texts = []
    for file in folder.rglob("*.py"):
        nodes = list(ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
        documentation = {id(node.value) for node in nodes if isinstance(node, ast.Expr)}
        texts += [
            node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation
        ]
    return "\n".join(texts)


def quoted(text: str) -> list[str]:
    """What the tables of the FAQ quote: the first cell of each row whose table is about messages."""
    cells = [row.split(" | ")[0] for row in text.splitlines() if row.startswith("| `")]
    return [quote for cell in cells for quote in re.findall(r"`([^`]+)`", cell)]


def test_what_the_faq_quotes_is_said_by_the_code() -> None:
    said = "\n".join(literals(folder) for folder in (ROOT / "genesis", ROOT / "libraries", Path(robot.__file__).parent))
    quotes = quoted((ROOT / "docs" / "faq.md").read_text(encoding="utf-8"))
    assert len(quotes) >= 25
    assert [quote for quote in quotes if quote not in said] == []


def test_a_text_that_nobody_says_is_not_found() -> None:
    assert quoted("| `no such text` | why |\n| you see `x` | why |") == ["no such text"]
    assert "no such" + " text in any code" not in literals(ROOT / "libraries")


def test_a_robot_block_that_is_red_is_told_with_its_place(tmp_path: Path) -> None:
    lines = [
        "```robotframework",
        "*** Settings ***",
        "Documentation    None.",
        "*** Test Cases ***",
        "Green",
        "    No Operation",
        "Red",
        "    Fail    so",
    ]
    (suite,) = suites_of(page(*lines, "```"))
    outcomes = {str(outcome.place): outcome.problem for outcome in run_suites([suite], tmp_path)}
    assert outcomes == {"docs/page.md:5": "", "docs/page.md:7": "FAIL: so"}


def test_a_robot_block_that_robot_cannot_run_is_told(tmp_path: Path) -> None:
    suite = PageSuite(Place(Path("docs/page.md"), 2), "", "*** Settings ***\n", {"Gone": Place(Path("docs/page.md"), 3)})
    (outcome,) = run_suites([suite], tmp_path)
    assert "got exit code 252" in outcome.problem


def test_the_first_screen_is_run_in_a_clean_clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[tuple[str, bool]] = []

    def run(command: Command, where: Path) -> Outcome:
        ran.append((command.text, (where / "requirements.txt").exists() and not (where / ".venv").exists()))
        return Outcome(command.place, command.text, "")

    monkeypatch.setattr(running, "run_command", run)
    commands = [one for one in read(ROOT, [ROOT / "README.md"])[0].commands() if running.makes_an_environment(one)]
    list(running.first_screen(commands, tmp_path, "suites/flow/order_lifecycle.robot"))
    begun = "python3.11 -m venv .venv && .venv/bin/pip install -q -r requirements.txt && .venv/bin/inv "
    assert ran == [(begun + "acceptance --suites suites/flow/order_lifecycle.robot", True), (begun + "lint", True)]


def test_decisions_have_a_number_each() -> None:
    numbers = [path.name[:4] for path in (ROOT / "docs" / "decisions").glob("[0-9]*.md")]
    assert sorted(numbers) == [f"{number:04}" for number in range(1, len(numbers) + 1)]
