"""The `[standby]` table of the configuration file. Whatever is wrong is named by its key; without the table there is no lease."""

from __future__ import annotations

import re
from typing import Final

from genesis.core.settings import TimingSettings
from genesis.core.strict import Table
from genesis.data.postgres.settings import StandbySettings

ROLES: Final = ("primary", "standby")
SPARE_MS: Final = 1_000
"""So much longer than the venue's window a lease is: renewing it takes time, too."""


def standby(table: Table, timing: TimingSettings, *, shared: bool) -> StandbySettings:
    """Which part it plays and for how long a lease holds. `shared`: the database is one that several engines reach."""
    base = StandbySettings()
    least = timing.recv_window_ms + SPARE_MS
    settings = StandbySettings(
        role=table.text("role", re.compile("|".join(ROLES)), f"one of {', '.join(ROLES)}", base.role),
        lease_ms=table.integer("lease_ms", base.lease_ms, low=1, high=600_000),
        poll_ms=table.integer("poll_ms", base.poll_ms, low=10, high=10_000),
    )
    if settings.lease_ms < least:
        table.wrong(
            "lease_ms",
            f"at least {least}: timing.recv_window_ms ({timing.recv_window_ms}) and {SPARE_MS}",
            f"{settings.lease_ms}, with which an order could still be accepted after a takeover",
        )
    if not shared:
        table.wrong("role", "a postgresql:// [database] url beside this table", "a file; correct url, or leave [standby] out")
    table.close()
    return settings
