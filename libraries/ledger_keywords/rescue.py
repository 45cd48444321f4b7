"""What an operator does with the files of an engine: rebuild, back up, restore; and how a damaged database is refused."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path
from typing import Any

from robot.api.deco import keyword

from libraries.common.component import Component
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.engine_keywords.configuration import must_end, must_say
from libraries.ledger_keywords.damage import still
from libraries.world.deadlines import Deadline
from libraries.world.engine import Engine
from libraries.world.processes import Finished

_TIMEOUT = Timeout(seconds=20)
_COPY = re.compile(r"a copy is in (?P<folder>\S+);")
_DATABASE = 4


class RescueKeywords(Component):
    """They run the engine's own commands, as an operator would, and check what the commands promise."""

    @keyword
    def the_damaged_database_is_refused(
        self, message: str, *, way_out: str = "restore a backup", timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN
    ) -> str:
        """A start on it ends with exit code 4 and one line that says what is wrong, where a copy is and what helps; nothing is written.

        The copy must be whole (database, log, anchor, byte for byte), for its owner only, and the originals as they were.

        Args:
            message: A part of what it must say.
            way_out: What it must offer; default: a backup.
            timeout: How long it may take; default 20 seconds.
            engine: Alias; default: the first engine.

        Returns:
            What it said.

        Raises:
            AssertionError: it ended otherwise, said something else, wrote to the files, or kept no whole copy.

        Example:
            ```robotframework
            Stop The Engine
            Remove The Anchor
            The Damaged Database Is Refused    expected the anchor file    way_out=put the file back
            ```
        """
        used = self.engine(engine)
        still(used)
        before = _contents(used)
        result = used.run_command("run", "--config", str(used.write_config()), deadline=Deadline(timeout or _TIMEOUT))
        self.note("damaged database refused", engine=used.alias, exit_code=result.exit_code)
        must_end(result, _DATABASE, "run")
        for part in (message, way_out):
            must_say(result.stderr, part)
        _must_be_one_line(result.stderr)
        _must_be_equal(before, _contents(used), "the original files after the refused start")
        _must_be_whole(_copy_of(result.stderr), before)
        return result.stderr

    @keyword
    def rebuild_the_database(
        self,
        *,
        verdict: str = NOT_GIVEN,
        digest: str = NOT_GIVEN,
        accept_loss: bool = False,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> dict[str, Any]:
        """`genesis rebuild` writes all tables anew from the journal. Stop or kill the engine first.

        Args:
            verdict: What it must say: `equal` (nothing differed) or `repaired`.
            digest: The digest of the state that must come out, such as *Get State Digest* returned while the engine ran.
            accept_loss: Take the journal as far as it is whole, whatever anchor and log tell of more.
            timeout: How long it may take; default 20 seconds.
            engine: Alias; default: the first engine.

        Returns:
            Its report: `events`, `digest`, `rows_before`, `rows_after`, `differences`, `copy` and more.

        Raises:
            AssertionError: it was refused, or another verdict or digest came.

        Example:
            ```robotframework
            Stop The Engine
            Change A Row    balances    total    7    where=asset=USDT
            Rebuild The Database    verdict=repaired
            ```
        """
        used = self.engine(engine)
        result = self._command(used, "rebuild", *(["--accept-loss"] if accept_loss else []), timeout=timeout)
        must_end(result, 0, "rebuild")
        report = dict(json.loads(result.stdout))
        for name, expected in (("verdict", verdict), ("digest", digest)):
            if expected is not None and report[name] != expected:
                raise AssertionError(f"rebuild: expected {name} {expected}, got {report[name]}; its report: {result.stdout[-1_500:]}")
        return report

    @keyword
    def the_rebuild_is_refused(self, message: str, *, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN) -> str:
        """`genesis rebuild` ends with exit code 4 and writes nothing.

        Args:
            message: A part of what it must say.
            timeout: How long it may take; default 20 seconds.
            engine: Alias; default: the first engine. It may run.

        Returns:
            What it said.

        Raises:
            AssertionError: it ended otherwise, said something else, or changed a file.

        Example:
            ```robotframework
            The Rebuild Is Refused    only engine
            ```
        """
        used = self.engine(engine)
        before = None if used.alive else _contents(used)
        result = self._command(used, "rebuild", timeout=timeout)
        must_end(result, _DATABASE, "rebuild")
        must_say(result.stderr, message)
        if before is not None:  # what a running engine writes meanwhile is its own
            _must_be_equal(before, _contents(used), "the database after the refused rebuild")
        return result.stderr

    @keyword
    def back_up_the_database(self, *, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN) -> str:
        """`genesis backup` copies the database, whether the engine runs or not, and verifies the copy.

        Args:
            timeout: How long it may take; default 20 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The backup's file; give it to *Restore The Backup*.

        Raises:
            AssertionError: it was refused.

        Example:
            ```robotframework
            ${backup} =    Back Up The Database
            ```
        """
        used = self.engine(engine)
        number = len(list(used.directory.glob("backup-*.db"))) + 1
        to = used.directory / f"backup-{number}.db"
        result = self._command(used, "backup", "--to", str(to), timeout=timeout)
        must_end(result, 0, "backup")
        self.note("backup", engine=used.alias, events=json.loads(result.stdout)["events"])
        return str(to)

    @keyword
    def the_backup_is_refused(self, message: str, *, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN) -> str:
        """`genesis backup` finds the database damaged, ends with exit code 4, and leaves no file.

        Args:
            message: A part of what it must say.
            timeout: How long it may take; default 20 seconds.
            engine: Alias; default: the first engine.

        Returns:
            What it said.

        Raises:
            AssertionError: it ended otherwise, said something else, or left a file.

        Example:
            ```robotframework
            Stop The Engine
            Flip A Byte In The Journal
            The Backup Is Refused    chain broken
            ```
        """
        used = self.engine(engine)
        to = used.directory / "no-backup.db"
        result = self._command(used, "backup", "--to", str(to), timeout=timeout)
        must_end(result, _DATABASE, "backup")
        must_say(result.stderr, message)
        left = sorted(path.name for path in used.directory.glob("no-backup.db*"))
        if left:
            raise AssertionError(f"a refused backup should leave no file, it left {', '.join(left)}")
        return result.stderr

    @keyword
    def restore_the_backup(self, backup: str, *, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN) -> str:
        """The old files are moved away and `genesis restore` makes the engine's database of a backup. Stop or kill the engine first.

        Args:
            backup: What *Back Up The Database* returned.
            timeout: How long it may take; default 20 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The instance that client order ids bear from the next start on.

        Raises:
            AssertionError: it was refused.
            WrongArgument: the engine runs.

        Example:
            ```robotframework
            ${backup} =    Back Up The Database
            Kill The Engine
            Restore The Backup    ${backup}
            Restart The Engine
            ```
        """
        used = self.engine(engine)
        still(used)
        away = used.directory / f"moved-away-{len(list(used.directory.glob('moved-away-*'))) + 1}"
        away.mkdir()
        for path in (*_files(used), *_archives(used)):
            path.rename(away / path.name)
        result = self._command(used, "restore", "--from", backup, timeout=timeout)
        must_end(result, 0, "restore")
        self.note("restore", engine=used.alias, events=json.loads(result.stdout)["events"])
        return str(json.loads(result.stdout)["instance_id"])

    @keyword
    def nothing_is_restored_over_a_database(self, backup: str, *, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN) -> str:
        """`genesis restore` refuses (exit code 2) where there is a database, and leaves it as it is.

        Args:
            backup: What *Back Up The Database* returned.
            timeout: How long it may take; default 20 seconds.
            engine: Alias; default: the first engine.

        Returns:
            What it said.

        Raises:
            AssertionError: it ended otherwise, said something else, or the database was changed.
            WrongArgument: the engine runs.

        Example:
            ```robotframework
            ${backup} =    Back Up The Database
            Stop The Engine
            Nothing Is Restored Over A Database    ${backup}
            ```
        """
        used = self.engine(engine)
        still(used)
        before = _contents(used)
        result = self._command(used, "restore", "--from", backup, timeout=timeout)
        must_end(result, 2, "restore")
        must_say(result.stderr, "move the old files away first")
        _must_be_equal(before, _contents(used), "the database after the refused restore")
        return result.stderr

    def _command(self, used: Engine, command: str, *more: str, timeout: Timeout | None) -> Finished:
        url = f"sqlite:///{used.database_path}"
        return used.run_command(command, "--database", url, *more, deadline=Deadline(timeout or _TIMEOUT))


def _files(used: Engine) -> list[Path]:
    names = ("", "-wal", "-shm")
    files = [used.database_path.with_name(used.database_path.name + name) for name in names]
    return [path for path in (*files, used.anchor_path) if path.exists()]


def _archives(used: Engine) -> list[Path]:
    directory = used.database_path.with_name(used.database_path.name + ".archive")
    return [directory] if directory.exists() else []


def _contents(used: Engine) -> dict[str, bytes]:
    """What the files say; the index of the log is written anew at every opening, and an empty log says nothing."""
    found = {path.name: path.read_bytes() for path in _files(used) if not path.name.endswith("-shm")}
    return {name: content for name, content in found.items() if content or not name.endswith("-wal")}


def _must_be_equal(expected: dict[str, bytes], found: dict[str, bytes], what: str) -> None:
    changed = sorted(name for name in {*expected, *found} if expected.get(name) != found.get(name))
    if changed:
        raise AssertionError(f"{what}: expected every byte as before, {', '.join(changed)} changed")


def _must_be_one_line(said: str) -> None:
    lines = [line for line in said.splitlines() if line.startswith("genesis: ")]
    if len(lines) != 1:
        raise AssertionError(f"a refusal should be one line that begins with 'genesis: ', it was:\n{said[-1_600:]}")


def _copy_of(said: str) -> Path:
    found = _COPY.search(said)
    if found is None:
        raise AssertionError(f"a refusal should name the copy that was kept ('a copy is in ...'), it said:\n{said[-1_600:]}")
    return Path(found["folder"])


def _must_be_whole(copy: Path, expected: dict[str, bytes]) -> None:
    kept = {path.name: path.read_bytes() for path in copy.iterdir()}
    missing = {name for name, content in expected.items() if kept.get(name) != content}
    if missing:
        raise AssertionError(f"the copy in {copy} should hold every byte of the files, {', '.join(sorted(missing))} differs or is missing")
    wide = [path for path in (copy, *copy.iterdir()) if stat.S_IMODE(path.stat().st_mode) & 0o077]
    if wide:
        raise AssertionError(f"the copy should be its owner's only, {', '.join(path.name for path in wide)} is not")
