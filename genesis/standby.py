"""The life of a standby: it follows another engine's journal, answers `/health`, and ends as the engine that trades."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from genesis import process
from genesis.data.postgres.database import PostgresDatabase
from genesis.data.postgres.follower import Follower
from genesis.data.postgres.settings import StandbySettings
from genesis.data.recovery import Recovered
from genesis.monitoring.listening import Listening
from genesis.monitoring.standby_api import StandbyApi


async def stand_by(
    database: PostgresDatabase, standby: StandbySettings, api: StandbyApi, listening: Listening, kept: list[str]
) -> Recovered | None:
    """Wait until the engine that trades has let its lease run out. What was recovered then; None = told to stop.

    Raises:
        DatabaseError: what is there cannot be believed, or is of another version.
    """
    running = asyncio.get_running_loop()
    told = asyncio.Event()
    if kept:
        told.set()
    for number in process.stop_signals():
        running.add_signal_handler(number, told.set)
    follower = Follower(database, standby)
    await api.start(listening.again(), lambda: _followed(follower))
    taken: Recovered | None = None
    try:
        while taken is None and not told.is_set():
            taken = await running.run_in_executor(None, follower.step)
            if taken is None:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(told.wait(), standby.poll_ms / 1_000)
    finally:
        await api.close()
        if taken is None:
            follower.close()
    return taken


def _followed(follower: Follower) -> dict[str, Any]:
    return {
        "epoch": follower.epoch,
        "journal_seq": follower.head,
        "database": {"ok": not follower.trouble, "detail": follower.trouble},
        "standby": {"lease_left_ms": max(0, follower.left_ms())},
    }
