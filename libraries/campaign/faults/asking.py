"""One thread's way to whichever engine trades: a signal or a cancel, recorded in the history, and what was said."""

from __future__ import annotations

import itertools
import threading
import time
from dataclasses import dataclass
from typing import Any, Final

from libraries.campaign.faults.house import House, client_of
from libraries.campaign.faults.processor import own_waited_s, waited_s
from libraries.world.engine import Engine
from libraries.world.errors import WorldError
from libraries.world.http import Answer, JsonClient

ANSWER_S: Final = 3.0
_NOT_HERE: Final = 409


@dataclass
class Told:
    """What the engines said to all threads of a round."""

    acknowledged: int = 0
    unknown: int = 0
    refused: int = 0


class Asker:
    """For one thread. `engine` None = whichever trades, found again when one does not answer."""

    _numbers = itertools.count(1)

    def __init__(self, house: House, told: Told, lock: threading.Lock, engine: Engine | None = None) -> None:
        self._house = house
        self._told = told
        self._lock = lock
        self._only = engine
        self._engine = engine or house.trading()
        self._client: JsonClient | None = None

    def signal(self, symbol: str, side: str, quantity: str, **more: str) -> str | None:
        """Ask for an order: its client order id, None if it was refused or nobody knows."""
        kind = {"order_type": "LIMIT", "time_in_force": "GTC"} if "price" in more else {"order_type": "MARKET"}
        with self._lock:
            number = f"f{self._house.plan.number}-{next(self._numbers)}"
        body = {"signal_id": number, "symbol": symbol, "side": side, "quantity": quantity, "confidence": "1", "purpose": "ENTRY"}
        body |= kind | more
        answer = self._ask("signal", "/signals", body, {name: body[name] for name in ("signal_id", "symbol", "side", "quantity")})
        return str(answer.body["client_order_id"]) if answer is not None and answer.ok else None

    def cancel(self, order: str) -> None:
        """Ask for its end; whatever is said."""
        self._ask("cancel", f"/orders/{order}/cancel", {}, {"client_order_id": order})

    def state(self, order: str) -> str:
        """In which state the engine has an order; "" = it does not say."""
        try:
            answer = self._connected().request("GET", f"/orders/{order}", timeout=ANSWER_S)
        except WorldError:
            self._lost()
            return ""
        return str(answer.body["state"]) if answer.ok else ""

    def waited_s(self) -> float:
        """How long its engine and the calling thread have waited for a processor."""
        child = self._engine.child
        return own_waited_s() + (waited_s(child.pid) if child is not None else 0.0)

    def close(self) -> None:
        if self._client is not None:
            self._client.close()

    def _ask(self, action: str, path: str, body: dict[str, Any], values: dict[str, Any]) -> Answer | None:
        try:
            client = self._connected()
        except WorldError:
            self._lost()
            return None
        invocation = self._house.history.invoke(action, engine=self._engine.alias, **values)
        try:
            answer = client.request("POST", path, json=body, timeout=ANSWER_S)
        except WorldError:
            self._house.history.unknown(invocation, **values)
            self._count(unknown=1)
            self._lost()
            return None
        told = {"client_order_id": answer.body.get("client_order_id", values.get("client_order_id"))} if answer.ok else {}
        refusal = {} if answer.ok else {"code": answer.error.get("code"), "rule": answer.error.get("rule")}
        self._house.history.answered(invocation, answer.status, **(values | told | refusal))
        indeterminate = answer.status >= 500 and answer.status != 503
        self._count(acknowledged=answer.ok, unknown=indeterminate, refused=not answer.ok and not indeterminate)
        if answer.status == _NOT_HERE:
            self._lost()
        return answer

    def _count(self, acknowledged: int = 0, unknown: int = 0, refused: int = 0) -> None:
        with self._lock:
            self._told.acknowledged += acknowledged
            self._told.unknown += unknown
            self._told.refused += refused

    def _connected(self) -> JsonClient:
        if self._client is None:
            self._engine = self._only or self._house.trading()
            self._client = client_of(self._engine)
        return self._client

    def _lost(self) -> None:
        """The next question goes to whoever trades then."""
        self.close()
        self._client = None
        if self._only is None:
            self._house.look()


@dataclass(frozen=True)
class Filled:
    """An order that was asked for, answered and filled; monotonic seconds. `waited`: how much of the answer's time its engine and who
    asked waited for a processor."""

    asked: float
    answered: float
    done: float
    symbol: str
    waited: float


def now() -> float:
    return time.monotonic()
