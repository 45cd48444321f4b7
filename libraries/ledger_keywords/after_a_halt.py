"""What reaches the venue after the engine was told to open no risk any more (I24)."""

from __future__ import annotations

import json
import threading
from typing import Any

from robot.api.deco import keyword

from libraries.common.errors import WrongArgument
from libraries.common.types import NOT_GIVEN, Timeout, milliseconds
from libraries.ledger_keywords.database import DatabaseReader
from libraries.ledger_keywords.venue_ledger import ledger_lines
from libraries.world.session import session

_WITHIN = Timeout(milliseconds=100)
_WATCHED = Timeout(seconds=1)
_TOLD = frozenset({"halt", "kill", "signalled"})
_OPENING = frozenset({"ENTRY", "LEG"})


class AfterAHaltKeywords(DatabaseReader):
    """One clock of the machine, two witnesses: the history of the test and the venue's ledger."""

    @keyword
    def no_new_order_reaches_the_venue(
        self, *, within: Timeout = _WITHIN, watched: Timeout = _WATCHED, venue: str = NOT_GIVEN, engine: str = NOT_GIVEN
    ) -> int:
        """Since the last halt, kill switch or stop signal nothing that opens risk has reached the venue later than allowed (I24).

        What tells the time is one clock of the machine: the acknowledgement, or the signal, in the history of the test; the
        arrival in the venue's ledger.

        Args:
            within: How much later an order that was under way may still arrive; default 100 ms.
            watched: How long to watch the venue from now on; default 1 second.
            venue: Alias of the venue; default: the first one opened.
            engine: Alias; default: the first engine.

        Returns:
            How many orders that open risk the venue has received in this test.

        Raises:
            AssertionError: one came later; it is named, with its delay.
            WrongArgument: the engine was not told to halt or stop in this test.

        Example:
            ```robotframework
            Orders Flow To The Engine    BTCUSDT    qty=0.5    price=95.00
            Halt The Engine
            No New Order Reaches The Venue
            ```
        """
        told_ns = _told_ns(self.engine(engine).alias)
        threading.Event().wait(watched.total_seconds())
        account = self.account(venue).name
        requests = [line for line in ledger_lines(self.exchange(venue), "request") if line.get("account") == account]
        placed = [line for line in requests if line["action"] == "place"]
        opening = [line for line in placed if self._purpose(engine, str(line["client_order_id"])) in _OPENING]
        late = [(line["client_order_id"], (int(line["received_ns"]) - told_ns) / 1e6) for line in opening]
        late = [(name, after_ms) for name, after_ms in late if after_ms > milliseconds(within)]
        if late:
            words = ", ".join(f"{name} {after_ms:.1f} ms after it" for name, after_ms in late)
            raise AssertionError(f"no new order should come later than {milliseconds(within)} ms after the halt or stop: {words}")
        return len(opening)

    def _purpose(self, engine: str | None, client_order_id: str) -> str:
        rows = self.rows(engine, "orders", {"client_order_id": client_order_id})
        return str(rows[0]["purpose"]) if rows else "ENTRY"  # of one that the engine does not know, the worst is assumed


def _told_ns(engine: str) -> int:
    """When the engine was last told to open no risk any more: the acknowledgement, or the signal.

    Raises:
        WrongArgument: it was not.
    """
    records: list[dict[str, Any]] = [json.loads(line) for line in session.history.path.read_text(encoding="utf-8").splitlines()]
    mine = [one for one in records if one.get("engine") == engine and one["action"] in _TOLD]
    told = [one for one in mine if one["op"] == "ok" or one["action"] == "signalled"]
    if not told:
        raise WrongArgument(
            f"engine {engine} was not told to halt or stop in this test; use Halt The Engine, Press The Kill Switch or Signal The Engine"
        )
    return int(told[-1]["mono_ns"])
