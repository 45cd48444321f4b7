"""Is a command one that its program would take? Nothing is started but `--help`."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Callable
from functools import cache
from pathlib import Path

from invoke.collection import Collection
from invoke.exceptions import ParseError
from invoke.parser import Parser
from pabot.arguments import parse_args as parse_pabot
from packaging.requirements import InvalidRequirement, Requirement
from robot.api import TestSuite
from robot.conf import RobotSettings
from robot.errors import DataError
from robot.run import RobotFramework

from libraries.documents.reading import program

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
HELP_OF_ROBOT = 251  # what rebot ends with after its help


class NotACommand(Exception):
    """What is printed would not run: what was expected, what came."""


def check(command: str, made: frozenset[str] = frozenset()) -> str:
    """Say what was checked.

    Args:
        command: One line of shell; `&&` and `|` join parts.
        made: Paths that the documents tell their reader to make.

    Raises:
        NotACommand: the program, the task, an option, a file or a test that it names does not exist.
    """
    return ", ".join(dict.fromkeys(_check_part(part, made) for part in re.split(r"&&|(?<!\[)\|(?!\])", command)))


def _check_part(part: str, made: frozenset[str]) -> str:
    words = arguments(part)
    while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
        _known_variable(words.pop(0).partition("=")[0])
    if not words:
        raise NotACommand(f"expected a program, got {part.strip()!r}")
    name = program(words[0])
    rule = RULES.get(name)
    if rule is None:
        raise NotACommand(
            f"no rule checks the program {name!r}; expected one of {', '.join(sorted(RULES))} (libraries/documents/checks.py)"
        )
    return rule(words, made)


def arguments(part: str) -> list[str]:
    """Words of a command; brackets around what may be left out, dots for more of the same and `N` for a number are resolved."""
    words = shlex.split(re.sub(r"\[(--[^\]]*)\]", r"\1", part))
    return ["1" if word == "N" else word for word in words if word != "..."]


def _invoke(words: list[str], _made: frozenset[str]) -> str:
    import tasks  # noqa: PLC0415 - imports the whole project's tools

    if words[1:] in (["--list"], ["--help", "TASK"]):
        return "inv's own"
    parser = Parser(contexts=Collection.from_module(tasks).to_contexts())
    try:
        parsed = parser.parse_argv(words[1:])
    except (ParseError, ValueError) as error:
        raise NotACommand(f"expected a task of tasks.py with its options, got {shlex.join(words)}: {error}") from None
    if not parsed or parsed.unparsed:
        raise NotACommand(f"expected a task of tasks.py, got {shlex.join(words)}")
    return f"inv knows {', '.join(context.name for context in parsed)} and the options"


def _robot(words: list[str], made: frozenset[str]) -> str:
    return _selection(words[1:], made)


def _pabot(words: list[str], made: frozenset[str]) -> str:
    try:
        options, sources, *_ = parse_pabot(words[1:])
    except (DataError, SystemExit, ValueError) as error:
        raise NotACommand(f"pabot takes other options: {error}") from None
    given = [word for name in ("include", "exclude", "test", "suite") for value in options.get(name, []) for word in (f"--{name}", value)]
    return _selection([*given, *sources], made)


def _selection(words: list[str], made: frozenset[str]) -> str:
    """Which tests would run; suites are read, not run."""
    try:
        options, sources = RobotFramework().parse_arguments(words)
    except DataError as error:
        raise NotACommand(f"robot takes other options: {error}") from None
    if set(sources) <= made:
        return "the suite that the page shows"
    missing = [source for source in sources if not (ROOT / source).exists()]
    if missing:
        raise NotACommand(f"expected files or folders of suites, got {', '.join(missing)}")
    count = _tests(tuple(sources), tuple((name, tuple(options.get(name) or ())) for name in ("include", "exclude", "test", "suite")))
    if not count:
        raise NotACommand(f"expected a selection of tests, got none: {shlex.join(words)}")
    return f"selects {count} tests"


@cache
def _tests(sources: tuple[str, ...], selection: tuple[tuple[str, tuple[str, ...]], ...]) -> int:
    suite = _read(sources).deepcopy()
    suite.configure(**RobotSettings({**{name: list(values) for name, values in selection}, "runemptysuite": True}).suite_config)
    return int(suite.test_count)


@cache
def _read(sources: tuple[str, ...]) -> TestSuite:
    return TestSuite.from_file_system(*(ROOT / source for source in sources))


def _robotcode(words: list[str], made: frozenset[str]) -> str:
    """`robotcode -p PROFILE SUBCOMMAND`; what follows `run` are robot's options, on the suites of robot.toml."""
    rest = words[1:]
    while rest[:1] == ["-p"]:
        known = tomllib.loads((ROOT / "robot.toml").read_text(encoding="utf-8"))["profiles"]
        if len(rest) < 2 or rest[1] not in (*known, "NAME"):
            raise NotACommand(f"expected a profile of robot.toml, one of {', '.join(known)}, got {' '.join(rest[1:2])}")
        rest = rest[2:]
    if not rest or not re.search(rf"^  {re.escape(rest[0])} ", _help((str(BIN / "robotcode"), "--help")), re.MULTILINE):
        raise NotACommand(f"expected a command of robotcode, got {shlex.join(words)}")
    return _selection([*rest[1:], "suites"], made) if rest[0] == "run" else "robotcode knows it"


def _python(words: list[str], _made: frozenset[str]) -> str:
    if words[1:3] == ["-m", "venv"]:
        return "a virtual environment"
    if words[1] != "-m":
        if Path(words[1]).suffix == ".py":  # an example of the same page, run by a test of its own
            return "an example of the page"
        raise NotACommand(f"expected `python -m MODULE`, got {shlex.join(words)}")
    return _options_of(["-m", words[2]], words[3:])


def _options_of(module: list[str], rest: list[str]) -> str:
    sub = rest[:1] if rest and re.fullmatch(r"[a-z-]+", rest[0]) and not rest[0].startswith("-") else []
    if importlib.util.find_spec(module[-1]) is None:
        raise NotACommand(f"expected a module, got {module[-1]}")
    given = [word.partition("=")[0] for word in rest if word.startswith("--")]
    if not sub and not given:
        return "the module exists"
    return _known_options((sys.executable, *module, *sub, "--help"), [word for word in given if word != "--help"])


def _program(words: list[str], _made: frozenset[str]) -> str:
    given = [word.partition("=")[0] for word in words if word.startswith("--")]
    sub = words[1:2] if not words[1].startswith("-") and program(words[0]) == "patronictl" else []
    return _known_options((str(BIN / program(words[0])), *sub, "--help"), given)


def _known_options(command: tuple[str, ...], given: list[str]) -> str:
    text = _help(command)
    unknown = [option for option in given if not re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", text)]
    if unknown:
        raise NotACommand(f"expected options of `{' '.join(command[1:])}`, got {', '.join(unknown)}")
    return "help knows its options"


@cache
def _help(command: tuple[str, ...]) -> str:
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    if ended.returncode not in (0, HELP_OF_ROBOT):
        raise NotACommand(f"`{' '.join(command)}` ended with {ended.returncode}: {ended.stderr.strip()[-300:]}")
    return ended.stdout


def _pip(words: list[str], _made: frozenset[str]) -> str:
    if words[1] != "install":
        raise NotACommand(f"expected `pip install`, got {shlex.join(words)}")
    rest, wanted = words[2:], []
    while rest:
        word = rest.pop(0)
        if word in ("-r", "--requirement"):
            if not rest or not (ROOT / rest[0]).is_file():
                raise NotACommand(f"expected a file of requirements, got {' '.join(rest[:1])}")
            wanted += [line for line in (ROOT / rest.pop(0)).read_text(encoding="utf-8").splitlines()]
        elif not word.startswith("-"):
            wanted.append(word)
    lines = [re.sub(r"\s+(#|\\|--hash).*$", "", line) for line in wanted]
    for line in lines:
        if line and not line.startswith(("#", "-", " ")):
            _requirement(line)
    return "requirements can be read"


def _requirement(line: str) -> None:
    try:
        Requirement(line)
    except InvalidRequirement as error:
        raise NotACommand(f"expected a requirement, got {line!r}: {error}") from None


def _export(words: list[str], _made: frozenset[str]) -> str:
    for word in words[1:]:
        _known_variable(word.partition("=")[0])
    return "the project reads the variable"


def _known_variable(name: str) -> None:
    """An environment variable is one that somebody reads, or that the shell itself knows (PATH)."""
    if name != "PATH" and name not in _sources():
        raise NotACommand(f"expected an environment variable that the code reads, got {name}")


@cache
def _sources() -> str:
    files = [ROOT / "tasks.py", *(path for part in ("genesis", "libraries") for path in (ROOT / part).rglob("*.py"))]
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def _activate(words: list[str], _made: frozenset[str]) -> str:
    if not words[1].endswith("bin/activate"):
        raise NotACommand(f"expected a virtual environment's bin/activate, got {words[1]}")
    return "activates a virtual environment"


RULES: dict[str, Callable[[list[str], frozenset[str]], str]] = {
    "inv": _invoke,
    "robot": _robot,
    "pabot": _pabot,
    "python": _python,
    "python3.11": _python,
    "pip": _pip,
    "robotcode": _robotcode,
    "rebot": _program,
    "locust": _program,
    "patroni": _program,
    "patronictl": _program,
    "export": _export,
    ".": _activate,
}
