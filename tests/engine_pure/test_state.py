"""The fold: snapshots, digests, dirty keys, and what a fact may not do (R27, R28, I21)."""

from __future__ import annotations

import msgspec
import pytest

from genesis.core.codec import to_plain
from genesis.core.facts import (
    BalanceOpened,
    BalanceTransferred,
    ConditionChanged,
    EngineStateChanged,
    Fact,
    OpportunitySeen,
    OrderIntended,
    TiltMeasured,
)
from genesis.core.fold import FOLDS, OPPORTUNITIES_KEPT
from genesis.core.models import Side
from genesis.core.state import State, digest_of
from tests.builders import VENUE, d, order, signal
from tests.engine_pure.bench import Bench, refold


def lived() -> Bench:
    bench = Bench(funds={"USDT": 5000, "BTC": 10}).start("99.99", "100")
    bench.fill(bench.order(signal(Side.BUY, "1")), "1", "100")
    bench.order(signal(Side.BUY, "0.5"))
    return bench


def opened() -> State:
    return refold([BalanceOpened(venue=VENUE, asset="USDT", amount=d("1000.50"), target=d(0))])


def test_every_kind_of_fact_has_its_fold() -> None:
    assert set(FOLDS) == set(Fact.__subclasses__())


def test_a_document_is_plain_canonical_and_gives_the_state_back() -> None:
    state = lived().state
    document = state.document()
    assert msgspec.json.decode(msgspec.json.encode(document)) == document
    again = State.from_document(document)
    assert again.document() == document
    assert again.digest() == state.digest()
    assert list(again.open.by_id) == list(state.open.by_id)
    assert again.last_trade_id == state.last_trade_id
    assert again.last_fill_price == state.last_fill_price


def test_the_digest_is_of_the_trading_part() -> None:
    state = opened()
    digest = state.digest()
    state.apply(EngineStateChanged(before="STARTING", after="RECONCILING", reason=""))
    state.apply(ConditionChanged(name="x", state="UP", detail=""))
    assert state.digest() == digest
    state.apply(BalanceTransferred(venue=VENUE, asset="USDT", amount=d("0.00000001"), to_target=False))
    assert state.digest() != digest


def test_the_digest_of_an_operators_baseline_is_the_one_of_old_snapshots() -> None:
    """They held each indicator's values in ascending order as well, numbers by their size and not by their text."""
    facts = [
        TiltMeasured(correlation_id="tilt", action="ENTRY", values={"edit": d(value)}, cancelled=(), at_ms=1_700_000_000_000 - number)
        for number, value in enumerate(("2", "0.5", "10", "2"))
    ]
    state = refold(facts)
    assert state.digest() == "cdf7549e46568561ae383a9791a697e048c97636b60e46bfb22630dd496c1a6b"
    old = state.document()
    old["tilt"]["ordered"] = {"edit": ["0.5", "2", "2", "10"]}
    assert digest_of(old) == state.digest()


def test_trailing_zeros_do_not_change_a_digest() -> None:
    one = refold([BalanceOpened(venue=VENUE, asset="USDT", amount=d("1000.50"), target=d("0.00"))])
    assert one.digest() == refold([BalanceOpened(venue=VENUE, asset="USDT", amount=d("1000.5"), target=d(0))]).digest()


def test_dirty_keys_are_what_was_touched_since() -> None:
    bench = lived()
    bench.state.take_dirty()
    bench.fill(bench.last_placed(), "0.5", "100")
    dirty = bench.state.take_dirty()
    assert dirty.orders == {"gtest01-2"}
    assert dirty.fills == {(VENUE, "BTCUSDT", 2)}
    assert dirty.positions == {(VENUE, "BTCUSDT")}
    assert dirty.balances == {(VENUE, "BTC"), (VENUE, "USDT")}
    assert not bench.state.take_dirty().orders


def test_a_fact_is_not_changed_by_what_follows() -> None:
    state = opened()
    intended = OrderIntended(order=order())
    state.apply(intended)
    state.orders["gtest01-1"].reason = "later"
    assert intended.order.reason == ""
    assert state.next_order_number == 2


def test_a_fact_about_the_unknown_is_refused() -> None:
    with pytest.raises(KeyError):
        State().apply(BalanceTransferred(venue=VENUE, asset="USDT", amount=d(1), to_target=False))


def test_another_version_of_a_document_is_refused() -> None:
    document = State().document()
    document["version"] = 99
    with pytest.raises(ValueError, match="version 1, got 99"):
        State.from_document(document)
    with pytest.raises(msgspec.ValidationError, match="orders"):
        State.from_document({"version": 1})


def test_opportunities_are_bounded() -> None:
    state = State()
    for number in range(OPPORTUNITIES_KEPT + 5):
        seen = OpportunitySeen(opportunity_id=str(number), opportunity="DIRECT", net=d(1), quantity=d(1), tops=(), traded=False)
        state.apply(seen)
    assert len(state.opportunities) == OPPORTUNITIES_KEPT
    assert state.opportunities[0].opportunity_id == "5"


def test_amounts_are_written_canonically() -> None:
    assert to_plain({"a": d("1.500"), "b": [d("0E-8"), d("-0.0")], "c": (d("1E+3"),)}) == {"a": "1.5", "b": ["0", "0"], "c": ["1000"]}


def test_a_document_of_before_parts_were_stored_has_the_digest_it_had() -> None:
    """Parts that came later are not missed in what an older engine wrote."""
    document = opened().document()
    older = {key: value for key, value in document.items() if key not in ("holdings", "results", "parents", "tilt", "halts", "day")}
    assert digest_of(older) == digest_of(document) == opened().digest()
    assert State.from_document(msgspec.json.encode(older).decode()).digest() == opened().digest()
