"""One engine on an account of its own, and nothing of it that stays: what each round of a campaign is played in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from libraries.world.engine import Engine, VenueLink
from libraries.world.exchange import Exchange
from libraries.world.history import History
from libraries.world.processes import Children
from libraries.world.servers.database import Database


@contextmanager
def lone_engine(
    name: str,
    exchange: Exchange,
    root: Path,
    directory: Path,
    *,
    funds: Mapping[str, str],
    symbols: tuple[str, ...],
    settings: Mapping[str, Any],
    database: Database | None = None,
) -> Iterator[tuple[Engine, History]]:
    """An engine of the build in `root`, configured and never started, on a new account `name` with `funds`, and its history; its state is
    in `database`, None = in a file. However the
    round goes: in the end no process of it runs, the venue is healed, and none of its orders rests there."""
    children, history = Children(), History(directory / "history.jsonl")
    account = exchange.admin.create_account(name, funds)
    link = VenueLink(exchange, account, symbols, name=exchange.alias)
    engine = Engine(
        "main", directory=directory / "engine", root=root, links=(link,), children=children, settings=settings, database=database
    )
    try:
        yield engine, history
    finally:
        children.kill_all("end of the round")
        engine.close_client()
        exchange.admin.heal()
        exchange.admin.cancel_orders(account.name)
        history.close()
