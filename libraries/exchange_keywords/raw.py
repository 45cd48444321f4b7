"""What raw REST tests need of Python: an account with keys, a signature, and a look into an answer (`raw_rest.resource`)."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import Any

from robot.api.deco import keyword
from robot.api.types import Secret

from libraries.client_keywords.values import differences, shortened
from libraries.common.amounts import AssetAmount, plain
from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Duration, KeyKind, Timeout, milliseconds
from libraries.evidence.redaction import refuse_literal_secret, register_told
from libraries.exchange_keywords.signing import signed_query
from libraries.world.admin import Account
from libraries.world.session import session

_WINDOW = Timeout(seconds=5)


class RawKeywords(Component):
    """Keys are made by the venue, kept here, and blanked in every log."""

    @keyword
    def open_a_raw_account(self, *balances: AssetAmount, key: KeyKind = KeyKind.HMAC, venue: str = NOT_GIVEN) -> str:
        """A new account at the venue for requests that the suite writes itself.

        Args:
            balances: What it holds, such as `USDT:5000`.
            key: How its key signs: `HMAC` (default), `ED25519` or `RSA`.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            Its name.

        Example:
            ```robotframework
            Open A Raw Account    USDT:5000    BTC:0.5
            ```
        """
        exchange = self.exchange(venue)
        funds = {balance.asset: plain(balance.amount) for balance in balances}
        account = session.new_account(exchange, funds, "raw", key.value)
        self.notes.raw_accounts[exchange.alias] = account
        session.scope.cleanups.append(lambda: exchange.alive and exchange.admin.cancel_orders(account.name))
        return account.name

    @keyword
    def use_the_raw_account(self, api_key: Secret, api_secret: Secret, *, venue: str = NOT_GIVEN) -> None:
        """Sign with keys of your own from now on (a wrong secret, a key that the venue does not know).

        Args:
            api_key: As `Secret`; a literal is refused.
            api_secret: As `Secret`; a literal is refused.
            venue: Alias of the venue; default: the first one opened.

        Raises:
            ValueError: a literal value.

        Example:
            ```robotframework
            VAR    ${key: Secret}    %{HOME}
            Use The Raw Account    ${key}    ${key}
            ```
        """
        key = refuse_literal_secret("api_key", api_key)
        secret = refuse_literal_secret("api_secret", api_secret)
        self.notes.raw_accounts[self.exchange(venue).alias] = Account("given keys", key, secret)

    @keyword
    def get_venue_address(self, *, address: int = NOT_GIVEN, venue: str = NOT_GIVEN) -> str:
        """The address of the venue's REST interface, before `/api/v3`.

        Args:
            address: Number of an address process, from 1; default: the venue's own port.
            venue: Alias of the venue; default: the first one opened.

        Returns:
            Such as `http://127.0.0.1:40001`.

        Example:
            ```robotframework
            ${address} =    Get Venue Address
            ```
        """
        exchange = self.exchange(venue)
        return exchange.rest_url if address is None else exchange.address(f"api{address}").rest_url

    @keyword
    def get_venue_authority(self, *, venue: str = NOT_GIVEN) -> str:
        """The file with the authority that signs the venue's certificate, for `verify` of RequestsLibrary.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Returns:
            A path.

        Raises:
            WrongArgument: the venue speaks plain text.

        Example:
            ```robotframework
            Open The Venue    BTCUSDT    venue=secure    tls=valid
            ${authority} =    Get Venue Authority    venue=secure
            ```
        """
        exchange = self.exchange(venue)
        if exchange.ca_file is None:
            raise WrongArgument(f"venue {exchange.alias} speaks plain text; open it with tls=valid (keyword: Open The Venue)")
        return str(exchange.ca_file)

    @keyword
    def get_raw_headers(self, *, venue: str = NOT_GIVEN) -> dict[str, str]:
        """The header with the raw account's key.

        Args:
            venue: Alias of the venue; default: the first one opened.

        Returns:
            Headers for RequestsLibrary.

        Example:
            ```robotframework
            ${headers} =    Get Raw Headers
            ```
        """
        return {"X-MBX-APIKEY": self.raw_account(venue).api_key}

    @keyword
    def get_signed_query(
        self, *, window: Timeout = NOT_GIVEN, clock_skew: Duration = NOT_GIVEN, venue: str = NOT_GIVEN, **parameters: str
    ) -> str:
        """A query with time stamp and signature of the raw account; percent-encoded before it is signed.

        Args:
            window: recvWindow; default 5 seconds.
            clock_skew: Let the time stamp run ahead (or, negative, behind) of the venue's clock; default none.
            venue: Alias of the venue; default: the first one opened.
            parameters: The venue's own names, such as `symbol=BTCUSDT    side=BUY`.

        Returns:
            The query text, without the question mark.

        Example:
            ```robotframework
            ${query} =    Get Signed Query    symbol=BTCUSDT    clock_skew=-10s
            ```
        """
        secret = self.raw_account(venue).api_secret
        skew_ms = milliseconds(clock_skew) if clock_skew is not None else 0
        stamped = parameters | {
            "recvWindow": str(milliseconds(window or _WINDOW)),
            "timestamp": str(int(self.exchange(venue).admin.clock()["server_ms"]) + skew_ms),
        }
        return signed_query(secret, stamped)

    @keyword
    def keep_the_raw_answer(self, answer: Any) -> None:
        """Keep an answer of RequestsLibrary for `The Venue Answered`; the phrases of `raw_rest.resource` do so.

        Args:
            answer: What a RequestsLibrary keyword returned.

        Example:
            ```robotframework
            ${answer} =    GET On Session    venue    /api/v3/ping    expected_status=any
            Keep The Raw Answer    ${answer}
            ```
        """
        self.notes.raw_answer = answer

    @keyword
    def the_venue_answered(self, status: int, *, code: int = NOT_GIVEN, message: str = NOT_GIVEN) -> Any:
        """The last raw request was answered with this status, error code and text; the body is JSON.

        Args:
            status: The HTTP status, such as 200 or 400.
            code: The error code, such as `-1121`; left out: there must be none.
            message: The whole text, such as `Invalid symbol.`; left out: any.

        Returns:
            The parsed body.

        Raises:
            WrongArgument: no raw request was sent in this test.
            AssertionError: another answer; with all of it.

        Example:
            ```robotframework
            Send A Public Request    GET    /api/v3/depth    symbol=NOPE
            The Venue Answered    400    code=-1121    message=Invalid symbol.
            ```
        """
        answer = self._raw_answer()
        try:
            body = answer.json()
        except ValueError:
            raise AssertionError(f"the venue should answer with JSON, got status {answer.status_code}: {answer.text[:200]}") from None
        error = body if isinstance(body, dict) else {}
        wanted = (status, code, message)
        seen = (answer.status_code, error.get("code"), error.get("msg") if message is not None else None)
        if wanted != seen:
            raise AssertionError(f"the venue should answer {answer_wanted(status, code, message)}, got status {answer.status_code}: {body}")
        return register_told(body)

    @keyword
    def the_answer_holds(self, **fields: str) -> Any:
        """The body of the last raw answer has all these values at once.

        Args:
            fields: A path into the body and what stands there: `bids.0.0=99.00000000    symbols.length=1    0.price=101.00000000`.
                Numbers compare exactly, texts letter by letter; `None`, `True`, `False` by name; `length` counts a list.

        Returns:
            The parsed body.

        Raises:
            WrongArgument: no raw request was sent in this test, or nothing was asked for.
            AssertionError: something differs; names each field.

        Example:
            ```robotframework
            Send A Public Request    GET    /api/v3/depth    symbol=BTCUSDT
            The Answer Holds    bids.0.0=99.00000000    asks.0.1=1.00000000
            ```
        """
        if not fields:
            raise WrongArgument("say what to expect, such as bids.0.0=99.00000000")
        body = self.the_venue_answered(200)
        wrong = differences(body, fields)
        if wrong:
            raise AssertionError(f"the answer should hold something else: {'; '.join(wrong)}. The answer: {shortened(body)}")
        return register_told(body)

    @keyword
    def the_raw_answer_is(self, status: int, body: str) -> None:
        """The last raw request was answered with this status and a body like this, JSON or not.

        Args:
            status: The HTTP status.
            body: The whole body; `*` and `?` stand for anything.

        Raises:
            WrongArgument: no raw request was answered in this test.
            AssertionError: another answer.

        Example:
            ```robotframework
            The Raw Answer Is    403    <html>*Forbidden*
            ```
        """
        answer = self._raw_answer()
        if answer.status_code != status or not fnmatchcase(answer.text, body):
            raise AssertionError(
                f"the venue should answer status {status} and {body!r}, got {answer.status_code} and {answer.text[:200]!r}"
            )

    @keyword
    def the_raw_answer_is_no_json(self) -> None:
        """The body of the last raw answer cannot be read as JSON.

        Raises:
            WrongArgument: no raw request was answered in this test.
            AssertionError: it can.

        Example:
            ```robotframework
            The Raw Answer Is No Json
            ```
        """
        answer = self._raw_answer()
        try:
            json.loads(answer.text)
        except ValueError:
            return
        raise AssertionError(f"the venue should answer with what is no JSON, got {answer.text[:200]!r}")

    @keyword
    def the_raw_answer_has_the_header(self, name: str, value: str = NOT_GIVEN) -> str:
        """The last raw answer carries this header.

        Args:
            name: Such as `Retry-After`.
            value: The whole value; left out: any.

        Returns:
            Its value.

        Raises:
            WrongArgument: no raw request was answered in this test.
            AssertionError: it does not, or with another value; with all that it carries.

        Example:
            ```robotframework
            Send A Public Request    GET    /api/v3/ping
            The Raw Answer Has The Header    X-MBX-USED-WEIGHT-1M
            The Raw Answer Has The Header    Content-Type    application/json;charset=UTF-8
            ```
        """
        headers = self._raw_answer().headers
        if name not in headers or value not in (None, headers[name]):
            wanted = name if value is None else f"{name}: {value}"
            raise AssertionError(f"the venue should answer with the header {wanted}, got {headers.get(name)!r} (all: {dict(headers)})")
        return str(headers[name])

    def _raw_answer(self) -> Any:
        if self.notes.raw_answer is None:
            raise WrongArgument("no raw request was answered in this test; send one first (keyword: Send A Signed Request)")
        return self.notes.raw_answer


def answer_wanted(status: int, code: int | None, message: str | None) -> str:
    """What an answer was asked to be, in words; a message that is not given may be any."""
    told = "without an error code" if code is None else f"with code {code}"
    return f"status {status} {told}" + ("" if message is None else f", message {message!r}")
