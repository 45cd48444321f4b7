"""A request is held against the filters that its symbol had when the venue read it (I13), after a change in the middle of a run."""

from __future__ import annotations

import json
from decimal import Decimal

from libraries.auditor.witnesses.ledger import LedgerLine, view_of
from libraries.mock_exchange.core.amounts import parse_e8
from tests.mock_exchange.core_kit import Core


def test_each_request_knows_the_rules_of_its_time() -> None:
    core = Core()
    core.place("a", "BUY", "1", "90.01")
    core.venue.change_rules("BTCUSDT", {"tick_size": parse_e8("0.5")})
    core.place("a", "BUY", "1", "90.5")
    rows = json.loads(json.dumps(core.journal.lines))
    view = view_of([LedgerLine(number, row["seq"], row["mono"], row["type"], row) for number, row in enumerate(rows, start=1)], "a")
    assert [each.spec and each.spec.tick_size for each in view.requests] == [Decimal("0.01"), Decimal("0.5")]
