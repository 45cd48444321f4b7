"""A signal as a sentence gives it, its way to the engine, and its outcome in the history."""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from libraries.common.amounts import Price, Quantity, plain, positive
from libraries.common.errors import WrongArgument
from libraries.common.types import OrderType, Purpose, Side, Symbol, TimeInForce
from libraries.world.engine import Engine
from libraries.world.errors import WorldError
from libraries.world.history import History
from libraries.world.http import Answer, JsonClient
from libraries.world.session import session

_numbers = itertools.count(1)  # of this robot process, so that tests which share an engine never repeat an id
_ANSWER_S = 8.0


@dataclass(frozen=True)
class Wish:
    """An external signal as a sentence gives it."""

    side: Side
    symbol: Symbol
    qty: Quantity
    price: Price | None
    order_type: OrderType | None
    tif: TimeInForce | None
    confidence: Quantity | None
    purpose: Purpose
    signal_id: str | None

    def must_make_sense(self) -> None:
        """For signals that are to be accepted.

        Raises:
            WrongArgument: quantity or price not above 0, confidence outside of 0 to 1.
        """
        positive(self.qty, "qty")
        if self.price is not None:
            positive(self.price, "price")
        if self.confidence is not None and not 0 <= self.confidence <= 1:
            raise WrongArgument(f"confidence must be 0 to 1, got {plain(self.confidence)}")

    def document(self, venue: str) -> dict[str, Any]:
        """The body of `POST /signals`; amounts as text."""
        used = self.order_type or (OrderType.MARKET if self.price is None else OrderType.LIMIT)
        lives = self.tif or (TimeInForce.GTC if used is OrderType.LIMIT else None)
        body = {
            "signal_id": self.signal_id or f"sig-{next(_numbers)}",
            "venue": venue,
            "symbol": str(self.symbol),
            "side": self.side.value,
            "order_type": used.value,
            "quantity": plain(self.qty),
            "confidence": plain(self.confidence if self.confidence is not None else Quantity(1)),
            "purpose": self.purpose.value,
        }
        if self.price is not None:
            body["price"] = plain(self.price)
        if lives is not None:
            body["time_in_force"] = lives.value
        return body


def send(engine: Engine, document: Any, client: JsonClient | None = None) -> Answer:
    """Send a signal (any JSON value) to an engine and write the outcome into the history: ok, fail, or nobody knows.

    `client`: a connection of one's own, for who sends on a thread of its own.

    Raises:
        WorldError: no answer came.
    """
    history, values = session.history, _values(document)
    invocation = history.invoke("signal", engine=engine.alias, **values)
    try:
        answer = (client or engine.control.client).request("POST", "/signals", json=document)
    except WorldError:
        history.unknown(invocation, **values)
        raise
    _record(history, invocation, values, answer)
    return answer


class Asking:
    """A signal in flight whose answer nobody waits for; its outcome still goes into the history."""

    def __init__(self, engine: Engine, body: dict[str, Any]) -> None:
        self._history = session.history
        self._values = _values(body)
        self._body = body
        self._client = own_client(engine)
        self._invocation = self._history.invoke("signal", engine=engine.alias, **self._values)
        self._thread = threading.Thread(target=self._ask, name="signal without waiting", daemon=True)
        self._thread.start()

    def finish(self) -> None:
        """Wait for the answer (bounded by the request's own timeout), so that nothing of the test is left."""
        self._thread.join(timeout=_ANSWER_S + 1)
        self._client.close()

    def _ask(self) -> None:
        try:
            answer = self._client.request("POST", "/signals", json=self._body, timeout=_ANSWER_S)
        except WorldError:
            self._history.unknown(self._invocation, **self._values)
        else:
            _record(self._history, self._invocation, self._values, answer)


def own_client(engine: Engine) -> JsonClient:
    """Another connection to the engine's control API: one carries one request at a time."""
    client = engine.control.client
    return JsonClient(client.owner, client.base_url, client.token)


def _values(document: Any) -> dict[str, Any]:
    """What the history says of a signal; of something that is none, nothing."""
    body = document if isinstance(document, dict) else {}
    return {name: body.get(name) for name in ("signal_id", "symbol", "side", "quantity")}


def _record(history: History, invocation: str, values: dict[str, Any], answer: Answer) -> None:
    """An outcome: acknowledged, surely refused, or unknown."""
    told = {name: answer.body[name] for name in ("signal_id", "client_order_id") if name in answer.body} if answer.ok else {}
    more = {"client_order_id": None} | told if answer.ok else {"code": answer.error.get("code")}
    history.answered(invocation, answer.status, **(values | more))


def ask(engine: Engine, action: str, path: str, body: dict[str, Any], client: JsonClient | None = None, **values: Any) -> Answer:
    """Ask an engine to do something and write the outcome into the history. `client`: see `send`.

    Raises:
        WorldError: no answer came.
    """
    history = session.history
    invocation = history.invoke(action, engine=engine.alias, **values)
    try:
        answer = (client or engine.control.client).request("POST", path, json=body)
    except WorldError:
        history.unknown(invocation, **values)
        raise
    history.answered(invocation, answer.status, **values)
    return answer


def cancel(engine: Engine, client_order_id: str, client: JsonClient | None = None) -> Answer:
    """Ask an engine to cancel an order; see `ask`."""
    path = f"/orders/{quote(client_order_id, safe='')}/cancel"
    return ask(engine, "cancel", path, {}, client, client_order_id=client_order_id)
