"""A second venue as last resort: who takes entries, what waits for what (I29), and what the account is worth meanwhile."""

from __future__ import annotations

import msgspec
import pytest

from genesis.core.commands import Alert, CancelOrder, PlaceOrder
from genesis.core.events import AddressChanged, ConnectionChanged
from genesis.core.facts import ConditionChanged, OrderIntended, RiskDenied
from genesis.core.models import EngineState, Purpose, Side, Tier
from genesis.core.settings import DEFAULT_TIERS, RiskSettings, VenueTerms
from tests.builders import VENUE, d, limit_signal, rules, settings, signal
from tests.engine_pure.bench import Bench

RESERVE = "second"


@pytest.fixture
def bench() -> Bench:
    return opened()


def opened(risk: RiskSettings | None = None) -> Bench:
    """Both venues connected, read, and quoted alike; the reserve takes over after ten seconds."""
    terms = (VenueTerms(name=VENUE, symbols=("BTCUSDT",)), VenueTerms(name=RESERVE, symbols=("BTCUSDT",), reserve_for=VENUE))
    made = Bench(settings(venues=terms, risk=risk or RiskSettings()), rules=(rules(), rules(venue=RESERVE)), funds={"USDT": 1000, "BTC": 0})
    made.boot()
    for venue in (VENUE, RESERVE):
        made.connect(venue)
        made.answer_reconcile()
        made.book("99.99", "100.00", venue=venue)
    return made


def lose(bench: Bench, *, wait_ms: int = 10_000) -> None:
    """The first venue's channels go down; so much time passes, in which the reserve's book is told again."""
    for channel in ("orders", "market"):
        bench.do(ConnectionChanged(venue=VENUE, channel=channel, connected=False, reason="dead"))
    bench.let(wait_ms)
    bench.book("99.99", "100.00", venue=RESERVE)


def back(bench: Bench) -> None:
    bench.connect(VENUE)
    bench.answer_reconcile()
    bench.book("99.99", "100.00")


def duties(bench: Bench) -> list[str]:
    return [fact.state for fact in bench.all_facts if isinstance(fact, ConditionChanged) and fact.name == "second/reserve"]


def test_on_standby_it_takes_no_entry(bench: Bench) -> None:
    reply = bench.submit(signal(venue=RESERVE))
    assert (reply.status, reply.body["error"]["rule"]) == (422, "I29")
    assert duties(bench) == ["STANDBY for binance"]


def test_it_takes_the_entries_of_the_first_once_that_is_out_for_its_time(bench: Bench) -> None:
    lose(bench, wait_ms=9_000)
    assert bench.state.engine_state is EngineState.DEGRADED
    assert bench.submit(signal()).body["error"]["code"] == "GENESIS-2905"
    bench.let(2_000)
    bench.book("99.99", "100.00", venue=RESERVE)
    assert bench.state.engine_state is EngineState.RUNNING
    assert bench.submit(signal()).status == 201
    assert [command.order.venue for command in bench.asked(PlaceOrder)] == [RESERVE]
    assert duties(bench) == ["STANDBY for binance", "ACTIVE for binance"]
    assert [alert.severity for alert in bench.asked(Alert) if "GENESIS-2905" in alert.text] == ["critical"]


def test_what_rests_at_the_first_holds_its_symbol_at_the_reserve(bench: Bench) -> None:
    resting = bench.order(limit_signal(price="90.00"))
    lose(bench)
    reply = bench.submit(signal())
    assert (reply.body["error"]["rule"], reply.body["error"]["value"]) == ("I29", resting.client_order_id)
    assert len(bench.said(OrderIntended)) == 1


def test_the_reserves_open_entries_are_cancelled_and_hold_their_symbol_at_the_first_until_they_have_ended(bench: Bench) -> None:
    lose(bench)
    resting = bench.order(limit_signal(price="90.00"))
    back(bench)
    assert duties(bench)[-1] == "STANDBY for binance"
    assert [command.client_order_id for command in bench.asked(CancelOrder)] == [resting.client_order_id]
    assert bench.submit(signal()).body["error"]["value"] == resting.client_order_id
    bench.end(resting, "CANCELED")
    assert bench.submit(signal()).status == 201


def test_an_entry_that_was_decided_for_the_reserve_does_not_leave_once_the_first_is_back(bench: Bench) -> None:
    lose(bench)
    bench.submit(signal())
    order = bench.asked(PlaceOrder)[-1].order
    assert bench.engine.refusal_before_send(order, bench.now) is None
    back(bench)
    refused = bench.engine.refusal_before_send(order, bench.now)
    assert refused is not None
    assert "takes entries only while binance cannot be reached" in refused


def test_exits_at_the_reserve_go_on_when_the_first_is_back(bench: Bench) -> None:
    lose(bench)
    bench.fill_whole(bench.order(signal(quantity="0.5")), "100")
    back(bench)
    assert bench.submit(signal(venue=RESERVE, side=Side.SELL, quantity="0.4", purpose=Purpose.EXIT)).status == 201


def test_an_exit_of_the_first_never_leaves_at_the_reserve() -> None:
    """It would close a position that the reserve has for itself."""
    two = msgspec.structs.replace(DEFAULT_TIERS[Tier.SNIPER], open_positions=2)
    bench = opened(RiskSettings(tiers={**DEFAULT_TIERS, Tier.SNIPER: two}))
    bench.fill_whole(bench.order(signal(quantity="0.5")), "100")
    lose(bench)
    bench.fill_whole(bench.order(signal(quantity="0.5")), "100")
    assert bench.asked(PlaceOrder)[-1].order.venue == RESERVE
    bench.submit(signal(side=Side.SELL, quantity="0.4", purpose=Purpose.EXIT))
    assert [
        command.order for command in bench.asked(PlaceOrder) if command.order.side is Side.SELL and command.order.venue == RESERVE
    ] == []


def test_the_reserve_is_active_until_the_first_was_read(bench: Bench) -> None:
    lose(bench)
    bench.connect(VENUE)
    bench.book("99.99", "100.00")
    assert duties(bench)[-1] == "ACTIVE for binance"
    bench.answer_reconcile()
    assert duties(bench)[-1] == "STANDBY for binance"


def test_what_is_held_at_the_venue_that_is_out_is_worth_what_the_reserves_book_says(bench: Bench) -> None:
    bench.fill_whole(bench.order(signal(quantity="0.5")), "100")
    lose(bench)
    bench.book("49.99", "50.01", venue=RESERVE)
    btc, usdt = (bench.state.balances[VENUE, asset].total for asset in ("BTC", "USDT"))
    assert bench.engine.equity(bench.now) == btc * 50 + usdt + d(1000)


def test_a_reserve_that_is_out_stops_nothing_while_the_first_is_there(bench: Bench) -> None:
    bench.do(ConnectionChanged(venue=RESERVE, channel="orders", connected=False, reason="dead"))
    assert bench.state.engine_state is EngineState.RUNNING
    assert bench.submit(signal()).status == 201


def test_another_address_is_on_record_told_and_read_before_anything_new_leaves(bench: Bench) -> None:
    bench.do(AddressChanged(venue=VENUE, before="api1:443", address="api2:443", failed=True, reason="silence"))
    assert bench.state.conditions["binance/address"] == "api2:443"
    assert [alert.text for alert in bench.asked(Alert)][-1] == "GENESIS-2701: binance: api2:443 is used instead of api1:443: silence"
    assert bench.submit(signal()).status == 503
    bench.answer_reconcile()
    assert bench.submit(signal()).status == 201
    assert not bench.said(RiskDenied)
    assert msgspec.to_builtins(bench.state.conditions)["binance/address"] == "api2:443"
