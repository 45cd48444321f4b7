"""Configurations that the engine must refuse, and its other commands: each run to its end as a process of its own."""

from __future__ import annotations

import json
import shutil
import tomllib
from pathlib import Path
from typing import Any

import tomli_w
from robot.api.deco import keyword

from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Command, Timeout
from libraries.world.deadlines import Deadline
from libraries.world.engine import Engine
from libraries.world.processes import Finished

_TIMEOUT = Timeout(seconds=15)


class ConfigurationKeywords(Component):
    """They use the configuration of the test's engine, with one thing changed."""

    @keyword
    def the_config_is_refused(
        self,
        key: str,
        value: str,
        *,
        message: str = NOT_GIVEN,
        exit_code: int = 3,
        command: Command = Command.CHECK_CONFIG,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> str:
        """The engine refuses its configuration once one key has another value.

        Args:
            key: Section and key, such as `risk.min_confidence`; `venue.symbols` means the first venue. An unknown one is
                added.
            value: The value as TOML writes it: `0.6` is a float, `"0.6"` a text, `[]` an empty list.
            message: A part of what it must say on stderr; the key is always looked for.
            exit_code: The exit code; 3 = configuration.
            command: `CHECK_CONFIG` (default) or `RUN`.
            timeout: How long the command may take; default 15 seconds.
            engine: Alias; default: the first engine.

        Returns:
            What it said.

        Raises:
            AssertionError: it accepted it, ended otherwise, said something else, or showed a traceback.
            WrongArgument: the value is no TOML.

        Example:
            ```robotframework
            The Config Is Refused    risk.min_confidence    0.6    message=text
            The Config Is Refused    risk.min_confidnce    "0.6"    message=min_confidence
            ```
        """
        try:
            parsed = tomllib.loads(f"value = {value}")["value"]
        except tomllib.TOMLDecodeError as wrong:
            raise WrongArgument(
                f'value must be written as TOML, such as "0.6", 500, true or ["BTCUSDT"], got {value!r} ({wrong})'
            ) from None
        used = self.engine(engine)
        document = _changed(used.config(), key, parsed)
        path = used.directory / "refused.toml"
        _write(path, document)
        said = self._refused(used, path, exit_code, command, timeout)
        for part in (key.rpartition(".")[2], message):
            must_say(said, part)
        return said

    @keyword
    def the_config_file_is_refused(
        self,
        content: str,
        *,
        message: str = NOT_GIVEN,
        exit_code: int = 3,
        command: Command = Command.CHECK_CONFIG,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> str:
        r"""The engine refuses a configuration file with this content.

        Args:
            content: The whole file; `\n` starts a new line.
            message: A part of what it must say on stderr.
            exit_code: The exit code; 3 = configuration.
            command: `CHECK_CONFIG` (default) or `RUN`.
            timeout: How long the command may take; default 15 seconds.
            engine: Alias; default: the first engine.

        Returns:
            What it said.

        Example:
            ```robotframework
            The Config File Is Refused    [database    message=line 1
            ```
        """
        used = self.engine(engine)
        path = used.directory / "refused.toml"
        path.write_text(content, encoding="utf-8")
        said = self._refused(used, path, exit_code, command, timeout)
        must_say(said, message)
        return said

    @keyword
    def the_config_is_accepted(self, *, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN) -> str:
        """`check-config` accepts the configuration of the test's engine as it is.

        Args:
            timeout: How long the command may take; default 15 seconds.
            engine: Alias; default: the first engine.

        Returns:
            What it said on stdout.

        Example:
            ```robotframework
            The Config Is Accepted
            ```
        """
        used = self.engine(engine)
        result = used.run_command("check-config", "--config", str(used.write_config()), deadline=Deadline(timeout or _TIMEOUT))
        must_end(result, 0, "check-config")
        return result.stdout

    @keyword
    def a_second_engine_is_refused(self, *, message: str = "lock", timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN) -> str:
        """A second engine process on the database of a running one ends with exit code 4 and harms nothing.

        Args:
            message: A part of what it must say on stderr.
            timeout: How long it may take; default 15 seconds.
            engine: Alias of the running engine; default: the first one.

        Returns:
            What it said.

        Example:
            ```robotframework
            A Second Engine Is Refused
            ```
        """
        said = self._refused(self.engine(engine), self.engine(engine).config_path, 4, Command.RUN, timeout)
        must_say(said, message)
        return said

    @keyword
    def a_copy_beside_the_original_is_refused(
        self, *, message: str = "one of the two is a copy", timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN
    ) -> str:
        """The files of a running engine's database are copied, and an engine on the copy ends with exit code 4.

        Args:
            message: A part of what it must say on stderr.
            timeout: How long it may take; default 15 seconds.
            engine: Alias of the running engine; default: the first one.

        Returns:
            What it said.

        Example:
            ```robotframework
            A Copy Beside The Original Is Refused
            ```
        """
        used = self.engine(engine)
        elsewhere = used.directory.with_name(f"{used.directory.name}-copy")
        elsewhere.mkdir()
        for path in used.directory.glob("engine.db*"):
            shutil.copy(path, elsewhere)
        document = used.config()
        database = elsewhere / used.database_path.name
        document["database"] = {"url": f"sqlite:///{database}", "anchor": f"{database}.anchor"}
        _write(elsewhere / "engine.toml", document)
        said = self._refused(used, elsewhere / "engine.toml", 4, Command.RUN, timeout)
        must_say(said, message)
        return said

    @keyword
    def the_journal_is_intact(self, *, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN) -> dict[str, Any]:
        """The engine's own `audit` command verifies the hash chain, folds the journal again and finds the same tables.

        Stop or kill the engine first.

        Args:
            timeout: How long it may take; default 15 seconds.
            engine: Alias; default: the first engine.

        Returns:
            Its report.

        Raises:
            AssertionError: it found a violation or could not read the database; its words are in the message.

        Example:
            ```robotframework
            Stop The Engine
            The Journal Is Intact
            ```
        """
        used = self.engine(engine)
        result = used.run_command("audit", "--database", used.database_url, deadline=Deadline(timeout or _TIMEOUT))
        must_end(result, 0, "audit")
        return dict(json.loads(result.stdout))

    @keyword
    def the_journal_is_not_intact(self, message: str, *, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN) -> str:
        """The engine's own `audit` command finds a violation (exit code 6).

        Args:
            message: A part of what it must say.
            timeout: How long it may take; default 15 seconds.
            engine: Alias; default: the first engine.

        Returns:
            Its report, as it was printed.

        Raises:
            AssertionError: it found nothing, ended otherwise or said something else.

        Example:
            ```robotframework
            Stop The Engine
            Flip A Byte In The Journal    before_the_end=20
            The Journal Is Not Intact    chain broken
            ```
        """
        used = self.engine(engine)
        result = used.run_command("audit", "--database", used.database_url, deadline=Deadline(timeout or _TIMEOUT))
        must_end(result, 6, "audit")
        must_say(result.stdout, message)
        return result.stdout

    def _refused(self, used: Engine, path: Path, exit_code: int, command: Command, timeout: Timeout | None) -> str:
        """Run the command on a configuration that must be refused; its stderr."""
        words = "check-config" if command is Command.CHECK_CONFIG else "run"
        result = used.run_command(words, "--config", str(path), deadline=Deadline(timeout or _TIMEOUT))
        self.note("refused command", command=words, exit_code=result.exit_code)
        must_end(result, exit_code, words)
        return result.stderr


def _changed(document: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    """The configuration with one key set; the list of venues counts as its first member."""
    target: Any = document
    *sections, last = key.split(".")
    for name in sections:
        target = target.setdefault(name, {})
        if isinstance(target, list):
            target = target[0]
    target[last] = value
    return document


def _write(path: Path, document: dict[str, Any]) -> None:
    path.write_text(tomli_w.dumps(document), encoding="utf-8")


def must_end(result: Finished, exit_code: int, command: str) -> None:
    if result.exit_code != exit_code:
        raise AssertionError(
            f"genesis {command} should end with exit code {exit_code}, got {result.exit_code}.\n"
            f"stdout: {result.stdout[-800:] or '(empty)'}\nstderr: {result.stderr[-1600:] or '(empty)'}"
        )
    if "Traceback (most recent call last)" in result.stderr:
        raise AssertionError(f"genesis {command} should refuse in words, it showed a traceback:\n{result.stderr[-1600:]}")


def must_say(said: str, part: str | None) -> None:
    if part is not None and part not in said:
        raise AssertionError(f"the engine should say something with {part!r}, it said:\n{said[-1600:] or '(nothing)'}")
