"""The ledger file: JSON lines, whole commands appended with one write, readable again by a venue that goes on from it."""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from .core.ledger_lines import Line
from .errors import LedgerError


class LedgerFile:
    """An open, exclusively locked ledger. `offset` = bytes, `lines` = lines handed to the operating system so far."""

    def __init__(self, path: Path) -> None:
        """Open or create the file.

        Raises:
            LedgerError: it cannot be opened, or another venue writes it.
        """
        self.path = path.absolute()
        self.offset = 0
        self.lines = 0
        self._gathered: list[bytes] = []
        self._gathered_lines = 0
        self._failure: LedgerError | None = None
        self._encoder = msgspec.json.Encoder()
        try:
            self._fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise LedgerError(f"ledger {self.path}: expected a file that can be written, got: {error.strerror}") from error
        if not stat.S_ISREG(os.fstat(self._fd).st_mode):
            os.close(self._fd)
            raise LedgerError(f"ledger {self.path}: expected a regular file, got a device or pipe; use another path")
        try:
            fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(self._fd)
            raise LedgerError(f"ledger {self.path}: another venue writes it; stop that one or use another file") from error

    def read(self, warn: Callable[[str], None]) -> Iterator[Line]:
        """All lines of the file. A command that is not whole at the end (torn line, missing lines) was never answered: it is cut off.

        Raises:
            LedgerError: a line that is none, with its number.
        """
        decoder = msgspec.json.Decoder(Line)
        command: list[Line] = []
        size = 0
        with open(self.path, "rb") as file:
            for number, raw in enumerate(file, start=1):
                if not raw.endswith(b"\n"):
                    self._cut(f"line {number} is torn ({len(raw)} bytes without an end)", warn)
                    return
                try:
                    line = decoder.decode(raw)
                except (msgspec.DecodeError, UnicodeDecodeError) as error:
                    raise LedgerError(f"ledger {self.path}: line {number}: expected a ledger line, got: {error}") from error
                command.append(line)
                size += len(raw)
                if line.more:
                    continue
                self.offset += size
                self.lines = number
                yield from command
                command, size = [], 0
        if command:
            self._cut(f"the last command has lines {self.lines + 1} to {self.lines + len(command)} and no end", warn)

    def append(self, lines: Sequence[Line]) -> None:
        """Hand the lines of one command to the operating system. Raises LedgerError, see `flush`."""
        self.gather(lines)
        self.flush()

    def gather(self, lines: Sequence[Line]) -> None:
        """Keep the lines of one command for the next `flush`."""
        for line in lines[:-1]:
            line.more = True
        self._gathered.append(self._encoder.encode_lines(lines))
        self._gathered_lines += len(lines)

    def flush(self) -> None:
        """Hand what was gathered to the operating system, with one write.

        Raises:
            LedgerError: not all bytes were taken, now or before; the venue must end, because memory is ahead of the file. What was taken
                is cut off again.
        """
        if self._failure is not None:
            raise self._failure
        if not self._gathered:
            return
        buffer, lines = b"".join(self._gathered), self._gathered_lines
        self._gathered.clear()
        self._gathered_lines = 0
        try:
            written = os.write(self._fd, buffer)
        except OSError as error:
            raise self._broken(f"writing {len(buffer)} bytes failed: {error.strerror}") from error
        if written != len(buffer):
            os.ftruncate(self._fd, self.offset)
            raise self._broken(f"only {written} of {len(buffer)} bytes were written")
        self.offset += written
        self.lines += lines

    def _broken(self, what: str) -> LedgerError:
        self._failure = LedgerError(f"ledger {self.path}: {what}; free space on its disk")
        return self._failure

    def _cut(self, what: str, warn: Callable[[str], None]) -> None:
        """Cut the file behind its last whole command."""
        warn(f"ledger {self.path}: {what}; its command was never answered and is cut off")
        os.ftruncate(self._fd, self.offset)

    def close(self) -> None:
        """Raises LedgerError, see `flush`; the file is closed all the same."""
        try:
            self.flush()
        finally:
            os.close(self._fd)
