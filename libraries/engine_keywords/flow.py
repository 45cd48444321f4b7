"""Orders that flow while something happens to the engine: one after the other is placed and cancelled, on a thread of its own."""

from __future__ import annotations

import threading
import time

from libraries.engine_keywords import outgoing
from libraries.engine_keywords.outgoing import Wish
from libraries.world.deadlines import Deadline
from libraries.world.engine import Engine
from libraries.world.errors import WorldError

END_S, LOOK_S, ANSWER_S = 10.0, 0.002, 30.0
TERMINAL = ("CANCELLED", "FILLED", "REJECTED", "EXPIRED", "FAILED", "NOT_SENT")


class Flow:
    """Flows from its making to `stop`, or until an answer stays away. `orders`: those that were taken; `trouble`: the first thing that went
    wrong, "" = nothing did; `begun` is set when the first one was answered."""

    def __init__(self, engine: Engine, wish: Wish, *, each_to_its_end: bool, every_s: float = 0.0) -> None:
        """`each_to_its_end`: the next one comes when the one before was cancelled, and a refusal ends the flow; else the next one comes
        whatever became of it, as to an engine that is about to stop. `every_s`: the pause between two."""
        self.engine = engine
        self.orders: list[str] = []
        self.trouble = ""
        self.begun = threading.Event()
        self.fault_ns = 0  # monotonic; 0 = not yet
        self.before = 0  # orders that had flowed by then
        self._wish, self._each_to_its_end, self._every_s = wish, each_to_its_end, every_s
        self._venue = engine.links[0].name
        self._ends = threading.Event()
        self._client = outgoing.own_client(engine)
        self._thread = threading.Thread(target=self._run, name="orders that flow", daemon=True)
        self._thread.start()

    @property
    def ended(self) -> bool:
        return self._ends.is_set()

    def fault_comes_now(self) -> None:
        """What flows from now on flows after the fault."""
        self.fault_ns, self.before = time.monotonic_ns(), len(self.orders)

    def stop(self) -> None:
        """Raises WorldError: an order still waits for its answer."""
        self._ends.set()
        self._thread.join(timeout=ANSWER_S)
        if self._thread.is_alive():
            raise WorldError(f"orders that flow: one still waits for an answer after {ANSWER_S:g} s; look at the engine's log")
        self._client.close()

    def _run(self) -> None:
        try:
            while not self._ends.is_set() and self._once():
                self.begun.set()
                self._ends.wait(self._every_s)
        except WorldError as error:  # an engine that is gone: its last answer is on record as unknown
            self.trouble = self.trouble or str(error)
        self.begun.set()

    def _once(self) -> bool:
        """Whether another one may follow."""
        answer = outgoing.send(self.engine, self._wish.document(self._venue), self._client)
        if not answer.ok:
            self.trouble = self.trouble or f"an order was refused with {answer.status}: {answer.body}"
            return not self._each_to_its_end
        order = str(answer.body["client_order_id"])
        self.orders.append(order)
        outgoing.cancel(self.engine, order, self._client)
        if self._each_to_its_end:
            self._wait_for_the_end_of(order)
        return True

    def _wait_for_the_end_of(self, order: str) -> None:
        deadline = Deadline(END_S)
        while self._client.expect("GET", f"/orders/{order}")["state"] not in TERMINAL:
            if deadline.expired:
                raise WorldError(f"order {order} is not cancelled within {END_S:g} s")
            self._ends.wait(LOOK_S)
