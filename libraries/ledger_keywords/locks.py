"""A second writer on the engine's database: what the engine does when it cannot commit."""

from __future__ import annotations

from robot.api.deco import keyword

from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.ledger_keywords.second_writer import hold_lock
from libraries.world.deadlines import Deadline
from libraries.world.session import session

_START = Timeout(seconds=10)


class LockKeywords(Component):
    """The lock is real: a child process with an open write transaction."""

    @keyword
    def hold_the_database_lock(self, *, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN) -> None:
        """From now on the engine cannot commit: another process holds the write lock of its database.

        Args:
            timeout: How long the other process may take to get the lock; default 10 seconds.
            engine: Alias; default: the first engine.

        Raises:
            WrongArgument: the lock is held already.
            WorldError: the lock could not be had; the reason is in the message.

        Example:
            ```robotframework
            Hold The Database Lock
            Get Venue Order Count    ==    0
            Release The Database Lock
            ```
        """
        if self.notes.lock_holder is not None:
            raise WrongArgument("the database lock is held already; release it first (keyword: Release The Database Lock)")
        used = self.engine(engine)
        if used.database is None and not used.database_path.exists():
            raise WrongArgument(f"engine {used.alias} has no database yet; start it first (keyword: Start A Fresh Engine)")
        holder = hold_lock(used, session.scope.children, session.directory, Deadline(timeout or _START))
        self.notes.lock_holder = holder
        self.note("database lock held", engine=used.alias)

    @keyword
    def release_the_database_lock(self) -> None:
        """The other process gives the write lock back; the engine can commit again.

        Raises:
            WrongArgument: no lock is held.

        Example:
            ```robotframework
            Release The Database Lock
            ```
        """
        holder = self.notes.lock_holder
        if holder is None:
            raise WrongArgument("no database lock is held; take it first (keyword: Hold The Database Lock)")
        holder.terminate("keyword Release The Database Lock", Deadline(5))
        self.notes.lock_holder = None
        self.note("database lock released")
