"""The ledger of a venue with sockets: the lines of one turn of the loop go to the operating system with one write.

Nothing may leave the venue that is not there: whatever writes to a socket settles first.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence

from ..core.ledger_lines import Line
from ..errors import LedgerError
from ..ledger import LedgerFile

Settle = Callable[[], None]
"""Hand the operating system every line of every command so far. Raises LedgerError: it does not take them, the process ends."""


def nothing_to_settle() -> None:
    """For a venue without a ledger file."""


class GroupCommit:
    """The venue's journal. `failed` ends the process."""

    def __init__(self, ledger: LedgerFile, failed: Callable[[BaseException], None]) -> None:
        self._ledger = ledger
        self._failed = failed
        self._due = False

    def append(self, lines: Sequence[Line]) -> None:
        """Take the lines of one command; they are written at the latest before anything leaves."""
        self._ledger.gather(lines)
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._end_of_turn)

    def settle(self) -> None:
        """See `Settle`."""
        try:
            self._ledger.flush()
        except LedgerError as error:
            self._failed(error)
            raise

    def _end_of_turn(self) -> None:
        self._due = False
        with contextlib.suppress(LedgerError):  # told already: the process ends
            self.settle()
