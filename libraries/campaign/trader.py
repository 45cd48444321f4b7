"""Plays a session against an engine that may die at any moment: signals and cancels go to it, other participants trade at the venue."""

from __future__ import annotations

import contextlib
import itertools
import signal
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

from libraries.campaign.plan import SYMBOLS, Phrase, Step
from libraries.engine_keywords.outgoing import own_client
from libraries.world.deadlines import Deadline, poll
from libraries.world.engine import Engine
from libraries.world.errors import WorldError
from libraries.world.exchange import Exchange
from libraries.world.history import History
from libraries.world.http import Answer, JsonClient

BID, ASK, INSIDE = "99.50", "100.50", "99.90"
_EFFECT_S = 5.0
_ANSWER_S = 8.0
_DEPTH = "50"
_TOGETHER = 4
_ARRIVES_S = 0.05
"""So long a request may take over loopback to an engine that is paused."""


def _part(quantity: str | Decimal, of: int) -> Decimal:
    """A part of a quantity in base, in steps that every symbol takes."""
    return (Decimal(quantity) / of).quantize(Decimal("0.01"), rounding=ROUND_DOWN)


class EngineGone(WorldError):
    """The engine does not answer any more: the session is over. Says how it ended."""


@dataclass(frozen=True)
class Question:
    """Something that is asked of the engine. `values`: what the history says of it; of a signal it is read from the body."""

    action: str
    method: str
    path: str
    body: dict[str, Any]
    values: dict[str, Any] | None = None

    def told(self) -> dict[str, Any]:
        return self.values or {name: self.body.get(name) for name in ("signal_id", "symbol", "side", "quantity")}


class Trader:
    """One session's participant. `acknowledged` and `unknown` count what the engine said (or did not say) to what it was asked."""

    def __init__(self, engine: Engine, exchange: Exchange, history: History, prefix: str) -> None:
        self.acknowledged = 0
        self.unknown = 0
        self._engine = engine
        self._exchange = exchange
        self._history = history
        self._numbers = (f"{prefix}-{number}" for number in itertools.count(1))
        self._lock = threading.Lock()
        self._phrases: dict[Phrase, Callable[[str, str], object]] = {
            Phrase.BUYS: self._buys,
            Phrase.FILLED_IN_PARTS: self._filled_in_parts,
            Phrase.CANCELLED: self._cancelled,
            Phrase.REFUSED: self._refused,
            Phrase.UNKNOWN: self._unknown,
            Phrase.LATE_ANSWER: self._late_answer,
            Phrase.TOGETHER: self._together,
            Phrase.LEAVES: self._leaves,
        }

    @property
    def account(self) -> str:
        return self._engine.links[0].account.name

    def play(self, step: Step, *, heal: bool = True) -> None:
        """Play one phrase; `heal`: then nothing is armed at the venue any more.

        Raises:
            EngineGone: the engine died in it, or was dead.
        """
        self.quote()
        self._phrases[step.phrase](step.symbol, step.quantity)
        if heal:
            self._exchange.admin.heal()
        if not self._engine.alive:
            raise self._gone()

    def quote(self) -> None:
        """The market stands where it stood."""
        for symbol in SYMBOLS:
            book = self._exchange.admin.book(symbol)
            if [level[:2] for level in (book["bids"][:1], book["asks"][:1])] != [[[BID, _DEPTH]], [[ASK, _DEPTH]]]:
                self._exchange.admin.set_book(symbol, [(BID, _DEPTH)], [(ASK, _DEPTH)])

    def trade_on(self, moves: list[str]) -> None:
        """While the engine is away others trade with what it left: each of its resting orders is filled, filled in part or let be."""
        for order, move in zip(self._exchange.admin.orders(self.account), itertools.cycle(moves), strict=False):
            if order["type"] == "LIMIT" and order["status"] in ("NEW", "PARTIALLY_FILLED") and move != "let be":
                left = Decimal(order["quantity"]) - Decimal(order["executed"])
                self._hit(order["symbol"], str(left if move == "fill" else _part(left, 2)), order["price"])

    def buys_again(self) -> bool | None:
        """A small order of either symbol is accepted; one that is still in doubt waits (R26)."""
        return any(self.signal(symbol, "BUY", "0.10") is not None for symbol in SYMBOLS) or None

    def rest(self, symbol: str, quantity: str, price: str = INSIDE) -> str | None:
        """A LIMIT order that the venue has taken; its id, None if the engine refused."""
        order = self.signal(symbol, "BUY", quantity, price=price)
        if order is not None:
            self._until(lambda: self._venue_order(order))
        return order

    def signal(self, symbol: str, side: str, quantity: str, **more: str) -> str | None:
        """Ask for an order; its client order id, None if it was refused.

        Raises:
            EngineGone: no answer came.
        """
        answer = self._ask("signal", "POST", "/signals", self._document(symbol, side, quantity, **more))
        return str(answer.body["client_order_id"]) if answer.ok else None

    # -- phrases

    def _buys(self, symbol: str, quantity: str) -> None:
        order = self.signal(symbol, "BUY", quantity)
        self._ended(order)
        self._until(lambda: self._stop_of(symbol))

    def _filled_in_parts(self, symbol: str, quantity: str) -> None:
        order = self.rest(symbol, quantity)
        if order is None:
            return
        first = _part(quantity, 2)
        self._hit(symbol, str(first), INSIDE)
        self._until(lambda: self._in_state(order, "PARTIALLY_FILLED"))
        self._hit(symbol, str(Decimal(quantity) - first), INSIDE)
        self._ended(order)

    def _cancelled(self, symbol: str, quantity: str) -> None:
        order = self.rest(symbol, quantity)
        if order is not None:
            self._ask("cancel", "POST", f"/orders/{order}/cancel", {}, client_order_id=order)
            self._ended(order)

    def _refused(self, symbol: str, quantity: str) -> None:
        self.arm(
            point="before_parse", action={"type": "status", "status": 400, "code": -2010, "msg": "This action is disabled on this account."}
        )
        self._ended(self.signal(symbol, "BUY", quantity))

    def _unknown(self, symbol: str, quantity: str) -> None:
        self.arm(point="after_match", action={"type": "status", "status": 503, "code": -1007})
        self._ended(self.signal(symbol, "BUY", quantity))

    def _late_answer(self, symbol: str, quantity: str) -> None:
        self.arm(point="event", match={"event": "executionReport", "execution": "NEW"}, action={"type": "drop"})
        self.arm(point="before_reply", action={"type": "delay", "ms": 150})
        self._ended(self.signal(symbol, "BUY", quantity))

    def _together(self, symbol: str, quantity: str) -> None:
        documents = [self._document(symbol, "BUY", quantity, price=f"{90 + number}.00") for number in range(_TOGETHER)]
        orders: list[str] = []
        threads = [threading.Thread(target=self._ask_beside, args=(document, orders), daemon=True) for document in documents]
        with self._paused():
            for thread in threads:
                thread.start()
            threads[-1].join(_ARRIVES_S)
        for thread in threads:
            thread.join(_ANSWER_S + 1)
        for order in orders:
            self._until(lambda order=order: self._venue_order(order))  # type: ignore[misc]
            self._ask("cancel", "POST", f"/orders/{order}/cancel", {}, client_order_id=order)
        for order in orders:
            self._ended(order)

    def _leaves(self, symbol: str, quantity: str) -> None:
        half = str(_part(quantity, 4))
        self._ended(self.signal(symbol, "SELL", half, purpose="EXIT"))
        self._until(lambda: self._stop_of(symbol))

    # -- how

    def _document(self, symbol: str, side: str, quantity: str, **more: str) -> dict[str, Any]:
        with self._lock:
            number = next(self._numbers)
        kind = {"order_type": "LIMIT", "time_in_force": "GTC"} if "price" in more else {"order_type": "MARKET"}
        plain = {"signal_id": number, "symbol": symbol, "side": side, "quantity": quantity, "confidence": "1", "purpose": "ENTRY"}
        return plain | kind | more

    def _ask(self, action: str, method: str, path: str, body: dict[str, Any], **values: Any) -> Answer:
        try:
            return self._asked(self._engine.control.client, Question(action, method, path, body, values or None))
        except WorldError as error:
            raise self._gone() from error

    def _asked(self, client: JsonClient, question: Question) -> Answer:
        values = question.told()
        invocation = self._history.invoke(question.action, engine=self._engine.alias, **values)
        try:
            answer = client.request(question.method, question.path, json=question.body, timeout=_ANSWER_S)
        except WorldError:
            self._history.unknown(invocation, **values)
            with self._lock:
                self.unknown += 1
            raise
        told = {"client_order_id": answer.body.get("client_order_id", values.get("client_order_id"))} if answer.ok else {}
        refused = {} if answer.ok else {"code": answer.error.get("code"), "rule": answer.error.get("rule")}
        self._history.answered(invocation, answer.status, **(values | told | refused))
        with self._lock:
            self.acknowledged += answer.ok
            self.unknown += answer.status >= 500 and answer.status != 503
        return answer

    def _ask_beside(self, document: dict[str, Any], orders: list[str]) -> None:
        """On a thread and a connection of its own, so that several are asked at once."""
        client = own_client(self._engine)
        try:
            answer = self._asked(client, Question("signal", "POST", "/signals", document))
        except WorldError:
            return
        finally:
            client.close()
        if answer.ok:
            orders.append(str(answer.body["client_order_id"]))

    @contextlib.contextmanager
    def _paused(self) -> Iterator[None]:
        """The engine does not run meanwhile; what reaches it then leaves together, after one commit (CP-C4)."""
        self._signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._signal(signal.SIGCONT)

    def _signal(self, number: int) -> None:
        child = self._engine.child
        assert child is not None
        try:
            child.send_signal(number)
        except WorldError as error:
            raise self._gone() from error

    def _gone(self) -> EngineGone:
        child = self._engine.child
        assert child is not None
        return EngineGone(f"engine {self._engine.alias} is gone: {child.exit_text()}.\nEnd of its log:\n{child.log_tail()}")

    def arm(self, **rule: Any) -> None:
        """A fault that happens to one request of this account: its next order at market, unless the rule says otherwise."""
        document = {"times": 1, **rule}
        document["match"] = rule.get("match", {"operation": "order.place", "type": "MARKET"}) | {"account": self.account}
        answer = self._exchange.admin.request("POST", "/admin/faults", json=document)
        if not answer.ok:
            raise AssertionError(f"the venue should take the fault {document}, got {answer.status}: {answer.body}")

    def _hit(self, symbol: str, quantity: str, price: str) -> None:
        """Somebody sells to a resting order."""
        self._exchange.admin.place_order(
            symbol=symbol, side="SELL", order_type="LIMIT", quantity=quantity, price=price, time_in_force="IOC"
        )

    def _venue_order(self, client_order_id: str) -> bool | None:
        orders = self._exchange.admin.orders(self.account)
        return any(order["client_order_id"] == client_order_id for order in orders) or None

    def _stop_of(self, symbol: str) -> bool | None:
        """Whether a stop rests at the venue."""
        orders = self._exchange.admin.orders(self.account, symbol)
        return any(order["type"] == "STOP_LOSS_LIMIT" and order["status"] == "NEW" for order in orders) or None

    def _ended(self, client_order_id: str | None) -> None:
        if client_order_id is not None:
            self._until(lambda: self._in_state(client_order_id, "FILLED", "CANCELLED", "REJECTED", "EXPIRED"))

    def _in_state(self, client_order_id: str, *states: str) -> bool | None:
        order = self._engine.control.order(client_order_id)
        return (order is not None and order["state"] in states) or None

    def _until(self, probe: Callable[[], bool | None]) -> None:
        """Wait for an effect, for a bounded time: a session goes on without it, the audit at the end does not.

        Raises:
            EngineGone: the engine died meanwhile.
        """
        child = self._engine.child
        assert child is not None
        deadline = Deadline(_EFFECT_S)

        def alive_and_there() -> bool | None:
            return probe() if child.alive else True

        try:
            poll(alive_and_there, deadline, child.wait)
        except WorldError as error:
            if child.wait(1) is None:
                raise
            raise self._gone() from error
        if not child.alive:
            raise self._gone()
