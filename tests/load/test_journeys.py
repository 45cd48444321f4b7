"""What became of each tick: counts first. One order that is lost, doubled, late or booked to another one is named."""

from __future__ import annotations

import msgspec
import pytest

from libraries.load.journeys import Account, Decided, EngineSays, Sent, Tick, VenueSays, account_for

MS = 1_000_000
TICKS = [("L000USDT", number) for number in range(1, 21)]


def sent() -> list[Sent]:
    return [Sent(tick, due_ns=number * MS, sent_ns=number * MS + 1_000) for number, tick in enumerate(TICKS)]


def order(tick: Tick, at_ns: int) -> Decided:
    return Decided(
        client_order_id=f"g-{tick[1]}",
        signal_id=f"ticks-0-{tick[0]}-t{tick[1]}-1",
        tick=tick,
        decided_ns=at_ns + MS,
        acked_ns=at_ns + 3 * MS,
        durable_ns=at_ns + 4 * MS,
    )


def venue() -> VenueSays:
    arrived = {f"g-{tick[1]}": number * MS + 2 * MS for number, tick in enumerate(TICKS)}
    return VenueSays(arrived_ns=arrived, fills={(tick[0], tick[1] + 1_000): f"g-{tick[1]}" for tick in TICKS})


def engine() -> EngineSays:
    orders = {f"g-{tick[1]}": order(tick, number * MS) for number, tick in enumerate(TICKS)}
    fills = {(tick[0], tick[1] + 1_000): f"g-{tick[1]}" for tick in TICKS}
    return EngineSays(orders=orders, fills=fills, order_rows=len(orders), fill_rows=len(fills), denied={})


def changed(says: EngineSays, **values: object) -> EngineSays:
    return msgspec.structs.replace(says, **values)


def told(account: Account) -> str:
    return "; ".join(account.problems)


def test_what_agrees_has_its_times_from_the_moment_each_tick_was_due() -> None:
    account = account_for(sent(), venue(), engine())
    assert account.reconciles, told(account)
    assert (account.ticks, account.orders, len(account.journeys)) == (20, 20, 20)
    assert account.end_to_end.p99_ms == pytest.approx(4.0, rel=0.001)
    assert account.tick_to_order.p99_ms == pytest.approx(2.0, rel=0.001)
    assert account.execution.p50_ms == pytest.approx(2.0, rel=0.001)
    assert account.rate == pytest.approx(20 / 0.023, rel=0.001)
    assert [(second.at_s, second.orders) for second in account.timeline()] == [(0, 20)]


def test_a_venue_that_drops_one_order_is_found_out() -> None:
    says = venue()
    arrived = {name: at for name, at in says.arrived_ns.items() if name != "g-7"}
    account = account_for(sent(), VenueSays(arrived_ns=arrived, fills=says.fills), engine())
    assert told(account) == "1 orders of the journal never came to the venue: g-7"
    assert len(account.journeys) == 19


def test_an_engine_that_answers_one_tick_less_is_found_out() -> None:
    says = engine()
    orders = {name: value for name, value in says.orders.items() if name != "g-7"}
    fills = {fill: name for fill, name in says.fills.items() if name != "g-7"}
    account = account_for(sent(), venue(), changed(says, orders=orders, fills=fills, order_rows=19, fill_rows=19))
    assert "expected an order for each of 20 ticks, got 19; 0 were shed, denied: none; without any word: 1, such as L000USDT/7" in told(
        account
    )
    assert "1 orders at the venue are in no journal: g-7" in told(account)
    assert "1 fills of the venue are in no journal: L000USDT/1007" in told(account)


def test_what_was_shed_or_denied_is_no_loss_and_is_counted() -> None:
    says = engine()
    gone = ("g-7", "g-8")
    left = changed(
        says,
        orders={name: value for name, value in says.orders.items() if name not in gone},
        fills={fill: name for fill, name in says.fills.items() if name not in gone},
        order_rows=18,
        fill_rows=18,
        denied={("L000USDT", 8): "R9", ("L000USDT", 999): "R9"},
    )
    there = VenueSays(
        arrived_ns={name: at for name, at in venue().arrived_ns.items() if name not in gone},
        fills={fill: name for fill, name in venue().fills.items() if name not in gone},
    )
    account = account_for(sent(), there, left, shed=1)
    assert account.reconciles, told(account)
    assert (account.shed, dict(account.denied)) == (1, {"R9": 1})
    assert not account_for(sent(), there, left, shed=0).reconciles
    assert account_for(sent(), there, left, shed=2).reconciles, "one of its own fills may have been shed, too"
    assert not account_for(sent(), there, left, shed=20).reconciles


def test_a_tick_that_is_answered_twice_is_found_out() -> None:
    says = engine()
    again = msgspec.structs.replace(says.orders["g-7"], client_order_id="g-70")
    account = account_for(sent(), venue(), changed(says, orders={**says.orders, "g-70": again}, order_rows=21))
    assert "1 ticks were answered more than once: L000USDT/7" in told(account)


def test_a_fill_that_is_not_on_disk_or_of_another_order_is_found_out() -> None:
    says = engine()
    undurable = msgspec.structs.replace(says.orders["g-7"], durable_ns=0)
    account = account_for(sent(), venue(), changed(says, orders={**says.orders, "g-7": undurable}))
    assert told(account) == "1 orders have no durable fill: g-7"
    swapped = {**says.fills, ("L000USDT", 1_007): "g-8"}
    assert told(account_for(sent(), venue(), changed(says, fills=swapped))) == "1 fills are booked to another order: L000USDT/1007"


def test_an_order_that_was_not_sent_is_on_record_and_must_not_be_at_the_venue() -> None:
    says = engine()
    refused = msgspec.structs.replace(says.orders["g-7"], durable_ns=0, not_sent=True)
    fills = {fill: name for fill, name in says.fills.items() if name != "g-7"}
    left = changed(says, orders={**says.orders, "g-7": refused}, fills=fills, fill_rows=19)
    without = {name: at for name, at in venue().arrived_ns.items() if name != "g-7"}
    account = account_for(sent(), VenueSays(arrived_ns=without, fills=fills), left)
    assert (account.reconciles, account.not_sent, len(account.journeys)) == (True, 1, 19), told(account)
    assert "1 orders at the venue were never sent, says the journal: g-7" in told(account_for(sent(), venue(), left))


@pytest.mark.parametrize(("orders", "fills", "words"), [(19, 20, "the table has 19 orders"), (20, 21, "the table has 21 fills")])
def test_tables_that_differ_from_the_audit_chain_are_found_out(orders: int, fills: int, words: str) -> None:
    assert words in told(account_for(sent(), venue(), changed(engine(), order_rows=orders, fill_rows=fills)))


def test_a_delay_counts_for_every_tick_that_waited() -> None:
    """No coordinated omission: twenty ticks came a millisecond apart, all were answered after a stall of a second."""
    says = engine()
    stalled = {
        name: msgspec.structs.replace(value, acked_ns=1_000 * MS, durable_ns=1_000 * MS + number)
        for number, (name, value) in enumerate(says.orders.items())
    }
    account = account_for(sent(), venue(), changed(says, orders=stalled))
    assert account.reconciles
    assert account.end_to_end.p50_ms == pytest.approx(990, rel=0.01)


def test_strategies_that_answer_nothing_owe_no_order() -> None:
    nothing = EngineSays(orders={}, fills={}, order_rows=0, fill_rows=0, denied={})
    silent = VenueSays(arrived_ns={}, fills={})
    assert account_for(sent(), silent, nothing, answered=False).reconciles
    assert not account_for(sent(), silent, nothing).reconciles
