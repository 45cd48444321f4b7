"""A strategy that is flat wishes for its entry at every bar; while one is on its way there is no second."""

from __future__ import annotations

from tests.engine_pure.strategy_kit import Stage, probe, with_probes


def slow_venue(*plans: str) -> Stage:
    stage = Stage(with_probes(*(probe(f"probe-{number}", plan, quantity="1") for number, plan in enumerate(plans))))
    stage.open()
    stage.filling = False
    return stage


def test_an_entry_that_is_on_its_way_is_not_made_twice() -> None:
    stage = slow_venue("*:BUY")
    for _ in range(3):
        stage.second(BTCUSDT=101)
    (order,) = stage.orders_of("probe-0")
    stage.fill_whole(order, 101)
    stage.filling = True
    stage.second(BTCUSDT=101)
    assert len(stage.orders_of("probe-0")) == 2


def test_the_entry_of_one_strategy_does_not_hold_back_another() -> None:
    stage = slow_venue("101:BUY", "102:BUY")
    stage.second(BTCUSDT=101)
    stage.second(BTCUSDT=102)
    assert [len(stage.orders_of(name)) for name in ("probe-0", "probe-1")] == [1, 1]
