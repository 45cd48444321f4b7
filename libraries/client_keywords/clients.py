"""Keywords over a public client: start it, let it call its own methods, look at what it answered or was refused."""

from __future__ import annotations

from typing import Any, Literal

from assertionengine import AssertionOperator
from robot.api.deco import keyword

from libraries.client_keywords.client_process import ClientProcess, Outcome
from libraries.client_keywords.values import at, differences, same, shortened
from libraries.common.amounts import AssetAmount, plain
from libraries.common.assertions import Question, settle
from libraries.common.component import Component
from libraries.common.errors import NotYet, WrongArgument
from libraries.common.notes import shared_notes
from libraries.common.types import NOT_GIVEN, Timeout
from libraries.evidence.redaction import register_secret
from libraries.world.directories import slug
from libraries.world.session import session

PublicClient = Literal["ccxt", "ccxt.pro", "binance-sdk-spot"]
KeyKind = Literal["HMAC", "ED25519", "RSA"]
CALL = Timeout(seconds=30)
_LOOK = "the log of the client (client.log in the kept world) and the exchange transcript of this test"


class ClientKeywords(Component):
    """One client process per suite file; each test has a fresh client object and an account of its own."""

    @keyword
    def start_the_client(self, client: PublicClient) -> None:
        """Start a public client in its own virtual environment; for Suite Setup. The first use on a machine installs it.

        The tests are skipped, with the reason, where it cannot be installed.

        Args:
            client: `ccxt` (REST), `ccxt.pro` (streams, WebSocket API) or `binance-sdk-spot` (Binance's own, all three).

        Raises:
            WorldError: it did not start; the end of its log is in the message.

        Example:
            ```robotframework
            Start The Client    ccxt
            ```
        """
        scope = session.scope
        process = ClientProcess(client, scope.children, scope.directory / f"client-{slug(client)}")
        scope.cleanups.append(process.end)
        self.notes.client = process

    @keyword
    def open_the_client(self, *balances: AssetAmount, key: KeyKind = "HMAC", spot_only: bool = True, venue: str = NOT_GIVEN) -> str:
        """A fresh client object, pointed at the venue with the keys of a new account; for Test Setup.

        Addresses and keys are all that is set, by the client's own options.

        Args:
            balances: What the account holds, such as `USDT:5000`.
            key: `HMAC` (default), `ED25519` or `RSA`.
            spot_only: ccxt's own options that confine `load_markets` to spot; `False`: ccxt as it comes.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            The account's name.

        Example:
            ```robotframework
            Open The Client    USDT:100000    BTC:10
            ```
        """
        exchange = self.exchange(venue)
        account = session.new_account(exchange, {each.asset: plain(each.amount) for each in balances}, label="client")
        self.notes.raw_accounts[exchange.alias] = account
        session.scope.cleanups.append(lambda: exchange.admin.cancel_orders(account.name))  # or it trades with the next test
        signing = account if key == "HMAC" else exchange.admin.add_key(account.name, key)
        self._open(venue, signing.api_key, signing.api_secret, spot_only)
        return account.name

    @keyword
    def open_the_client_with_a_wrong_secret(self, *, venue: str = NOT_GIVEN) -> None:
        """A fresh client object with the key of a new account and a secret that is not the account's.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Example:
            ```robotframework
            Open The Client With A Wrong Secret
            ```
        """
        account = session.new_account(self.exchange(venue), {}, label="client")
        self._open(venue, account.api_key, register_secret(account.api_secret[::-1]), spot_only=True)

    @keyword
    def open_the_client_with_an_unknown_key(self, *, venue: str = NOT_GIVEN) -> None:
        """A fresh client object with a key that the venue does not know.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Example:
            ```robotframework
            Open The Client With An Unknown Key
            ```
        """
        account = session.new_account(self.exchange(venue), {}, label="client")
        self._open(venue, register_secret(account.api_key[::-1]), account.api_secret, spot_only=True)

    @keyword
    def the_client_calls(self, method: str, *arguments: str | int | list[str], timeout: Timeout = CALL, **named: str) -> Any:
        """The client calls one of its own public methods, and it succeeds.

        Args:
            method: The client's own name for it, such as `create_order`, `rest_api.new_order`, `websocket_api.order_place`.
            arguments: As its documentation lists them. Amounts as text; the client gets numbers where it takes numbers.
            timeout: The answer must be there within this; default 30 seconds.
            named: Its named arguments; for ccxt everything that its documentation puts into `params`.

        Returns:
            The answer as the client gives it: dictionaries, lists, text, exact numbers.

        Raises:
            AssertionError: the client raised an error, with its class and text; or no answer in time.
            WrongArgument: no client is open, or it has no such method.

        Example:
            ```robotframework
            ${order} =    The Client Calls    create_order    BTC/USDT    limit    buy    0.5    100    postOnly=True
            ```
        """
        outcome = self._call(method, arguments, named, timeout)
        if outcome.error is not None:
            raise AssertionError(f"{outcome.what} should succeed, but {outcome.in_words()}")
        return outcome.value

    @keyword
    def the_client_tries(self, method: str, *arguments: str | int | list[str], timeout: Timeout = CALL, **named: str) -> None:
        """The client calls one of its own public methods; whatever comes of it is kept for `The Client Was Refused`.

        Args:
            method: The client's own name for it.
            arguments: As its documentation lists them.
            timeout: The answer must be there within this; default 30 seconds.
            named: Its named arguments; for ccxt everything that its documentation puts into `params`.

        Example:
            ```robotframework
            The Client Tries    create_order    BTC/USDT    limit    sell    1000    100
            ```
        """
        self._call(method, arguments, named, timeout)

    @keyword
    def the_client_was_refused(self, error: str, *texts: str) -> str:
        """The last call ended in this error of the client's.

        Args:
            error: The name of the client's own error class, such as `InsufficientFunds`; the class itself, not one derived from it.
            texts: Each must be in the error's text, such as `-2010` or a whole message of the venue.

        Returns:
            The error's text.

        Raises:
            AssertionError: the call succeeded, another class, or a text that is missing.

        Example:
            ```robotframework
            The Client Was Refused    InsufficientFunds    -2010    Account has insufficient balance
            ```
        """
        outcome = self._last()
        if outcome.error != error:
            raise AssertionError(f"{outcome.what} should be refused with {error}, but {outcome.in_words()}")
        missing = [text for text in texts if text not in outcome.message]
        if missing:
            raise AssertionError(f"the text of {error} should contain {missing[0]!r}, got: {shortened(outcome.message)}")
        return outcome.message

    @keyword
    def the_client_answered(self, **fields: str) -> Any:
        """The last answer has all these values at once.

        Args:
            fields: A path into the answer and what stands there: `status=closed    asks.0.0=101    info.executedQty=0.50000000`.
                Numbers compare exactly (`0.50` is `0.5`), texts letter by letter; `None`, `True`, `False` by name; `length` counts a list.

        Returns:
            The whole answer.

        Raises:
            AssertionError: something differs; names each field.

        Example:
            ```robotframework
            The Client Calls    fetch_order_book    BTC/USDT
            The Client Answered    asks.0.0=101    asks.0.1=0.4
            ```
        """
        outcome = self._last()
        if outcome.error is not None:
            raise AssertionError(f"{outcome.what} should have answered, but {outcome.in_words()}")
        wrong = differences(outcome.value, _asked(fields))
        if wrong:
            raise AssertionError(f"{outcome.what}: {'; '.join(wrong)}. The answer: {shortened(outcome.value)}")
        return outcome.value

    @keyword
    def get_client_answer(self, path: str, operator: AssertionOperator = NOT_GIVEN, expected: str = NOT_GIVEN) -> Any:
        """One value of the last answer.

        Args:
            path: Where it stands, such as `asks.0.0`.
            operator: `==` or `!=`; left out, the value is only returned.
            expected: What to compare with, as in `The Client Answered`.

        Returns:
            The value.

        Raises:
            NotYet: there is nothing at that path.
            AssertionError: it is something else.

        Example:
            ```robotframework
            The Client Calls    fetch_balance
            Get Client Answer    USDT.free    ==    4900
            ```
        """
        outcome = self._last()
        seen = at(outcome.value, path)
        if operator is None:
            return seen
        wanted = {AssertionOperator["=="]: True, AssertionOperator["!="]: False}.get(operator)
        if wanted is None or expected is None:
            raise WrongArgument(f"{path}: write == or != and an expected value")
        if same(seen, expected) is not wanted:
            raise AssertionError(f"{outcome.what}: {path} should {'' if wanted else 'not '}be {expected}, got {seen}")
        return seen

    @keyword
    def the_client_watches(self, method: str, *arguments: str | int | list[str], watch: str = NOT_GIVEN, **named: str) -> None:
        """From now on, everything that a watching method of the client brings is kept.

        Args:
            method: The client's own name for it, such as `watch_orders` or `websocket_streams.trade`.
            arguments: As its documentation lists them.
            watch: A name for it; default: the method's.
            named: Its named arguments.

        Example:
            ```robotframework
            The Client Watches    watch_orders    BTC/USDT
            ```
        """
        self._client().watch(watch or method, method, list(arguments), named, CALL.total_seconds())

    @keyword
    def the_client_is_subscribed(self, stream: str, *, venue: str = NOT_GIVEN, timeout: Timeout = NOT_GIVEN) -> None:
        """The venue streams this to somebody: what happens from now on reaches the client's watch.

        Args:
            stream: The venue's name of the stream, such as `btcusdt@trade`.
            venue: Alias of the venue; default: the first one opened.
            timeout: How long to ask again; default 5 seconds.

        Raises:
            AssertionError: not in time; with the streams that are open.

        Example:
            ```robotframework
            The Client Watches    watch_trades    BTC/USDT
            The Client Is Subscribed    btcusdt@trade
            ```
        """
        admin = self.exchange(venue).admin

        def read() -> list[str]:
            streams = [name for row in admin.connections() for name in row.get("streams") or ()]
            if stream not in streams:
                raise NotYet(f"open are: {', '.join(streams) or 'none'}")
            return streams

        settle(Question(read, f"stream {stream} of the venue", _LOOK), "be open", lambda _: True, timeout)

    @keyword
    def the_client_has_seen(self, watch: str, *, timeout: Timeout = NOT_GIVEN, **fields: str) -> Any:
        """Something that a watch brought has all these values at once; asks again until it is there.

        Args:
            watch: The name of the watch: its method, if it got no other.
            timeout: How long to ask again; default 5 seconds.
            fields: A path into what was brought and what stands there, as in `The Client Answered`.

        Returns:
            The first thing brought that fits.

        Raises:
            AssertionError: not in time; says what differs in the last thing that came.

        Example:
            ```robotframework
            The Client Watches    watch_trades    BTC/USDT
            The Client Has Seen    watch_trades    price=100    amount=0.4    side=sell
            ```
        """
        client = self._client()
        wanted = _asked(fields)

        def read() -> Any:
            seen = client.seen(watch, CALL.total_seconds())
            for value in seen:
                if not differences(value, wanted):
                    return value
            if not seen:
                raise NotYet("nothing came yet")
            raise NotYet(f"of {len(seen)} nothing fits; of the last: {'; '.join(differences(seen[-1], wanted))}: {shortened(seen[-1])}")

        return settle(Question(read, f"what {watch} of {client.name} brings", _LOOK), f"be {wanted}", lambda _: True, timeout)

    # -- inside ------------------------------------------------------------------------------------------------------

    def _open(self, venue: str | None, api_key: str, api_secret: str, spot_only: bool) -> None:
        exchange, client = self.exchange(venue), self._client()
        settings = {
            "rest_url": exchange.rest_url,
            "stream_url": exchange.stream_url,
            "ws_api_url": exchange.ws_api_url,
            "api_key": api_key,
            "api_secret": api_secret,
            "spot_only": spot_only,
        }
        client.open(settings, CALL.total_seconds())
        session.scope.cleanups.append(client.close_client)

    def _client(self) -> ClientProcess:
        for memory in (self.notes, shared_notes()):
            if memory is not None and memory.client is not None:
                return memory.client
        raise WrongArgument("no client is running; start one in Suite Setup (keyword: Start The Client)")

    def _call(self, method: str, arguments: tuple[str | int | list[str], ...], named: dict[str, str], timeout: Timeout) -> Outcome:
        outcome = self._client().call(method, list(arguments), named, timeout.total_seconds())
        self.notes.client_outcome = outcome
        return outcome

    def _last(self) -> Outcome:
        outcome = self.notes.client_outcome
        if outcome is None:
            raise WrongArgument("the client has called nothing in this test yet (keyword: The Client Calls)")
        return outcome


def _asked(fields: dict[str, str]) -> dict[str, str]:
    if not fields:
        raise WrongArgument("say what to expect, such as status=closed")
    return fields
