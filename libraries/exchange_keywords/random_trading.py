"""Random but repeatable trading of several accounts over the WebSocket API, and what must hold afterwards (X13)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Any

import websocket
from robot.api.deco import keyword

from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Symbol
from libraries.exchange_keywords.random_commands import Command, commands
from libraries.world.admin import Account
from libraries.world.deadlines import Deadline
from libraries.world.exchange import REPOSITORY, Exchange
from libraries.world.processes import child_environment, python_command, run_to_end

_IN_FLIGHT = 250
_DEADLINE_S = 120.0
_AUDIT_S = 120.0
_AT_LEAST = 3
_OF_A_RUN = frozenset({"t", "mono", "received_ns", "key_id"})
"""What two runs of the same commands cannot share: times and keys."""
_FUNDS = {"USDT": "1000000", "BTC": "10000"}


class RandomTradingKeywords(Component):
    """Several accounts that trade with each other by a seed."""

    @keyword
    def trade_at_random(
        self, symbol: Symbol, *, commands_count: int = 1000, accounts: int = 3, seed: int = 1, venue: str = NOT_GIVEN
    ) -> int:
        """New accounts place, cancel and trade with each other by a seed, then cancel everything. Same seed, same commands.

        Args:
            symbol: The symbol that they trade; prices lie around 100.00.
            commands_count: How many commands, 1 to 1,000,000.
            accounts: How many accounts, 1 to 20; each holds 1,000,000 USDT and 10,000 BTC.
            seed: Seed of the mix.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            How many of the commands the venue took (the others were refused with a documented code).

        Raises:
            WrongArgument: a number outside of its range.
            AssertionError: fewer than a third of the commands were taken.

        Example:
            ```robotframework
            Trade At Random    BTCUSDT    commands_count=500    seed=7
            ```
        """
        if not 1 <= commands_count <= 1_000_000:
            raise WrongArgument(f"commands_count must be 1 to 1,000,000, got {commands_count}")
        if not 1 <= accounts <= 20:
            raise WrongArgument(f"accounts must be 1 to 20, got {accounts}")
        exchange = self.exchange(venue)
        before = len(_random_accounts(exchange.ledger_path))  # no seed in the names: ledgers differ by what was done, or not at all
        actors = [exchange.admin.create_account(f"random-{before + number}", _FUNDS) for number in range(1, accounts + 1)]
        mix = commands(symbol, accounts, commands_count, seed)
        taken = _played(exchange, actors, mix)
        if taken * _AT_LEAST < commands_count:
            raise AssertionError(
                f"{taken} of {commands_count} random commands were taken; expected at least a third, or the mix proves little"
            )
        self.note("traded at random", venue=exchange.alias, commands=commands_count, seed=seed, taken=taken)
        return taken

    @keyword
    def the_ledger_balances(self, *, venue: str = NOT_GIVEN) -> str:
        """The independent auditor finds nothing wrong with the venue's ledger: postings, balances, locks, lives of orders.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Returns:
            What the auditor printed.

        Raises:
            AssertionError: it found something; its words are in the message.

        Example:
            ```robotframework
            The Ledger Balances
            ```
        """
        path = self.exchange(venue).ledger_path
        finished = run_to_end(
            "auditor",
            python_command("libraries.auditor", "--ledger", str(path)),
            directory=path.parent,
            environment=child_environment({}, REPOSITORY),
            deadline=Deadline(_AUDIT_S),
        )
        if finished.exit_code:
            raise AssertionError(
                f"the ledger should balance, the auditor ends with {finished.exit_code} and says:\n{finished.stdout}{finished.stderr}"
            )
        return finished.stdout

    @keyword
    def the_ledgers_are_the_same(self, first: str, second: str) -> int:
        """Two venues wrote the same ledger, line by line, but for times and keys: what they did follows from the commands alone.

        Args:
            first: Alias of a venue.
            second: Alias of another one.

        Returns:
            The number of lines.

        Raises:
            AssertionError: the first line that differs, from both.

        Example:
            ```robotframework
            The Ledgers Are The Same    binance    second
            ```
        """
        paths = [self.exchange(alias).ledger_path for alias in (first, second)]
        count = 0
        with open(paths[0], "rb") as ours, open(paths[1], "rb") as theirs:
            for count, (left, right) in enumerate(_pairs(ours, theirs), start=1):
                if left != right:
                    raise AssertionError(f"line {count} differs:\n{first}: {left}\n{second}: {right}")
        return count

    @keyword
    def get_venue_books_of_account(self, *, venue: str = NOT_GIVEN) -> dict[str, Any]:
        """Balances (free, locked), open orders and trades of every account that `Trade At Random` made, by the venue's books.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Returns:
            By account name; equal before and after a restart of the venue on its ledger.

        Example:
            ```robotframework
            ${before} =    Get Venue Books Of Account
            ```
        """
        exchange = self.exchange(venue)
        names = _random_accounts(exchange.ledger_path)
        return {name: exchange.admin.account(name) for name in names}


def _played(exchange: Exchange, actors: list[Account], mix: Iterable[Command]) -> int:
    """Send all commands over one connection, a bounded number unanswered; how many were taken."""
    stamp = int(exchange.admin.clock()["server_ms"])
    deadline = Deadline(_DEADLINE_S)
    numbered = enumerate(mix, start=1)
    taken = asked = answered = 0
    with closing(websocket.create_connection(exchange.ws_api_url, timeout=_DEADLINE_S)) as connection:
        while chunk := list(islice(numbered, _IN_FLIGHT)):
            for number, command in chunk:
                connection.send(
                    json.dumps({"id": number, "method": command.method, "params": _signed(actors[command.actor], command, stamp)})
                )
            asked += len(chunk)
            while answered < asked:
                answer = json.loads(connection.recv())
                answered += 1
                taken += answer["status"] == 200
            if deadline.remaining() <= 0:
                raise AssertionError(f"{answered} commands took more than {_DEADLINE_S:g} s")
            stamp = int(exchange.admin.clock()["server_ms"])
    return taken


def _signed(account: Account, command: Command, stamp: int) -> dict[str, Any]:
    params: dict[str, Any] = command.params | {"apiKey": account.api_key, "timestamp": stamp, "recvWindow": 60_000}
    payload = "&".join(f"{name}={params[name]}" for name in sorted(params))
    return params | {"signature": hmac.new(account.api_secret.encode(), payload.encode(), hashlib.sha256).hexdigest()}


def _pairs(ours: Iterable[bytes], theirs: Iterable[bytes]) -> Iterator[tuple[Any, Any]]:
    """Lines side by side without what belongs to a run; None where a file has ended."""
    left, right = iter(ours), iter(theirs)
    while True:
        pair = next(left, None), next(right, None)
        if pair == (None, None):
            return
        yield _comparable(pair[0]), _comparable(pair[1])


def _comparable(line: bytes | None) -> Any:
    if line is None:
        return None
    return {name: value for name, value in json.loads(line).items() if name not in _OF_A_RUN}


def _random_accounts(ledger: Path) -> list[str]:
    with open(ledger, "rb") as file:
        lines = [json.loads(line) for line in file if b'"type":"account"' in line]
    return sorted({str(line["account"]) for line in lines if str(line["account"]).startswith("random-")})
