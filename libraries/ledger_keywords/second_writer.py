"""A process that holds the write lock of an engine's database, for keywords and campaigns alike."""

from __future__ import annotations

from pathlib import Path

from libraries.world.deadlines import Deadline
from libraries.world.engine import Engine
from libraries.world.exchange import REPOSITORY
from libraries.world.processes import Child, Children, child_environment, python_command


def hold_lock(engine: Engine, children: Children, directory: Path, deadline: Deadline) -> Child:
    """From now on the engine cannot commit; SIGTERM gives the lock back. `directory` gets the process's log.

    Raises:
        WorldError: the lock could not be had in time; the reason is in the message.
    """
    database = engine.database
    holder = children.spawn(
        "database lock holder",
        python_command("libraries.ledger_keywords.lock_holder", database.url if database else str(engine.database_path)),
        directory=directory,
        environment=child_environment({"PGPASSWORD": database.password} if database else {}, REPOSITORY),
        log_name="lock-holder",
        echo_variable="LOCK_HOLDER_INSTANCE",
    )
    holder.wait_ready(deadline)
    return holder
