"""A real cache server (Valkey) that suites start and break, and what it holds, read by a client of our own."""

from __future__ import annotations

import json
from enum import Enum
from functools import partial
from typing import Any

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.common.assertions import Question, ask, settle
from libraries.common.canary import canary
from libraries.common.component import Component
from libraries.common.errors import NotYet, WrongArgument
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.world.deadlines import Deadline
from libraries.world.errors import WorldError
from libraries.world.servers.valkey import CacheServer, one_bit_flipped
from libraries.world.session import session

START = Timeout(seconds=15)
WARM = Timeout(seconds=10)
_LOOK = "the cache's log in its directory of this world, and the engine's log"


class Spoiling(Enum):
    """What becomes of a value in the cache."""

    BIT = "BIT"
    CUT = "CUT"
    EMPTY = "EMPTY"
    FOREIGN = "FOREIGN"
    TYPE = "TYPE"


_CHANGES = {
    Spoiling.BIT: one_bit_flipped,
    Spoiling.CUT: lambda value: value[: len(value) // 2],
    Spoiling.EMPTY: lambda _: b"",
    Spoiling.FOREIGN: lambda _: b'{"quantity":"1000000","state":"HALTED"}',
    Spoiling.TYPE: None,
}


class CacheKeywords(Component):
    """Every fault is real: a killed or stopped process, memory that is used up, another password, other bytes in the server's memory."""

    @keyword
    def start_a_cache(self, *, cache: str = "cache", timeout: Timeout = NOT_GIVEN) -> str:
        """Start an empty cache server. Every engine that starts from now on uses it, unless it says `cache=False`.

        Args:
            cache: Alias.
            timeout: How long it may take; default 15 seconds.

        Returns:
            Which server it is, and why this one.

        Raises:
            WorldError: the alias is taken, there is no cache server on this machine, or it did not start.

        Example:
            ```robotframework
            Start A Cache
            Start A Fresh Engine
            ```
        """
        return session.open_cache(cache, Deadline(timeout or START)).why

    @keyword
    def kill_the_cache(self, *, cache: str = NOT_GIVEN) -> None:
        """SIGKILL to the server: what it held is gone.

        Args:
            cache: Alias; default: the first cache.

        Raises:
            WorldError: it is not running.

        Example:
            ```robotframework
            Kill The Cache
            Start The Cache Again
            ```
        """
        server = session.cache(cache)
        server.kill("keyword Kill The Cache")
        self.note("cache killed", cache=server.name)

    @keyword
    def start_the_cache_again(self, *, cache: str = NOT_GIVEN, timeout: Timeout = NOT_GIVEN) -> None:
        """Start a killed server at the same address, with the same password, empty.

        Args:
            cache: Alias; default: the first cache.
            timeout: How long it may take; default 15 seconds.

        Raises:
            WorldError: it runs, or was not ready in time.

        Example:
            ```robotframework
            Start The Cache Again
            ```
        """
        server = session.cache(cache)
        server.start(Deadline(timeout or START))
        self.note("cache started again", cache=server.name)

    @keyword
    def restart_the_cache(self, *, cache: str = NOT_GIVEN, timeout: Timeout = NOT_GIVEN) -> None:
        """SIGKILL and at once a start at the same address, empty.

        Args:
            cache: Alias; default: the first cache.
            timeout: How long the start may take; default 15 seconds.

        Raises:
            WorldError: it is not running, or was not ready in time.

        Example:
            ```robotframework
            Restart The Cache
            ```
        """
        self.kill_the_cache(cache=cache)
        self.start_the_cache_again(cache=cache, timeout=timeout)

    @keyword
    def freeze_the_cache(self, *, cache: str = NOT_GIVEN) -> None:
        """SIGSTOP to the server: it takes connections and answers nothing. Ends with `Thaw The Cache`, or with the test.

        Args:
            cache: Alias; default: the first cache.

        Raises:
            WorldError: it is not running, or frozen already.

        Example:
            ```robotframework
            Freeze The Cache
            ```
        """
        server = session.cache(cache)
        server.freeze()
        session.scope.cleanups.append(partial(_thawed, server))
        self.note("cache frozen", cache=server.name)

    @keyword
    def thaw_the_cache(self, *, cache: str = NOT_GIVEN) -> None:
        """Let a frozen server go on; it still holds what it held.

        Args:
            cache: Alias; default: the first cache.

        Raises:
            WorldError: it is not frozen.

        Example:
            ```robotframework
            Thaw The Cache
            ```
        """
        server = session.cache(cache)
        server.thaw()
        self.note("cache thawed", cache=server.name)

    @keyword
    def fill_the_cache_up(self, *, cache: str = NOT_GIVEN) -> None:
        """From now on there is no memory for anything more: writing is refused (OOM), questions are answered.

        Args:
            cache: Alias; default: the first cache.

        Raises:
            WorldError: it is not running.

        Example:
            ```robotframework
            Fill The Cache Up
            Make Room In The Cache
            ```
        """
        server = session.cache(cache)
        server.fill_up()
        self.note("cache full", cache=server.name)

    @keyword
    def make_room_in_the_cache(self, *, cache: str = NOT_GIVEN) -> None:
        """The end of `Fill The Cache Up`.

        Args:
            cache: Alias; default: the first cache.

        Raises:
            WorldError: it is not running.

        Example:
            ```robotframework
            Make Room In The Cache
            ```
        """
        server = session.cache(cache)
        server.make_room()
        self.note("cache has room", cache=server.name)

    @keyword
    def empty_the_cache(self, *, cache: str = NOT_GIVEN) -> int:
        """Everything in it is forgotten (FLUSHALL).

        Args:
            cache: Alias; default: the first cache.

        Returns:
            How many values that were.

        Raises:
            WorldError: it is not running.

        Example:
            ```robotframework
            Empty The Cache
            ```
        """
        server = session.cache(cache)
        forgotten = server.empty()
        self.note("cache emptied", cache=server.name, values=forgotten)
        return forgotten

    @keyword
    def change_the_password_of_the_cache(self, *, back: bool = False, cache: str = NOT_GIVEN) -> None:
        """The server takes another password; whoever is connected is thrown out, and the engine knows the old one.

        Args:
            back: Take the password again that the engine knows.
            cache: Alias; default: the first cache.

        Raises:
            WorldError: it is not running.

        Example:
            ```robotframework
            Change The Password Of The Cache
            Change The Password Of The Cache    back=True
            ```
        """
        server = session.cache(cache)
        server.change_password(server.first_password if back else canary())
        self.note("password of the cache changed", cache=server.name, back=back)

    @keyword
    def corrupt_the_cache(self, how: Spoiling = Spoiling.BIT, *, cache: str = NOT_GIVEN) -> int:
        """Put other bytes in the place of every value.

        Args:
            how: `BIT` (one bit in the middle is another), `CUT` (the first half is left), `EMPTY`, `FOREIGN` (well-formed JSON that
                the engine never wrote) or `TYPE` (a list in place of the text).
            cache: Alias; default: the first cache.

        Returns:
            How many values there were.

        Raises:
            WorldError: it is not running.
            WrongArgument: it holds nothing.

        Example:
            ```robotframework
            Corrupt The Cache    BIT
            ```
        """
        server = session.cache(cache)
        spoiled = server.spoil(_CHANGES[how])
        if not spoiled:
            raise WrongArgument("the cache holds nothing that could be corrupted; is an engine running that uses it?")
        self.note("cache corrupted", cache=server.name, how=how.value, values=len(spoiled))
        return len(spoiled)

    # ---- what it holds ----

    @keyword
    def get_cached(
        self,
        key: str,
        field: str,
        operator: AssertionOperator = NOT_GIVEN,
        expected: str = NOT_GIVEN,
        *,
        cache: str = NOT_GIVEN,
        timeout: Timeout = NOT_GIVEN,
    ) -> str:
        """One field of a value that lies in the cache, as text; read from the server, not from the engine.

        Args:
            key: Such as `position:binance/BTCUSDT`, `balance:binance/USDT`, `order:ID`, `book:binance/BTCUSDT`, `engine`, `heartbeat`.
            field: Such as `quantity` or `state`.
            operator: A text operator; left out, the value is only returned.
            expected: The value to compare with.
            cache: Alias; default: the first cache.
            timeout: How long to ask again; default 5 seconds.

        Returns:
            The value.

        Raises:
            AssertionError: no such value in time, or another one.

        Example:
            ```robotframework
            Get Cached    position:binance/BTCUSDT    quantity    ==    0.4995
            ```
        """
        server = session.cache(cache)
        question = Question(lambda: _field(_document(server, key), field), f"{field} of {key} in the cache", _LOOK)
        return ask(question, operator, expected, timeout)

    @keyword
    def get_source_of_cached(
        self,
        key: str,
        operator: AssertionOperator = NOT_GIVEN,
        expected: str = NOT_GIVEN,
        *,
        timeout: Timeout = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> str:
        """Where the engine says that a value came from, asked for it at its control API: `cache` or `memory`.

        Args:
            key: As in `Get Cached`.
            operator: `==` or `!=`; left out, the source is only returned.
            expected: `cache` or `memory`.
            timeout: How long to ask again; default 5 seconds.
            engine: Alias; default: the first engine.

        Returns:
            The source.

        Raises:
            AssertionError: nothing is known of the key in time, or it came from elsewhere.

        Example:
            ```robotframework
            Get Source Of Cached    position:binance/BTCUSDT    ==    memory
            ```
        """
        control = self.engine(engine).control

        def read() -> str:
            answer = control.request("GET", f"/cache/{key}")
            if not answer.ok:
                raise NotYet(str(answer.error.get("message", answer.body)))
            return str(answer.body["source"])

        return ask(Question(read, f"source of {key}", _LOOK), operator, expected, timeout)

    @keyword
    def the_cache_agrees_with_the_engine(self, *, timeout: Timeout = NOT_GIVEN, cache: str = NOT_GIVEN, engine: str = NOT_GIVEN) -> None:
        """Positions, balances, open orders and the engine's state are in the cache as the engine's database has them.

        Args:
            timeout: How long to ask again; default 10 seconds.
            cache: Alias; default: the first cache.
            engine: Alias; default: the first engine.

        Raises:
            AssertionError: not in time; with what differed last.

        Example:
            ```robotframework
            The Cache Agrees With The Engine
            ```
        """
        server, control = session.cache(cache), self.engine(engine).control

        def differing() -> str:
            rows = {f"position:{row['venue']}/{row['symbol']}": row for row in control.positions()}
            rows |= {f"balance:{row['venue']}/{row['asset']}": row for row in control.state()["balances"]}
            rows |= {f"order:{row['client_order_id']}": row for row in control.orders("OPEN")}
            found = {key: _document(server, key) for key in (*rows, "engine")}
            wrong = [key for key, row in rows.items() if any(found[key].get(name) != row[name] for name in _COMPARED if name in row)]
            if found["engine"]["state"] != control.health()["state"]:
                wrong.append("engine")
            return ", ".join(wrong) or "nothing"

        question = Question(differing, "what is another in the cache", _LOOK)
        settle(question, "be nothing", lambda wrong: wrong == "nothing", timeout or WARM)

    @keyword
    def compare_the_decisions_with(self, twin: str, *, engine: str = NOT_GIVEN) -> None:
        """At the end of the test the auditor demands that both engines decided the same (I26): the same signals with the same prices
        before them, the same denials, orders and stops, symbol by symbol in the same order.

        Args:
            twin: Alias of the other engine, such as one without a cache.
            engine: Alias; default: the first engine.

        Raises:
            WrongArgument: an engine is no twin of itself.

        Example:
            ```robotframework
            Compare The Decisions With    bare
            ```
        """
        one, other = self.engine(engine), self.engine(twin)
        if one is other:
            raise WrongArgument(f"engine {one.alias} is no twin of itself; name another one")
        one.twin = other


_COMPARED = ("quantity", "cost", "realised", "state", "total", "free", "locked", "executed", "price", "pending")


def _thawed(server: CacheServer) -> None:
    """At the end of a test that failed between freeze and thaw."""
    if server.machine.frozen and server.alive:
        server.thaw()


def _document(server: CacheServer, key: str) -> dict[str, Any]:
    """What lies under a key, of whichever engine uses this cache."""
    try:
        there = server.keys()
        names = [name for name in there if name.endswith(f":{key}") and name.count(":") == key.count(":") + 2]
        values = [value for value in (server.read(name) for name in names) if value is not None]
    except WorldError as error:
        raise NotYet(str(error)) from None
    if len(values) != 1:
        raise NotYet(f"{len(values)} values under {key}")
    line, _, document = values[0].partition(b"\n")
    try:
        found = json.loads(document)
    except ValueError:
        raise NotYet(f"no JSON under {key}: {document[:80]!r}") from None
    if len(line.split()) != 4 or not isinstance(found, dict):
        raise NotYet(f"a value of another form under {key}: {values[0][:80]!r}")
    return found


def _field(document: dict[str, Any], name: str) -> str:
    if name not in document:
        raise WrongArgument(f"no field {name!r}; there are: {', '.join(sorted(document))}")
    value = document[name]
    return value if isinstance(value, str) else json.dumps(value)
