"""How an engine's process ends, what it leaves behind, and what the next one says of it (R29, I24, I32, I33)."""

from __future__ import annotations

import signal
from contextlib import suppress
from pathlib import Path

import psutil
from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.amounts import Price, Quantity
from libraries.common.assertions import ask, settle
from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Ending, ProcessSignal, Purpose, Side, Symbol, Timeout, milliseconds
from libraries.engine_keywords.flow import Flow
from libraries.engine_keywords.outgoing import Wish
from libraries.engine_keywords.reading import EngineReader
from libraries.world.engine import Engine
from libraries.world.errors import WorldError
from libraries.world.session import session

ITS_FILES = ("engine.db", "engine.db.anchor", "engine.db.lock")
"""What an engine leaves beside its database after a clean stop (docs/engine.md, Shutdown)."""
_WORLD_FILES = ("engine.toml", "refused.toml", "engine.log", "engine.out", "engine.tmp")
_ANSWER_S = 10.0
_EVERY = Timeout(milliseconds=100)
_LOOK = "the end of the engine's log, and its directory in the kept world"


class StoppingKeywords(EngineReader):
    """Signals, endings, and what is left."""

    @keyword
    def signal_the_engine(self, *signals: ProcessSignal, engine: str = NOT_GIVEN) -> None:
        """Send signals to the engine's process and go on at once; `The Engine Should Have Ended` waits for the end.

        Two equal signals in a row may count once (that is how signals are): for a second one take another.

        Args:
            signals: One or more of `SIGTERM`, `SIGINT`, `SIGHUP`, `SIGPIPE`, in this order.
            engine: Alias; default: the first engine.

        Raises:
            WrongArgument: none was given.
            WorldError: the engine is not running.

        Example:
            ```robotframework
            Signal The Engine    SIGTERM    SIGINT
            The Engine Should Have Ended    143
            ```
        """
        if not signals:
            raise WrongArgument(f"expected one or more of {', '.join(one.value for one in ProcessSignal)}, got none")
        running = self.engine(engine)
        if running.child is None or not running.alive:
            raise WorldError(f"engine {running.alias} is not running; start it first (keyword: Start A Fresh Engine)")
        deadly = [one for one in signals if one is not ProcessSignal.SIGPIPE]
        if deadly:
            running.child.announce_death(f"keyword Signal The Engine    {deadly[0].value}")
        for one in signals:
            running.child.send_signal(signal.Signals[one.value])
        self.note("signalled" if deadly else "signal ignored", engine=running.alias, signals=[one.value for one in signals])

    @keyword
    def get_previous_ending(
        self,
        operator: AssertionOperator = NOT_GIVEN,
        expected: Ending = NOT_GIVEN,
        *,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> str:
        """What the running engine says of the process before it: `first` (there was none), `clean` or `recovered`.

        Args:
            operator: `==` or `!=`; left out, the ending is only returned.
            expected: Such as `clean`.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The ending.

        Example:
            ```robotframework
            Stop The Engine
            Restart The Engine
            Get Previous Ending    ==    clean
            ```
        """
        question = self.question(engine, lambda running: Ending(str(running.control.health()["previous"])), "ending of the process before")
        return str(ask(question, operator, expected, timeout).value)

    @keyword
    def the_engine_left_only_its_files(self, *, engine: str = NOT_GIVEN) -> list[str]:
        """After its end there is, beside the database, its anchor and its lock file, and nothing else; no temporary file either.

        Args:
            engine: Alias; default: the first engine.

        Returns:
            The names of the files.

        Raises:
            AssertionError: another file, or one of these is missing.
            WorldError: it still runs.

        Example:
            ```robotframework
            Stop The Engine
            The Engine Left Only Its Files
            ```
        """
        ended = self.engine(engine)
        if ended.alive:
            raise WorldError(f"engine {ended.alias} still runs; stop it first (keyword: Stop The Engine)")
        names = sorted(path.name for path in ended.directory.iterdir() if path.name not in _WORLD_FILES)
        temporary = sorted(path.name for path in ended.child.temp_path.iterdir()) if ended.child is not None else []
        if names != list(ITS_FILES) or temporary:
            raise AssertionError(
                f"a stopped engine should leave {', '.join(ITS_FILES)} and no temporary file, "
                f"it left {', '.join(names) or 'nothing'}{' and temporary ' + ', '.join(temporary) if temporary else ''}"
            )
        return names

    @keyword
    def remember_what_the_engine_has_open(self, *, engine: str = NOT_GIVEN) -> dict[str, int]:
        """Remember how many files, descriptors and threads the engine's process has now, for `The Engine Has Open What It Had`.

        Args:
            engine: Alias; default: the first engine.

        Returns:
            The numbers: `files`, `descriptors` (files, pipes, sockets), `threads`.

        Raises:
            WorldError: the engine is not running.

        Example:
            ```robotframework
            Remember What The Engine Has Open
            Disconnect The Engine
            The Engine Has Open What It Had
            ```
        """
        running = self.engine(engine)
        now = _open(running)
        self.notes.open_before[running.alias] = [now]
        return now

    @keyword
    def the_engine_has_open_what_it_had(self, *, spare: int = 2, timeout: Timeout = NOT_GIVEN, engine: str = NOT_GIVEN) -> dict[str, int]:
        """The engine's process has as many files and threads as were remembered, and hardly more connections, over restarts too.

        What was seen since then is what the auditor examines for leaks (I33).

        Args:
            spare: How many more descriptors are no leak: connections that are kept for the next request come and go.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The numbers now.

        Raises:
            AssertionError: it has more of one; with both numbers.
            WrongArgument: nothing was remembered.

        Example:
            ```robotframework
            Remember What The Engine Has Open
            Stop The Engine
            Restart The Engine
            The Engine Has Open What It Had
            ```
        """
        alias = self.engine(engine).alias
        seen = self.notes.open_before.get(alias)
        if seen is None:
            raise WrongArgument(f"nothing is remembered of engine {alias} (keyword: Remember What The Engine Has Open)")
        before = seen[0]
        most = before | {"descriptors": before["descriptors"] + spare}
        words = ", ".join(f"{most[name]} {name}" for name in most)

        def is_no_more(now: dict[str, int]) -> bool:
            return all(now[name] <= most[name] for name in most)

        now = settle(self.question(engine, _open, f"what engine {alias} has open", _LOOK), f"be at most {words}", is_no_more, timeout)
        seen.append(now)
        series = {name: [one[name] for one in seen] for name in ("files", "threads")}
        self.note("leaks", engine=alias, found=[], **series)
        return now

    @keyword
    def orders_flow_to_the_engine(
        self, symbol: Symbol, *, qty: Quantity, price: Price, every: Timeout = _EVERY, engine: str = NOT_GIVEN
    ) -> None:
        """From now on, until the test or the engine ends, somebody sends buy LIMIT orders and cancels each again.

        Args:
            symbol: Such as `BTCUSDT`.
            qty: Quantity of each, in base.
            price: Limit of each, below the market, so that they rest.
            every: How long between two of them; default 100 ms.
            engine: Alias; default: the first engine.

        Raises:
            AssertionError: the engine does not take the first one; its answer is in the message.

        Example:
            ```robotframework
            Orders Flow To The Engine    BTCUSDT    qty=0.5    price=95.00
            Stop The Engine
            ```
        """
        running = self.engine(engine)
        wish = Wish(Side.BUY, symbol, qty, price, None, None, None, Purpose.ENTRY, None)
        wish.must_make_sense()
        flow = Flow(running, wish, each_to_its_end=False, every_s=milliseconds(every) / 1_000)
        session.scope.cleanups.append(flow.stop)
        flow.begun.wait(_ANSWER_S)
        if not flow.orders:
            said = flow.trouble or "nothing was answered"
            raise AssertionError(f"the engine should take the first order of the flow: {said}. Look at: its log, RiskDenied facts")
        self.note("orders flow", engine=running.alias, symbol=str(symbol))


def _open(running: Engine) -> dict[str, int]:
    if running.child is None or not running.alive:
        raise WorldError(f"engine {running.alias} is not running; start it first (keyword: Start A Fresh Engine)")
    found = []
    for descriptor in Path(f"/proc/{running.child.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            found.append(str(descriptor.readlink()))
    return {
        "files": sum(one.startswith("/") for one in found),
        "descriptors": len(found),
        "threads": psutil.Process(running.child.pid).num_threads(),
    }
