"""A round of an engine with a lease: it dies or freezes where its lease decides (CP-L1, CP-L2), and a standby goes on with its journal."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from typing import Final

from libraries.campaign.lone import lone_engine
from libraries.campaign.plan import SYMBOLS, Round, session
from libraries.campaign.rounds import FUNDS, NEWS_S, QUIET_S, SETTINGS, START_S, STOP_S, Life, Outcome, audit, die, told
from libraries.campaign.trader import Trader
from libraries.world.deadlines import Deadline, poll
from libraries.world.engine import EXIT_SUPERSEDED, Engine
from libraries.world.errors import WorldError
from libraries.world.exchange import Exchange
from libraries.world.processes import Children
from libraries.world.servers.postgres import PostgresServer

_LEASE: Final = {"lease_ms": 2_500}
_PLAYED: Final = 3
"""How many phrases of the session the standby plays."""


def survive_by_a_standby(plan: Round, exchange: Exchange, root: Path, directory: Path, server: PostgresServer) -> Outcome:
    """Play a round to its end and audit it; never raises for what the engines do."""
    database = server.create_database(f"lease {plan.number}")
    settings = {**SETTINGS, "standby": _LEASE}
    name = f"campaign-{plan.number}-{plan.seed}"
    children = Children()
    with lone_engine(name, exchange, root, directory, funds=FUNDS, symbols=SYMBOLS, settings=settings, database=database) as (
        engine,
        history,
    ):
        life = Life(plan, engine, exchange, history)
        waiting = {**SETTINGS, "standby": {**_LEASE, "role": "standby"}}
        standby = Engine(
            "standby",
            directory=directory / "standby",
            root=root,
            links=engine.links,
            children=children,
            settings=waiting,
            database=database,
        )
        try:
            _play(life, standby)
            audit(life, directory, standby)
        except (WorldError, AssertionError) as error:
            life.outcome.failures.append(f"{type(error).__name__}: {error}")
        finally:
            children.kill_all("end of the round")
            standby.close_client()
        told(life)
    return life.outcome


def _play(life: Life, standby: Engine) -> None:
    plan, steps = life.plan, session(life.plan.seed)
    life.arm(f"{plan.point}:{plan.nth}:{plan.mode}")
    life.trader.quote()
    life.engine.start(Deadline(START_S))
    standby.start(Deadline(START_S), until="STANDBY", books=False)
    at = _until_gone(life)
    if plan.mode == "kill":
        die(life)
    began = time.monotonic()
    standby.wait_state("RUNNING", Deadline(START_S), books=True)
    heir = Trader(standby, life.exchange, life.history, f"s{plan.number}")
    heir.quote()
    if poll(heir.buys_again, Deadline(NEWS_S), threading.Event().wait) is None:
        raise AssertionError(f"after the takeover an order should be accepted within {NEWS_S:g} s, all were refused")
    life.outcome.recovery_s.append(time.monotonic() - began)
    if plan.mode == "stop":
        _thaw(life)
    for step in steps[at + 1 :][:_PLAYED]:
        heir.play(step)
    life.trader.acknowledged += heir.acknowledged
    life.trader.unknown += heir.unknown
    life.exchange.admin.heal()
    standby.control.quiesce(round(1_000 * QUIET_S))


def _until_gone(life: Life) -> int:
    """Play until the engine does not answer; in which step that was.

    Raises:
        AssertionError: it never came to the point.
    """
    for number, step in enumerate(session(life.plan.seed)):
        try:
            life.trader.play(step)
        except WorldError:  # dead, or frozen
            if life.happened():
                return number
            raise
    raise AssertionError(f"{life.plan.point} was not reached a {life.plan.nth}. time: nothing was shown by this round")


def _thaw(life: Life) -> None:
    """What it was about to do reaches nobody: it finds that it was superseded, and ends."""
    life.outcome.stops += 1
    life.child.announce_death("superseded")
    life.child.send_signal(signal.SIGCONT)
    code = life.child.wait(STOP_S)
    if code != EXIT_SUPERSEDED:
        life.outcome.failures.append(
            f"superseded, it should end with exit code {EXIT_SUPERSEDED}: {life.child.exit_text()}.\n{life.child.log_tail()}"
        )
    life.engine.forget()
