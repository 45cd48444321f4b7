"""The one place that wires everything: configuration, database, pure engine, loop, gateways, control API."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import os
import resource
import secrets
import sys
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
import structlog
import uvloop

import genesis
from genesis import hooks, process
from genesis.cache_side import CacheSide
from genesis.clock import MovableClock, SystemClock
from genesis.config import Config
from genesis.core import money
from genesis.core.errors import EXIT_OK, ConfigError, DatabaseError
from genesis.core.events import EngineBooted
from genesis.core.secret import Secret
from genesis.data.database import Database, Keeper, Lookout, database_of
from genesis.data.ending import previous_ending
from genesis.data.lock import InstanceLock
from genesis.data.postgres.settings import StandbySettings
from genesis.data.recovery import Recovered
from genesis.data.repository import Repository
from genesis.engine import rate_limits
from genesis.engine.engine import TradingEngine
from genesis.engine.loop import EngineLoop
from genesis.engine.ports import Clock
from genesis.engine.watchdog import Watchdog, forget, stuck_before
from genesis.exchange.gateway import BinanceGateway
from genesis.garbage import Garbage
from genesis.monitoring import logs
from genesis.monitoring.alerts import AlertSender, sinks_of
from genesis.monitoring.api import ControlApi
from genesis.monitoring.components import Components
from genesis.monitoring.health import Identity
from genesis.monitoring.listening import Listening, listen
from genesis.monitoring.metrics import Metrics
from genesis.monitoring.scrapes import Scrapes
from genesis.monitoring.watch import Watch

TOKEN_BYTES: Final = 32
HANDOVER_S: Final = 0.0005
"""How long the loop may keep the interpreter from the thread that commits: at 1,000 orders/s the usual 5 ms are a p99.9 of 54 to 60 ms
from tick to disk, this is one of 30 to 39."""
CLOCK_AHEAD_VARIABLE: Final = "GENESIS_CLOCK_AHEAD_MS"
_PACKAGE_PATH: Final = str(Path(genesis.__file__).resolve().parent)


def run(config: Config) -> int:
    """Run the engine until it is told to stop; the exit code of the process.

    Raises:
        GenesisError: the machine, the database, the control port or a venue cannot be used.
    """
    sys.setswitchinterval(HANDOVER_S)
    process.have_descriptors()
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold the keys
    money.install_context()
    token = config.token or Secret(secrets.token_urlsafe(TOKEN_BYTES))
    told = [*config.alerts.secrets, *([config.cache.password] if config.cache is not None and config.cache.password is not None else [])]
    logs.configure([token, *told, *(secret for venue in config.venues for secret in (venue.api_key, venue.api_secret))])
    gc.freeze()
    gc.enable()
    if config.test_hooks:
        _switch_on_hooks()
    hooks.reached("CP-S1")
    database = database_of(config.database, config.anchor, config.storage, config.standby)
    if config.standby is not None and config.standby.role == "standby":
        return uvloop.run(_stand_by(config, config.standby, database, token))
    database.lock()
    try:
        hooks.reached("CP-S2")
        recovered = database.recover()
        if config.standby is not None:  # the epoch tells engines apart of which one was frozen on this machine
            return uvloop.run(_serve(config, database, recovered, token, process.until_the_loop_listens()))
        try:
            only_one = InstanceLock(recovered.instance_id, database.name)
        except DatabaseError:
            recovered.connection.close()
            raise
        try:
            return uvloop.run(_serve(config, database, recovered, token, process.until_the_loop_listens()))
        finally:
            only_one.release()
    finally:
        database.release()


def _switch_on_hooks() -> None:
    try:
        hooks.switch_on(os.environ)
    except hooks.NotACrash as error:
        raise ConfigError(f"{hooks.CRASH_VARIABLE}: {error}") from error


def _clock_ahead_ms() -> int:
    """How far a test had moved the clock of the process before this one, and what has passed since then."""
    ahead = os.environ.get(CLOCK_AHEAD_VARIABLE, "0")
    if not ahead.isascii() or not ahead.isdecimal():
        raise ConfigError(f"{CLOCK_AHEAD_VARIABLE}: expected milliseconds, a whole number from 0 on, got {ahead[:20]!r}")
    return int(ahead)


async def _stand_by(config: Config, standby: StandbySettings, database: Database, token: Secret) -> int:
    """Follow another engine, then be the one that trades."""
    from genesis.data.postgres.database import PostgresDatabase  # noqa: PLC0415 - its driver is slow to import and not always needed
    from genesis.monitoring.standby_api import StandbyApi  # noqa: PLC0415
    from genesis.standby import stand_by  # noqa: PLC0415

    assert isinstance(database, PostgresDatabase), "the configuration was checked"
    kept = process.until_the_loop_listens()
    listening = listen(config.ports)
    try:
        _say_ready(listening, token, _identity(config, ""))
        recovered = await stand_by(database, standby, StandbyApi(token, _identity(config, "")), listening, kept)
        return EXIT_OK if recovered is None else await _serve(config, database, recovered, token, kept, listening=listening)
    finally:
        listening.close()
        database.release()


def _identity(config: Config, previous: str) -> Identity:
    return Identity(
        instance=os.environ.get("GENESIS_INSTANCE", ""),
        pid=os.getpid(),
        version=genesis.__version__,
        package_path=_PACKAGE_PATH,
        test_hooks=config.test_hooks,
        previous=previous,
    )


async def _serve(
    config: Config, database: Database, recovered: Recovered, token: Secret, kept: list[str], *, listening: Listening | None = None
) -> int:
    """`kept`: stop signals that have come already. `listening`: where it is asked already, by who has read the ready line."""
    running = asyncio.get_running_loop()
    clock = MovableClock(_clock_ahead_ms()) if config.test_hooks else SystemClock()
    metrics = Metrics()
    journal = database.journal(recovered, running.call_soon_threadsafe, clock.ahead_ns)
    stuck_file = database.base.with_name(f"{database.base.name}.stuck")
    watchdog = Watchdog(stuck_file, config.engine.runtime.watchdog_ms)
    engine = TradingEngine(config.engine, recovered.state, recovered.instance_id, watchdog, hooks.reached, former=recovered.former)
    cache = CacheSide(config.cache, recovered.instance_id, journal.epoch)
    components = Components()
    sender = AlertSender(config.alerts, sinks_of(config.alerts), clock, components, recovered.instance_id)
    loop = EngineLoop(
        engine=engine, journal=journal, clock=clock, timing=config.engine.timing, gauge=metrics, alerts=sender, mirror=cache.mirror
    )
    watch = Watch(loop, components, config.alerts, clock, instance=recovered.instance_id, cache=cache.cached)
    keeper = database.keeper(config.engine.timing.recv_window_ms, lambda reason: running.call_soon_threadsafe(loop.superseded, reason))
    garbage = Garbage(lambda: journal.recorded)
    beside = [each for each in (keeper, _lookout(database, loop), garbage) if each is not None]
    gateways = _gateways(config, recovered, loop, clock, keeper)
    _heed_signals(loop, kept)
    questions = database.questions()
    identity = _identity(config, previous_ending(recovered.connection))
    scrapes = Scrapes(loop=loop, metrics=metrics, clock=clock, token=token, cache=cache.cached)
    api = ControlApi(
        loop=loop,
        questions=questions,
        clock=clock,
        token=token,
        identity=identity,
        components=components,
        moved=clock if isinstance(clock, MovableClock) else None,
        cache=cache.cached,
    )
    boot = EngineBooted(
        epoch=journal.epoch,
        version=genesis.__version__,
        config_digest=config.digest,
        test_hooks=config.test_hooks,
        stuck=stuck_before(stuck_file),
        previous=identity.previous,
        notices=recovered.notices,
    )
    watchdog.start()
    try:
        heard = listening if listening is not None else listen(config.ports)
        await api.start(heard.control)
        await scrapes.start(heard.scrapes)
        for each in beside:
            each.begin()
        cache.start(loop)
        if listening is None:
            _say_ready(heard, token, identity)
        hooks.reached("CP-S4a")
        watch.start()
        code = await loop.run(boot, gateways, booted=partial(forget, stuck_file), leaving=partial(_fall_silent, api, scrapes, questions))
    except BaseException:
        await journal.close(clean=False)
        raise
    finally:
        watchdog.stop()
        for each in beside:
            each.stop()
        await watch.close()
        await _fall_silent(api, scrapes, questions)
        cache.stop()
    structlog.get_logger("app").info("ended", exit_code=code)
    process.be_deaf()
    return code


def _gateways(config: Config, recovered: Recovered, loop: EngineLoop, clock: Clock, keeper: Keeper | None) -> list[BinanceGateway]:
    return [
        BinanceGateway(
            venue,
            config.engine.timing,
            loop.submit,
            clock,
            market=config.engine.market,
            breaker=config.engine.breaker,
            rate=config.engine.rate,
            failover=config.engine.failover,
            leased=keeper.holds if keeper is not None else None,
            held_ms=rate_limits.held_ms(recovered.state, venue.name, clock.wall_ms()),
        )
        for venue in config.venues
    ]


def _lookout(database: Database, loop: EngineLoop) -> Lookout | None:
    """Who counts the database's standbys; where none are asked for, what an earlier configuration asked for blocks nothing any more."""
    running = asyncio.get_running_loop()
    lookout = database.lookout(lambda found, required: running.call_soon_threadsafe(loop.standbys, found, required))
    if lookout is None:
        running.call_soon(loop.standbys, 0, 0)
    return lookout


def _heed_signals(loop: EngineLoop, kept: list[str]) -> None:
    for number in process.stop_signals():
        asyncio.get_running_loop().add_signal_handler(number, loop.stop, number.name)
    for reason in kept:
        loop.stop(reason)


async def _fall_silent(api: ControlApi, scrapes: Scrapes, questions: Repository) -> None:
    """No question is answered any more."""
    await api.close()
    await scrapes.close()
    questions.close()


def _say_ready(listening: Listening, token: Secret, identity: Identity) -> None:
    """The ready line. Who started the engine without caring for its stdout may have closed it."""
    where = {"control_url": listening.control_url, "metrics_url": listening.metrics_url}
    line = where | {"token": token.reveal(), "pid": identity.pid, "instance": identity.instance}
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.write(msgspec.json.encode(line).decode() + "\n")
        sys.stdout.flush()
