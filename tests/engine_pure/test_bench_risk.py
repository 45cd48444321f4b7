"""The benchmark of the risk decision measures decisions that pass every rule, over as much as it says."""

from __future__ import annotations

from benchmarks.risk.__main__ import measured
from benchmarks.risk.account import Account


def test_what_is_open_is_open() -> None:
    account = Account(20)
    held = [position for position in account.desk.state.positions.values() if position.quantity]
    assert (len(held), len(account.desk.state.open.by_id), len(account.desk.tally.occupied)) == (20, 20, 40)


def test_it_has_a_row_for_each_size_and_says_whether_it_is_flat() -> None:
    rows = measured(20, (2, 4))
    assert len(rows) == 2 * 3 + 2
    assert sum(row.kind == "ratio" for row in rows) == 6
