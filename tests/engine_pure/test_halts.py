"""What blocks entries: kill switch, flash crash, and cancelling everything, through the whole engine (R23)."""

from __future__ import annotations

import pytest

from genesis.core.commands import Alert, CancelOrder, PlaceOrder
from genesis.core.errors import HALTED
from genesis.core.events import CancelRefused, MarketTrade, OperatorAction
from genesis.core.facts import CancelAllBegan, CancelAllEnded, CancelAllLate, ErrorRecorded, HaltBegan, HaltEnded, RiskDenied
from genesis.core.halts import HaltKind
from genesis.core.models import EngineState, Execution, OrderState, ParentState, Purpose, Side
from genesis.core.settings import EmergencySettings
from genesis.core.state import State
from genesis.engine.kill_switch import RELEASE_PHRASE
from tests.builders import START_MS, SYMBOL, VENUE, d, limit_signal, settings, signal
from tests.engine_pure.bench import Bench, refold
from tests.engine_pure.pair_kit import entry, moves, pair_stage, wish
from tests.engine_pure.pair_kit import trade as pair_of

FIVE_MINUTES_MS = 300_000


def bench() -> Bench:
    return Bench(settings(), funds={"USDT": 3000, "BTC": 1}).start("99.99", "100")


def trade(on: Bench, price: str, after_ms: int = 0, symbol: str = SYMBOL) -> None:
    """A public trade, `after_ms` after the beginning by the venue's clock."""
    on.do(MarketTrade(venue=VENUE, symbol=symbol, price=d(price), quantity=d(1), venue_time_ms=START_MS + after_ms))


def act(on: Bench, action: str, detail: str = "") -> int:
    on.do(OperatorAction(action=action, reply_to=3, detail=detail))
    return on.commands[-1].status  # type: ignore[attr-defined, no-any-return]


def denied(on: Bench) -> str | None:
    """The rule that denies an entry now."""
    on.book("99.99", "100")
    reply = on.submit(signal(Side.BUY, "0.12"))
    return None if reply.status == 201 else str(reply.body["error"]["rule"])


# -- R23


@pytest.mark.parametrize(("price", "crash"), [("90.01", False), ("90", True), ("89.99", True)])
def test_r23_a_fall_of_ten_per_cent_is_a_crash(price: str, crash: bool) -> None:
    on = bench()
    trade(on, "100")
    trade(on, price, 1_000)
    assert bool(on.said(HaltBegan)) is crash
    assert denied(on) == ("R23" if crash else None)


@pytest.mark.parametrize(("after_ms", "crash"), [(59_999, True), (60_000, True), (60_001, False)])
def test_r23_within_sixty_seconds(after_ms: int, crash: bool) -> None:
    on = bench()
    trade(on, "100")
    trade(on, "90", after_ms)
    assert (HaltKind.FLASH_CRASH in on.state.halts) is crash


def test_r23_cancels_open_entries_and_leaves_exits_and_positions() -> None:
    on = bench()
    held = on.order(signal(Side.BUY, "0.5"))
    on.fill(held, "0.5", "100")
    leaving = on.order(limit_signal(Side.SELL, "0.1", "120", purpose=Purpose.EXIT))
    entry = on.order(limit_signal(Side.BUY, "0.2", "95"))
    trade(on, "100")
    on.forget()
    trade(on, "90", 1_000)
    assert [command.client_order_id for command in on.asked(CancelOrder)] == [entry.client_order_id]
    assert on.said(CancelAllBegan)[0].orders == (entry.client_order_id,)
    on.end(entry, "CANCELED")
    assert on.said(CancelAllEnded)
    assert on.state.orders[leaving.client_order_id].state is OrderState.OPEN
    assert on.state.positions[(VENUE, SYMBOL)].quantity == d("0.4995")


def test_r23_blocks_for_five_minutes_and_ends_by_itself() -> None:
    on = bench()
    trade(on, "100")
    trade(on, "90", 1_000)
    on.let(FIVE_MINUTES_MS - 1_000, 1_000)
    on.let(999, 999)
    assert denied(on) == "R23"
    on.let(1, 1)
    assert on.said(HaltEnded)[0].halt == HaltKind.FLASH_CRASH
    assert denied(on) is None


def test_r23_is_told_once_and_lasts_until_the_last_fall_is_five_minutes_ago() -> None:
    on = bench()
    trade(on, "100")
    trade(on, "90", 1_000)
    on.let(30_000, 30_000)
    trade(on, "89", 31_000)
    assert len(on.said(HaltBegan)) == 1
    on.let(FIVE_MINUTES_MS - 30_000, 30_000)
    assert denied(on) == "R23"
    assert on.said(HaltBegan)[-1].halt.until_ms == START_MS + 30_000 + FIVE_MINUTES_MS
    on.let(30_000, 30_000)
    assert denied(on) is None


def test_r23_a_denial_says_rule_limit_value_and_is_a_fact_and_an_alarm() -> None:
    on = bench()
    trade(on, "100")
    trade(on, "90", 1_000)
    assert denied(on) == "R23"
    fact = on.said(RiskDenied)[0]
    assert (fact.code, fact.limit, fact.value) == (HALTED, "10 % in 60000 ms", "90")
    assert fact.correlation_id == fact.signal_id
    assert [one.severity for one in on.asked(Alert)] == ["critical"]


def test_r23_blocks_every_symbol_and_outlives_a_restart() -> None:
    on = bench()
    trade(on, "100")
    trade(on, "90", 1_000)
    again = on.restart()
    again.connect()
    again.answer_reconcile()
    assert denied(again) == "R23"
    again.let(FIVE_MINUTES_MS, FIVE_MINUTES_MS)
    assert denied(again) is None


def test_r23_never_blocks_an_exit_nor_a_stop() -> None:
    on = bench()
    held = on.order(signal(Side.BUY, "0.5"))
    on.fill(held, "0.5", "100")
    trade(on, "100")
    trade(on, "90", 1_000)
    assert on.submit(signal(Side.SELL, "0.1", purpose=Purpose.EXIT)).status == 201
    on.fill_whole(on.last_placed(), "99")
    on.forget()
    on.book("90", "91")
    assert [command.order.purpose for command in on.asked(PlaceOrder)] == [Purpose.STOP]


def test_r23_an_entry_between_commit_and_send_does_not_leave() -> None:
    on = bench()
    reply = on.submit(signal(Side.BUY, "0.12"))
    order = on.state.orders[reply.body["client_order_id"]]
    assert on.engine.refusal_before_send(order, on.now) is None
    trade(on, "100")
    trade(on, "90", 1_000)
    assert "flash" in str(on.engine.refusal_before_send(order, on.now)) or "fell" in str(on.engine.refusal_before_send(order, on.now))


# -- kill switch


def test_the_kill_switch_cancels_all_and_blocks_until_the_phrase() -> None:
    on = bench()
    entry = on.order(limit_signal(Side.BUY, "0.2", "95"))
    assert act(on, "KILL") == 202
    assert on.last_cancel().client_order_id == entry.client_order_id
    on.end(entry, "CANCELED")
    assert not on.state.open.by_id
    assert on.said(CancelAllEnded)
    assert denied(on) == "KILL_SWITCH"
    on.let(86_400_000, 86_400_000)
    assert denied(on) == "KILL_SWITCH"
    assert act(on, "RESUME") == 200
    assert denied(on) == "KILL_SWITCH"
    assert act(on, "RELEASE", "please") == 422
    assert denied(on) == "KILL_SWITCH"
    assert act(on, "RELEASE", RELEASE_PHRASE) == 200
    assert denied(on) is None
    assert act(on, "RELEASE", RELEASE_PHRASE) == 409


def test_the_kill_switch_pressed_again_cancels_again_and_stays_one_halt() -> None:
    on = bench()
    on.fill(on.order(signal(Side.BUY, "0.5")), "0.5", "100")
    act(on, "KILL")
    pressed = on.state.halts[HaltKind.KILL_SWITCH]
    on.let(1_000)
    leaving = on.order(limit_signal(Side.SELL, "0.1", "120", purpose=Purpose.EXIT))
    assert act(on, "KILL") == 202
    assert on.last_cancel().client_order_id == leaving.client_order_id
    assert on.state.halts[HaltKind.KILL_SWITCH] == pressed


def test_the_kill_switch_cancels_exits_and_leaves_positions() -> None:
    on = bench()
    held = on.order(signal(Side.BUY, "0.5"))
    on.fill(held, "0.5", "100")
    leaving = on.order(limit_signal(Side.SELL, "0.1", "120", purpose=Purpose.EXIT))
    act(on, "KILL")
    assert on.last_cancel().client_order_id == leaving.client_order_id
    assert on.state.positions[(VENUE, SYMBOL)].stop_price is not None
    assert on.submit(signal(Side.SELL, "0.1", purpose=Purpose.EXIT)).status == 201


def test_the_kill_switch_outlives_a_restart_with_what_it_was_cancelling() -> None:
    on = bench()
    entry = on.order(limit_signal(Side.BUY, "0.2", "95"))
    act(on, "KILL")
    again = on.restart()
    again.connect()
    again.answer_reconcile()
    again.let(200)
    assert again.last_cancel().client_order_id == entry.client_order_id
    again.end(entry, "CANCELED")
    assert again.said(CancelAllEnded)
    assert denied(again) == "KILL_SWITCH"


def test_what_cannot_be_cancelled_in_time_is_told_once_and_goes_on() -> None:
    on = Bench(settings(emergency=EmergencySettings(cancel_limit_ms=2_000)), funds={"USDT": 3000, "BTC": 1}).start("99.99", "100")
    entry = on.order(limit_signal(Side.BUY, "0.2", "95"))
    on.disconnect()
    act(on, "KILL")
    on.let(1_900)
    assert not on.said(CancelAllLate)
    on.let(2_000)
    late = on.said(CancelAllLate)
    assert [fact.remaining for fact in late] == [(entry.client_order_id,)]
    on.connect(channels=("orders",))
    on.answer_reconcile()
    on.let(4_000)
    on.end(entry, "CANCELED")
    assert on.said(CancelAllEnded)


def test_a_cancel_that_is_refused_too_often_is_asked_again_later() -> None:
    on = bench()
    entry = on.order(limit_signal(Side.BUY, "0.2", "95"))
    act(on, "KILL")
    for _ in range(5):
        on.do(CancelRefused(client_order_id=entry.client_order_id, code=-2011, message="Unknown order sent."))
        on.report(entry, source="query")
    assert "still open after 5 cancels" in on.said(ErrorRecorded)[-1].detail
    assert len(on.asked(CancelOrder)) == 6


def test_the_kill_switch_ends_an_iceberg_with_its_slice() -> None:
    on = Bench(settings(), funds={"USDT": 6000, "BTC": 1}).start("99.99", "100")
    reply = on.submit(limit_signal(Side.BUY, "3", "95", execution=Execution.ICEBERG))
    on.accept(on.last_placed())
    act(on, "KILL")
    assert on.state.parents[reply.body["parent_id"]].state is ParentState.ABORTED
    on.end(on.asked(PlaceOrder)[-1].order, "CANCELED")
    on.let(1_000)
    assert not on.state.open.by_id


def test_the_kill_switch_unwinds_a_trade_between_its_legs() -> None:
    stage = pair_stage()
    wish(stage, entry())
    assert str(pair_of(stage).state) == "LEGGING"
    stage.do(OperatorAction(action="KILL", reply_to=3))
    assert str(pair_of(stage).state) == "UNWINDING"
    assert "kill switch" in moves(stage)[-1][1]


def test_a_halt_survives_a_snapshot_and_the_fold() -> None:
    on = bench()
    on.order(limit_signal(Side.BUY, "0.2", "95"))
    act(on, "KILL", "testing")
    trade(on, "100")
    trade(on, "90", 1_000)
    assert State.from_document(on.state.document()).document() == on.state.document()
    assert refold(on.all_facts).digest() == on.state.digest()
    assert on.state.engine_state is EngineState.RUNNING
