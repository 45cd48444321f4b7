"""Signals and orders: the authenticated external source (`POST /signals`), cancels, and what the engine says to them."""

from __future__ import annotations

import json
from typing import Any

from robot.api.deco import keyword

from libraries.common.amounts import Price, Quantity, exact
from libraries.common.component import Component
from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Figure, OrderType, Purpose, Side, Symbol, TimeInForce
from libraries.engine_keywords.outgoing import Asking, Wish, cancel, send
from libraries.world.http import Answer
from libraries.world.session import session

_STATUS_WORDS = {201: "accepted", 202: "accepted", 400: "malformed", 401: "no token", 409: "seen before", 422: "denied", 503: "not now"}


class SignalKeywords(Component):
    """An external signal source with the engine's token."""

    @keyword
    def the_engine_places(
        self,
        side: Side,
        symbol: Symbol,
        *,
        qty: Quantity,
        price: Price = NOT_GIVEN,
        type: OrderType = NOT_GIVEN,
        tif: TimeInForce = NOT_GIVEN,
        confidence: Quantity = NOT_GIVEN,
        purpose: Purpose = Purpose.ENTRY,
        venue: str = NOT_GIVEN,
        signal_id: str = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> str:
        """Send an external signal and expect that the engine accepts it: an order is on its way.

        The order becomes *the order* of this test: getters mean it unless `order=` names another one.

        Args:
            side: `BUY` or `SELL`.
            symbol: Such as `BTCUSDT`.
            qty: Quantity in base, above 0.
            price: Limit in quote per base: makes it a LIMIT order. Left out: MARKET.
            type: `MARKET`, `LIMIT` or `LIMIT_MAKER`, if not what the price says.
            tif: `GTC` (default of a LIMIT), `IOC` or `FOK`.
            confidence: 0 to 1; default 1.
            purpose: `ENTRY` (default) or `EXIT` (can only reduce a position).
            venue: Alias of the venue; default: the first one.
            signal_id: The signal's own id; default: a new one.
            engine: Alias; default: the first engine.

        Returns:
            The client order id.

        Raises:
            AssertionError: the engine refused; its rule, code, limit and value are in the message.
            WrongArgument: quantity or price not above 0, confidence outside of 0 to 1.

        Example:
            ```robotframework
            The Engine Places    BUY    BTCUSDT    qty=0.5    price=100.00
            ${exit} =    The Engine Places    SELL    BTCUSDT    qty=0.4    purpose=EXIT
            ```
        """
        wish = Wish(side, symbol, qty, price, type, tif, confidence, purpose, signal_id)
        wish.must_make_sense()
        body = wish.document(self.exchange(venue).alias)
        answer = send(self.engine(engine), body)
        if answer.status != 201:
            raise AssertionError(f"the engine should accept {_words(body)}, got {_refusal(answer)}. Look at: its log and RiskDenied facts")
        order = str(answer.body["client_order_id"])
        self.notes.last_order = order
        return order

    @keyword
    def the_engine_is_asked(
        self,
        side: Side,
        symbol: Symbol,
        *,
        qty: Quantity,
        price: Price = NOT_GIVEN,
        type: OrderType = NOT_GIVEN,
        tif: TimeInForce = NOT_GIVEN,
        confidence: Quantity = NOT_GIVEN,
        purpose: Purpose = Purpose.ENTRY,
        venue: str = NOT_GIVEN,
        signal_id: str = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> None:
        """Send an external signal and go on without waiting for the engine's answer (it cannot answer while it cannot commit).

        `Use The Order` finds the order that comes of it.

        Args:
            side: `BUY` or `SELL`.
            symbol: Such as `BTCUSDT`.
            qty: Quantity in base, above 0.
            price: Limit in quote per base: makes it a LIMIT order. Left out: MARKET.
            type: `MARKET`, `LIMIT` or `LIMIT_MAKER`, if not what the price says.
            tif: `GTC` (default of a LIMIT), `IOC` or `FOK`.
            confidence: 0 to 1; default 1.
            purpose: `ENTRY` (default) or `EXIT`.
            venue: Alias of the venue; default: the first one.
            signal_id: The signal's own id; default: a new one.
            engine: Alias; default: the first engine.

        Raises:
            WrongArgument: quantity or price not above 0, confidence outside of 0 to 1.

        Example:
            ```robotframework
            Hold The Database Lock
            The Engine Is Asked    BUY    BTCUSDT    qty=0.5
            Release The Database Lock
            ```
        """
        wish = Wish(side, symbol, qty, price, type, tif, confidence, purpose, signal_id)
        wish.must_make_sense()
        body = wish.document(self.exchange(venue).alias)
        running = self.engine(engine)
        asking = Asking(running, body)
        session.scope.cleanups.append(asking.finish)

    @keyword
    def the_engine_refuses(
        self,
        side: Side,
        symbol: Symbol,
        *,
        qty: Quantity,
        rule: str = NOT_GIVEN,
        code: str = NOT_GIVEN,
        limit: Figure = NOT_GIVEN,
        value: Figure = NOT_GIVEN,
        status: int = 422,
        message: str = NOT_GIVEN,
        price: Price = NOT_GIVEN,
        type: OrderType = NOT_GIVEN,
        tif: TimeInForce = NOT_GIVEN,
        confidence: Quantity = NOT_GIVEN,
        purpose: Purpose = Purpose.ENTRY,
        venue: str = NOT_GIVEN,
        signal_id: str = NOT_GIVEN,
        engine: str = NOT_GIVEN,
    ) -> str:
        """Send an external signal (also one with amounts of 0, below 0 or off the tick) that the engine must refuse, for this reason.

        Args:
            side: `BUY` or `SELL`.
            symbol: Such as `BTCUSDT`.
            qty: Quantity in base.
            rule: The rule that must refuse, such as `R1`.
            code: The error code that must come, such as `GENESIS-5701`.
            limit: The limit that the refusal must name: a number (`250.00` equals `250`) or a word.
            value: The value that the refusal must name: a number or a word.
            status: The HTTP status: 422 denied by risk (default), 400 malformed, 409 signal id seen before, 503 not now.
            message: A part of the refusal's text.
            price: Limit in quote per base.
            type: `MARKET`, `LIMIT` or `LIMIT_MAKER`, if not what the price says.
            tif: `GTC`, `IOC` or `FOK`.
            confidence: 0 to 1; default 1.
            purpose: `ENTRY` (default) or `EXIT`.
            venue: Alias of the venue; default: the first one.
            signal_id: The signal's own id; default: a new one.
            engine: Alias; default: the first engine.

        Returns:
            The refusal's text.

        Raises:
            AssertionError: the engine accepted it, or refused for another reason; both are in the message.

        Example:
            ```robotframework
            The Engine Refuses    BUY    BTCUSDT    qty=3    rule=R1    code=GENESIS-5701    limit=250    value=303
            ```
        """
        wish = Wish(side, symbol, qty, price, type, tif, confidence, purpose, signal_id)
        body = wish.document(self.exchange(venue).alias)
        answer = send(self.engine(engine), body)
        wanted: dict[str, Any] = {"rule": rule, "code": code, "limit": limit, "value": value}
        differences = _differences(answer, status, {name: want for name, want in wanted.items() if want is not None}, message)
        if differences:
            raise AssertionError(f"the engine should refuse {_words(body)}: {'; '.join(differences)}. It said: {_refusal(answer)}")
        return str(answer.error.get("message", ""))

    @keyword
    def the_engine_answers_the_raw_signal(
        self, body: str, status: int, *, code: str = NOT_GIVEN, message: str = NOT_GIVEN, engine: str = NOT_GIVEN
    ) -> dict[str, Any]:
        """Send any JSON text to `POST /signals` and expect this answer; for inputs that no sentence would allow.

        Args:
            body: The JSON text as it is sent.
            status: The HTTP status that must come: 201, 400, 409, 422 or 503.
            code: The error code that must come, such as `GENESIS-4501`.
            message: A part of the error's text.
            engine: Alias; default: the first engine.

        Returns:
            The answer's document.

        Raises:
            AssertionError: another answer.
            WrongArgument: the text is no JSON (raw bytes belong to `raw_rest.resource`).

        Example:
            ```robotframework
            The Engine Answers The Raw Signal    {"symbol": "BTCUSDT", "side": "BUY", "quantity": 0.1}    400
            ...    code=GENESIS-4501    message=quantity
            ```
        """
        try:
            document = json.loads(body)
        except ValueError as wrong:
            raise WrongArgument(f"body must be JSON text, got {body[:80]!r} ({wrong})") from None
        answer = send(self.engine(engine), document)
        differences = _differences(answer, status, {"code": code} if code is not None else {}, message)
        if differences:
            raise AssertionError(f"the engine should answer {body} otherwise: {'; '.join(differences)}. It said: {_refusal(answer)}")
        return answer.body if isinstance(answer.body, dict) else {"": answer.body}

    @keyword
    def cancel_the_order(self, *, order: str = NOT_GIVEN, status: int = 202, engine: str = NOT_GIVEN) -> None:
        """Ask the engine to cancel an order. It answers at once; `Get Order Status` tells what came of it.

        Args:
            order: Client order id; default: the last order placed.
            status: The HTTP status that must come: 202 (accepted), or 404 or 409 for an order that cannot be cancelled.
            engine: Alias; default: the first engine.

        Raises:
            AssertionError: another answer.

        Example:
            ```robotframework
            Cancel The Order
            Get Order Status    ==    CANCELLED
            ```
        """
        name = self.order_id(order)
        running = self.engine(engine)
        answer = cancel(running, name)
        if answer.status != status:
            raise AssertionError(f"cancel of order {name} should be answered with status {status}, got {_refusal(answer)}")


def _words(body: dict[str, Any]) -> str:
    price = f" at {body['price']}" if "price" in body else ""
    return f"{body['order_type']} {body['side']} {body['quantity']} {body['symbol']}{price}"


def _refusal(answer: Answer) -> str:
    """An answer in words: status, rule, code, limit, value, text."""
    word = _STATUS_WORDS.get(answer.status, "unexpected")
    if answer.ok:
        return f"status {answer.status} ({word}): {answer.body}"
    parts = [f"{name} {answer.error[name]}" for name in ("rule", "code", "limit", "value") if answer.error.get(name) not in (None, "")]
    return f"status {answer.status} ({word}): {', '.join([*parts, str(answer.error.get('message', ''))])}"


def _differences(answer: Answer, status: int, wanted: dict[str, Any], message: str | None) -> list[str]:
    """What is wrong with an answer, in words. Amounts are compared exactly, so `250.00` equals `250`."""
    found: list[str] = []
    if answer.status != status:
        found.append(f"expected status {status}, got {answer.status}")
    for name, want in wanted.items():
        got = answer.error.get(name)
        if not _same(str(want), str(got)):
            found.append(f"expected {name} {want}, got {got}")
    if message is not None and message not in str(answer.error.get("message", "")):
        found.append(f"expected a text that contains {message!r}")
    return found


def _same(want: str, got: str) -> bool:
    """Equal as text, or equal as amounts."""
    try:
        return want == got or exact(want, "value", "0.5", 30) == exact(got, "value", "0.5", 30)
    except WrongArgument:
        return False
