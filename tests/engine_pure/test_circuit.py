"""What the engine does about an open circuit breaker (R24)."""

from __future__ import annotations

from genesis.core.commands import Alert, CancelOrder, PlaceOrder
from genesis.core.events import CircuitChanged
from genesis.core.facts import ConditionChanged, OrderChanged, OrderIntended, RiskDenied
from genesis.core.models import CircuitState, Purpose, Side
from tests.builders import VENUE, limit_signal, signal
from tests.engine_pure.bench import Bench

CLOSED, OPEN, HALF_OPEN = CircuitState.CLOSED, CircuitState.OPEN, CircuitState.HALF_OPEN


def tell(bench: Bench, state: CircuitState, service: str = "orders") -> None:
    bench.do(CircuitChanged(venue=VENUE, service=service, state=state, reason="5 failures"))


def test_an_entry_is_denied_at_once_and_the_denial_is_on_record() -> None:
    bench = Bench(funds={"USDT": 5000, "BTC": 10}).start("99.99", "100.00")
    tell(bench, OPEN)
    bench.forget()
    reply = bench.submit(signal())
    assert (reply.status, reply.body["error"]["code"], reply.body["error"]["rule"]) == (422, "GENESIS-2901", "R24")
    (denied,) = bench.said(RiskDenied)
    assert (denied.rule, denied.code, denied.limit, denied.value) == ("R24", "GENESIS-2901", "CLOSED", "OPEN")
    assert denied.correlation_id == denied.signal_id == reply.body["signal_id"]
    assert not bench.said(OrderIntended)


def test_entries_pass_a_breaker_that_lets_probes_through_or_that_is_another_services() -> None:
    bench = Bench(funds={"USDT": 5000, "BTC": 10}).start("99.99", "100.00")
    tell(bench, OPEN)
    tell(bench, OPEN, "market")
    tell(bench, OPEN, "account")
    tell(bench, HALF_OPEN)
    assert bench.submit(signal()).status == 201


def test_an_exit_is_handed_to_the_gateway_which_keeps_it() -> None:
    bench = Bench(funds={"USDT": 5000, "BTC": 10}).start("99.99", "100.00")
    bench.fill_whole(bench.order(signal(quantity="0.5")), "100")
    tell(bench, OPEN)
    bench.forget()
    sell = signal(side=Side.SELL, quantity="0.4", purpose=Purpose.EXIT)
    assert bench.submit(sell).status == 201
    assert [command.order.purpose for command in bench.asked(PlaceOrder)] == [Purpose.EXIT]


def test_a_stop_fires_once_while_it_is_open() -> None:
    bench = Bench(funds={"USDT": 5000, "BTC": 10}).start("99.99", "100.00")
    bench.fill_whole(bench.order(signal(quantity="0.5")), "100")
    tell(bench, OPEN)
    bench.forget()
    bench.book(90, 91)
    bench.let(40_000)
    bench.book(89, 90)
    assert [command.order.purpose for command in bench.asked(PlaceOrder)] == [Purpose.STOP]


def test_an_entry_that_was_decided_before_is_not_sent() -> None:
    bench = Bench(funds={"USDT": 5000, "BTC": 10}).start("99.99", "100.00")
    bench.submit(signal())
    order = bench.last_placed()
    assert bench.engine.refusal_before_send(order, bench.now) is None
    tell(bench, OPEN)
    assert bench.engine.refusal_before_send(order, bench.now) == "GENESIS-2901: the circuit breaker of binance/orders is open"


def test_a_cancel_waits_without_a_word_and_leaves_when_probes_may() -> None:
    bench = Bench(funds={"USDT": 5000, "BTC": 10}).start("99.99", "100.00")
    bench.submit(limit_signal(quantity="1", price="98"))
    bench.accept(bench.last_placed())
    tell(bench, OPEN)
    bench.forget()
    bench.operate("CANCEL_ALL")
    bench.let(59_000)
    assert (bench.asked(CancelOrder), bench.said(OrderChanged)) == ([], [])
    tell(bench, HALF_OPEN)
    assert len(bench.asked(CancelOrder)) == 1


def test_every_change_is_a_fact_and_an_alarm() -> None:
    bench = Bench(funds={"USDT": 5000, "BTC": 10}).start("99.99", "100.00")
    bench.forget()
    for state in (OPEN, HALF_OPEN, CLOSED):
        tell(bench, state)
        assert bench.engine.circuits()[VENUE] == {"orders": state, "account": CLOSED, "market": CLOSED}
    assert [(fact.name, fact.state, fact.detail) for fact in bench.said(ConditionChanged)] == [
        (f"{VENUE}/circuit/orders", state, "5 failures") for state in (OPEN, HALF_OPEN, CLOSED)
    ]
    assert [alert.severity for alert in bench.asked(Alert)] == ["critical", "warning", "warning"]
    assert all(alert.text.startswith("GENESIS-2901: ") for alert in bench.asked(Alert))


def test_a_new_process_begins_with_closed_breakers_and_says_so() -> None:
    bench = Bench(funds={"USDT": 5000, "BTC": 10}).start("99.99", "100.00")
    tell(bench, OPEN)
    tell(bench, OPEN, "market")
    tell(bench, HALF_OPEN, "market")
    again = bench.restart()
    said = [(fact.name, fact.state) for fact in again.said(ConditionChanged) if "/circuit/" in fact.name]
    assert said == [(f"{VENUE}/circuit/orders", CLOSED), (f"{VENUE}/circuit/market", CLOSED)]
    assert set(again.engine.circuits()[VENUE].values()) == {CLOSED}
