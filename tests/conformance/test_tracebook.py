"""tracebook-conformance, an independent engine with portable profiles, over the venue's matching core (issue 3, X7)."""

from __future__ import annotations

from typing import Any

import pytest
from tracebook.conformance import run_qualification

from libraries.mock_exchange.core.order_book import OrderBook
from tests.conformance.tracebook_candidate import VenueCandidate

SEED = 42
TRACES = 10


@pytest.mark.parametrize(
    ("profile", "cases", "capabilities"),
    [("fifo-limit-v1", 3, 10), ("fifo-full-v1", 5, 13)],
)
def test_a_profile_passes(profile: str, cases: int, capabilities: int) -> None:
    result = run_qualification(VenueCandidate, profile, seed=SEED, traces=TRACES, events_per_trace=200)
    report = result.to_dict()
    failure = result.campaign.failure
    assert result.campaign.conformant, failure
    assert result.qualified, report["checks"]
    assert report["checks"]["fixed_cases"] == {"passed": cases, "total": cases, "complete": True}
    assert report["checks"]["generated_campaign"]["completed_traces"] == TRACES
    assert report["checks"]["semantic_coverage"]["covered"] == capabilities


def test_a_queue_that_forgets_its_order_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The candidate is the venue's own book: served last in, first out, it no longer passes."""

    add = OrderBook.add

    def in_front(book: Any, order: Any) -> None:
        add(book, order)
        (book.bids if order.side == "BUY" else book.asks).levels[order.price].queue.rotate(1)

    monkeypatch.setattr(OrderBook, "add", in_front)
    result = run_qualification(VenueCandidate, "fifo-limit-v1", seed=SEED, traces=2, events_per_trace=200, max_minimize_runs=50)
    assert not result.qualified
    assert result.campaign.failure is not None
