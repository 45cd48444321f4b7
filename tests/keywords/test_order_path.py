"""The path of an order: which steps must be there, and what is missing in words."""

from __future__ import annotations

from typing import Any

import pytest

from libraries.ledger_keywords.journal import head_start_ms, missing_of


def fact(kind: str, **payload: Any) -> dict[str, Any]:
    return {"kind": kind, "payload": payload}


def path(*, state: str = "FILLED", trades: tuple[int, ...] = (7,)) -> list[dict[str, Any]]:
    return [
        fact("SignalReceived"),
        fact("OrderIntended"),
        fact("OrderChanged", after="SUBMITTED"),
        *(fact("OrderFilled", fill={"trade_id": trade}) for trade in trades),
        fact("OrderChanged", after=state),
    ]


def test_a_whole_path_lacks_nothing() -> None:
    assert missing_of(path(), [{"trade_id": 7}], "g1-1") == ""


@pytest.mark.parametrize("state", ["OPEN", "PARTIALLY_FILLED", "SUBMITTED"])
def test_an_order_must_come_to_its_end(state: str) -> None:
    assert missing_of(path(state=state), [{"trade_id": 7}], "g1-1") == f"order g1-1 has not come to its end (last state {state})"


@pytest.mark.parametrize("rows", [[], [{"trade_id": 8}], [{"trade_id": 7}, {"trade_id": 8}]])
def test_facts_and_table_must_tell_the_same_fills(rows: list[dict[str, Any]]) -> None:
    assert "facts tell of trades [7], the fills table has" in missing_of(path(), rows, "g1-1")


def test_the_signal_comes_before_its_order() -> None:
    steps = path()
    steps[0], steps[1] = steps[1], steps[0]
    assert missing_of(steps, [{"trade_id": 7}], "g1-1") == "the signal comes after its order"


def test_an_order_on_disk_first_has_a_head_start() -> None:
    assert head_start_ms("g1-1", 1_000_000, 3_500_000) == 2.5


def test_an_order_that_was_received_first_is_told_by_how_much() -> None:
    with pytest.raises(AssertionError, match=r"\(I16\): committed at 3500000 ns, the venue received it 2\.500 ms earlier"):
        head_start_ms("g1-1", 3_500_000, 1_000_000)
