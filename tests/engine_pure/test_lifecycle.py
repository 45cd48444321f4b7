"""The engine's own states, the operator, the shutdown, the second look, and what the control API shows (R29, R30)."""

from __future__ import annotations

import pytest

from genesis.core import errors
from genesis.core.commands import ExitProcess, PlaceOrder, Reconcile, TakeSnapshot
from genesis.core.errors import CODES, EXIT_REMAINS, GenesisError
from genesis.core.events import (
    CertificateRefused,
    ConnectionChanged,
    CredentialsRefused,
    MarketTrade,
    OutcomeUnknown,
    StopRequested,
    TransferReported,
)
from genesis.core.facts import (
    BalanceTransferred,
    EngineStateChanged,
    EngineStopped,
    ErrorRecorded,
    OperatorActed,
    StrategyChanged,
    TierAssigned,
)
from genesis.core.models import EngineState, OrderState, Purpose, Side, Tier
from genesis.core.settings import ArbitrageSettings
from genesis.core.state import State
from genesis.engine.engine import TradingEngine
from genesis.engine.state_machine import TRANSITIONS, IllegalTransition, VenueStatus, check, wanted
from tests.builders import SYMBOL, VENUE, d, limit_signal, settings, signal
from tests.engine_pure.bench import Bench, refold

RICH = {"USDT": 5000, "BTC": 10}


def states(bench: Bench) -> list[str]:
    return [fact.after for fact in bench.said(EngineStateChanged)]


def test_a_start_reconciles_before_it_runs() -> None:
    bench = Bench()
    bench.boot()
    assert states(bench) == ["RECONCILING"]
    assert bench.submit(signal()).status == 503
    bench.connect(channels=("orders",))
    assert [command.venue for command in bench.asked(Reconcile)] == [VENUE]
    bench.answer_reconcile()
    assert states(bench) == ["RECONCILING"]  # the market channel is missing
    bench.connect(channels=("market",))
    assert states(bench) == ["RECONCILING", "RUNNING"]
    assert bench.state.tier is None  # 1 BTC has no price yet
    assert bench.submit(signal()).body["error"]["rule"] == "R25"
    bench.book(99, 101)
    assert bench.state.tier is Tier.SNIPER
    assert [fact.equity for fact in bench.said(TierAssigned)] == [d(1100)]


def test_orders_channel_down_and_back() -> None:
    bench = Bench().start()
    bench.disconnect()
    assert states(bench) == ["DEGRADED"]
    assert bench.submit(signal()).status == 503
    bench.connect(channels=("orders",))
    assert states(bench) == ["DEGRADED", "RECONCILING"]
    bench.answer_reconcile()
    assert states(bench) == ["DEGRADED", "RECONCILING", "RUNNING"]


def test_market_channel_down_and_back() -> None:
    bench = Bench().start()
    bench.disconnect(channel="market")
    assert states(bench) == ["DEGRADED"]
    assert bench.engine.books(bench.now) == {f"{VENUE}/{SYMBOL}": False}
    bench.connect(channels=("market",))
    assert states(bench) == ["DEGRADED", "RUNNING"]
    assert bench.submit(signal()).body["error"]["rule"] == "R25"


def test_the_table_of_states() -> None:
    assert set(TRANSITIONS) == set(EngineState)
    assert TRANSITIONS[EngineState.STOPPED] == frozenset()
    with pytest.raises(IllegalTransition, match="STOPPED"):
        check(EngineState.STOPPED, EngineState.RUNNING)
    check(EngineState.RUNNING, EngineState.PAUSED)


UP, DOWN, RAW = VenueStatus(True, True, True), VenueStatus(False, True, False), VenueStatus(True, True, False)


@pytest.mark.parametrize(
    ("current", "mode", "halted", "venues", "expected"),
    [
        ("RUNNING", "RUN", False, [UP, UP], "RUNNING"),
        ("RUNNING", "RUN", False, [UP, DOWN], "DEGRADED"),
        ("RUNNING", "RUN", False, [UP, RAW], "RECONCILING"),
        ("RECONCILING", "RUN", False, [UP, DOWN], "RECONCILING"),
        ("RUNNING", "RUN", False, [VenueStatus(True, False, True)], "DEGRADED"),
        ("RECONCILING", "RUN", False, [VenueStatus(True, False, True)], "RECONCILING"),
        ("RUNNING", "PAUSE", False, [UP], "PAUSED"),
        ("RUNNING", "PAUSE", False, [DOWN], "DEGRADED"),
        ("RUNNING", "HALT", False, [DOWN], "HALTED"),
        ("RUNNING", "RUN", True, [UP], "HALTED"),
        ("STOPPING", "HALT", True, [DOWN], "STOPPING"),
        ("STOPPED", "RUN", False, [UP], "STOPPED"),
    ],
)
def test_what_circumstances_ask_for(current: str, mode: str, halted: bool, venues: list[VenueStatus], expected: str) -> None:
    assert wanted(EngineState(current), mode, halted, venues) == expected


@pytest.mark.parametrize(
    ("action", "state", "entry", "leaving"),
    [("PAUSE", "PAUSED", 503, 503), ("HALT", "HALTED", 503, 201), ("QUIESCE", "RUNNING", 503, 503), ("RESUME", "RUNNING", 201, 201)],
)
def test_the_operator(action: str, state: str, entry: int, leaving: int) -> None:
    bench = Bench(funds=RICH).start("99.99", "100")
    bench.fill(bench.order(signal(Side.BUY, "1")), "1", "100")
    reply = bench.operate(action)
    assert (reply.status, reply.body) == (200, {"state": state})
    assert [fact.action for fact in bench.said(OperatorActed)] == [action]
    assert bench.submit(signal(Side.BUY, "0.5")).status == entry
    assert bench.submit(signal(Side.SELL, "0.5", purpose=Purpose.EXIT)).status == leaving
    bench.operate("RESUME")
    assert bench.submit(signal(Side.BUY, "0.5")).status == 201


@pytest.mark.parametrize("action", ["PAUSE", "HALT"])
def test_a_halt_holds_across_restarts_a_quiesce_does_not(action: str) -> None:
    bench = Bench().start()
    bench.operate(action)
    bench.operate("QUIESCE")
    again = bench.restart()
    again.connect()
    again.answer_reconcile()
    assert again.state.engine_state == {"PAUSE": "PAUSED", "HALT": "HALTED"}[action]
    assert not again.state.quiesced


def test_unknown_actions_are_named() -> None:
    bench = Bench().start()
    reply = bench.operate("DANCE")
    assert reply.status == 400
    assert "DANCE" in reply.body["error"]["message"]


def test_cancel_all() -> None:
    bench = Bench(funds=RICH).start("99.99", "100")
    made = [bench.order(limit_signal(Side.BUY, "1", price)).client_order_id for price in ("98", "97")]
    assert bench.operate("CANCEL_ALL").body == {"orders": made}
    assert {order.pending for order in bench.state.open.by_id.values()} == {"CANCEL"}


# -- the second look


def refusal(bench: Bench, purpose: Purpose = Purpose.ENTRY) -> str | None:
    order = bench.last_placed()
    order.purpose = purpose
    return bench.engine.refusal_before_send(order, bench.now)


def test_the_second_look() -> None:
    bench = Bench().start("99.99", "100")
    bench.submit(signal())
    assert refusal(bench) is None
    bench.let(500)
    assert refusal(bench) is None
    bench.let(100)
    assert "600 ms old, at most 500" in (refusal(bench) or "")
    for reducing in (Purpose.EXIT, Purpose.STOP, Purpose.UNWIND):
        assert refusal(bench, reducing) is None


def test_the_second_look_at_the_state_the_venue_and_the_book() -> None:
    bench = Bench().start("99.99", "100")
    bench.submit(signal())
    bench.operate("HALT")
    assert refusal(bench) == "the engine is HALTED"
    bench.operate("RESUME")
    bench.engine.venues()[VENUE].reconciled = False
    assert "not connected and reconciled" in (refusal(bench) or "")
    bench.engine.venues()[VENUE].reconciled = True
    bench.disconnect(channel="market")
    bench.connect(channels=("market",))
    assert refusal(bench) == f"the book of {SYMBOL} is not fresh"
    other = TradingEngine(bench.settings, bench.state, "test01")
    assert other.refusal_before_send(bench.last_placed(), bench.now) == "not intended by this process"


def test_a_book_goes_stale() -> None:
    bench = Bench().start("99.99", "100")
    bench.let(10_000, step_ms=1_000)
    assert bench.submit(signal()).status == 201
    bench.let(100)
    assert bench.submit(signal()).body["error"]["rule"] == "R25"


# -- shutdown


def test_a_stop_with_nothing_open_is_immediate() -> None:
    bench = Bench().start()
    digest = bench.state.digest()
    bench.do(StopRequested(reason="SIGTERM"))
    assert states(bench) == ["STOPPING", "STOPPED"]
    assert [(fact.digest, fact.clean) for fact in bench.said(EngineStopped)] == [(digest, True)]
    assert [type(command) for command in bench.commands] == [TakeSnapshot, ExitProcess]
    assert bench.asked(ExitProcess)[0].code == 0
    assert bench.do(StopRequested(reason="again")).facts == []


def test_a_stop_cancels_and_confirms() -> None:
    bench = Bench(funds=RICH).start("99.99", "100")
    order = bench.order(limit_signal(Side.BUY, "1", "98"))
    bench.do(StopRequested(reason="SIGTERM"))
    assert bench.last_cancel().client_order_id == order.client_order_id
    assert bench.submit(signal()).status == 503
    assert bench.operate("PAUSE").status == 409
    assert states(bench) == ["STOPPING"]
    bench.do(StopRequested(reason="SIGTERM"))
    bench.end(order, "CANCELED")
    assert states(bench) == ["STOPPING", "STOPPED"]
    again = bench.restart()
    assert again.state.digest() == bench.said(EngineStopped)[0].digest  # P5
    again.connect()
    again.answer_reconcile()
    again.book("99.99", "100")
    assert again.state.digest() == bench.said(EngineStopped)[0].digest


def test_a_stop_may_leave_orders_by_policy_but_nothing_unresolved() -> None:
    bench = Bench(settings(cancel_orders_on_shutdown=False), funds=RICH).start("99.99", "100")
    bench.order(limit_signal(Side.BUY, "1", "98"))
    bench.submit(signal(Side.BUY, "0.5"))
    bench.do(StopRequested(reason="SIGTERM"))
    assert states(bench) == ["STOPPING"]
    bench.fill_whole(bench.last_placed(), "100")
    assert states(bench) == ["STOPPING", "STOPPED"]
    assert [order.state for order in bench.state.open.by_id.values()] == [OrderState.OPEN]


def test_at_the_deadline_what_remains_is_recorded() -> None:
    bench = Bench(funds=RICH).start("99.99", "100")
    order = bench.order(limit_signal(Side.BUY, "1", "98"))
    bench.do(StopRequested(reason="SIGTERM"))
    bench.let(7_900)
    assert states(bench) == ["STOPPING"]
    bench.let(100)
    assert [fact.clean for fact in bench.said(EngineStopped)] == [False]
    assert any(order.client_order_id in fact.detail for fact in bench.said(ErrorRecorded))
    assert bench.asked(ExitProcess)[0].code == EXIT_REMAINS


def test_a_stop_before_the_first_connection() -> None:
    bench = Bench()
    bench.do(StopRequested(reason="SIGTERM"))
    assert states(bench) == ["RECONCILING", "STOPPING", "STOPPED"]


def test_no_stop_fires_while_stopping() -> None:
    bench = Bench(funds=RICH).start("99.99", "100")
    bench.fill(bench.order(signal(Side.BUY, "1")), "1", "100")
    waiting = bench.order(limit_signal(Side.BUY, "1", "90"))
    bench.do(StopRequested(reason="SIGTERM"))
    bench.forget()
    bench.book("80", "81")
    assert not bench.asked(PlaceOrder)
    bench.end(waiting, "CANCELED")
    assert bench.state.engine_state is EngineState.STOPPED


# -- restart


def test_what_was_on_its_way_is_unknown_after_a_restart() -> None:
    bench = Bench(funds=RICH).start("99.99", "100")
    bench.submit(signal(Side.BUY, "0.5"))
    resting = bench.order(limit_signal(Side.BUY, "1", "98"))
    again = bench.restart()
    knowledge = {order.client_order_id: str(order.knowledge) for order in again.state.open.by_id.values()}
    assert knowledge == {"gtest01-1": "UNKNOWN", resting.client_order_id: "KNOWN"}


def test_client_order_ids_are_never_minted_twice() -> None:
    bench = Bench(funds=RICH).start("99.99", "100")
    for _ in range(3):
        bench.submit(signal(Side.BUY, "0.5"))
    again = bench.restart()
    again.connect()
    again.answer_reconcile()
    again.book("99.99", "100")
    for client_order_id in ("gtest01-1", "gtest01-2", "gtest01-3"):
        assert again.state.orders[client_order_id]
    assert again.state.next_order_number == 4
    assert State.from_document(again.state.document()).next_order_number == 4


def test_strategies_are_switched_by_the_settings_and_survive() -> None:
    on = Bench(settings(arbitrage=ArbitrageSettings(enabled=True))).start()
    assert on.state.strategies == {"simple_arbitrage": "RUNNING"}
    off = Bench(settings(), state=refold(on.all_facts))
    off.boot()
    assert [fact.after for fact in off.said(StrategyChanged)] == ["STOPPING", "STOPPED"]


# -- the rest


def test_transfers_move_cash_or_the_target() -> None:
    bench = Bench().start()
    for asset, amount in (("USDT", "50"), ("BTC", "0.5"), ("BNB", "2")):
        bench.do(TransferReported(venue=VENUE, asset=asset, amount=d(amount), venue_time_ms=0))
        bench.funds[VENUE][asset] = bench.funds[VENUE].get(asset, d(0)) + d(amount)
    assert [fact.to_target for fact in bench.said(BalanceTransferred)] == [False, True, True]
    assert (bench.state.balances[(VENUE, "USDT")].total, bench.state.balances[(VENUE, "USDT")].target) == (1050, 0)
    assert (bench.state.balances[(VENUE, "BTC")].total, bench.state.balances[(VENUE, "BTC")].target) == (d("1.5"), d("1.5"))
    bench.assert_funds_equal()


def test_a_transfer_before_the_account_was_opened_is_part_of_its_opening() -> None:
    bench = Bench()
    bench.boot()
    bench.do(TransferReported(venue=VENUE, asset="USDT", amount=d(5), venue_time_ms=0))
    assert not bench.said(BalanceTransferred)


def test_public_trades_are_not_journaled() -> None:
    bench = Bench().start()
    decision = bench.do(MarketTrade(venue=VENUE, symbol=SYMBOL, price=d(100), quantity=d(1), venue_time_ms=0))
    assert decision.facts == []


def test_what_the_control_api_shows() -> None:
    bench = Bench(funds=RICH).start("99.99", "100.01")
    assert bench.engine.equity(bench.now) == 6000
    bench.fill(bench.order(signal(Side.BUY, "1")), "1", "100.01")
    bench.book("110", "110.02")
    assert bench.engine.unrealised(bench.now) == d("9.88")  # 0.999 x 110 - 100.01
    assert bench.engine.books(bench.now) == {f"{VENUE}/{SYMBOL}": True}
    bench.disconnect(channel="market")
    assert bench.engine.unrealised(bench.now) is None
    assert bench.engine.equity(bench.now) is None


def test_connections_are_journaled_when_they_change() -> None:
    bench = Bench().start()
    again = ConnectionChanged(venue=VENUE, channel="market", connected=True)
    assert bench.do(again).facts == []


def test_credentials_refused_at_the_start_end_the_process() -> None:
    bench = Bench()
    bench.boot()
    bench.do(CredentialsRefused(venue=VENUE, reason="-2015 Invalid API-key"))
    assert bench.state.engine_state is EngineState.STOPPED
    assert bench.asked(ExitProcess) == [ExitProcess(code=5)]
    assert [fact.code for fact in bench.said(ErrorRecorded)] == ["GENESIS-1901"]


@pytest.mark.parametrize("code", ["GENESIS-2902", "GENESIS-2903", "GENESIS-2904"])
def test_a_certificate_refused_at_the_start_ends_the_process_and_is_told_once(code: str) -> None:
    bench = Bench()
    bench.boot()
    for _ in range(3):  # each connection is refused
        bench.do(CertificateRefused(venue=VENUE, code=code, reason="expected a certificate for venue.test, came another"))
    assert bench.state.engine_state is EngineState.STOPPED
    assert bench.asked(ExitProcess) == [ExitProcess(code=5)]
    assert [fact.code for fact in bench.said(ErrorRecorded)] == [code]


def test_a_certificate_refused_later_halts_and_is_told_once() -> None:
    bench = Bench().start("99.99", "100.01")
    for _ in range(2):
        bench.do(CertificateRefused(venue=VENUE, code="GENESIS-2903", reason="it has expired"))
    assert bench.state.engine_state is EngineState.HALTED
    assert bench.asked(ExitProcess) == []
    assert [fact.code for fact in bench.said(ErrorRecorded)] == ["GENESIS-2903"]


def test_credentials_refused_later_halt_and_are_told_once() -> None:
    """X35"""
    bench = Bench().start("99.99", "100.01")
    for _ in range(2):
        bench.do(CredentialsRefused(venue=VENUE, reason="-2015 Invalid API-key"))
    assert bench.state.engine_state is EngineState.HALTED
    assert bench.asked(ExitProcess) == []
    assert [fact.code for fact in bench.said(ErrorRecorded)] == ["GENESIS-1901"]


def test_a_lost_connection_makes_what_is_on_its_way_unknown() -> None:
    bench = Bench().start("99.99", "100")
    bench.submit(signal())
    order = bench.last_placed()
    bench.send(order)
    bench.disconnect()
    assert bench.state.orders[order.client_order_id].knowledge == "UNKNOWN"
    bench.do(OutcomeUnknown(client_order_id=order.client_order_id, action="NEW", reason="cut"))
    assert bench.state.orders[order.client_order_id].knowledge == "UNKNOWN"


@pytest.mark.parametrize(
    ("kind", "code", "exit_code"),
    [
        (errors.CommandLineError, "GENESIS-4501", 2),
        (errors.ConfigError, "GENESIS-6701", 3),
        (errors.DatabaseError, "GENESIS-3501", 4),
        (errors.ControlPortError, "GENESIS-6703", 8),
    ],
)
def test_each_failure_has_its_code_and_exit_code(kind: type[GenesisError], code: str, exit_code: int) -> None:
    error = kind("what, and what to do")
    assert (error.code, error.exit_code, str(error)) == (code, exit_code, f"{code}: what, and what to do")
    assert kind("x", "GENESIS-3901").code == "GENESIS-3901"


def test_every_code_has_the_written_form() -> None:
    for code, words in CODES.items():
        assert code[:8] == "GENESIS-"
        assert code[8] in "123456"
        assert code[9] in "579"
        assert words
