"""The player: time, speed, pause, skip, loop, back pressure, bounded batches, and what a virtual clock makes the same in every run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import Any

import pytest

from libraries.mock_exchange.core.venue import Venue
from libraries.mock_exchange.core.venue_events import PublicTrade
from libraries.mock_exchange.markets import player as player_module
from libraries.mock_exchange.markets.desk import OTHER_TRADES_FROM, Desk
from libraries.mock_exchange.markets.generated import Generated
from libraries.mock_exchange.markets.player import Player, Playing
from libraries.mock_exchange.markets.source import Silent
from libraries.mock_exchange.markets.steps import Book, Pause, Print, Step
from libraries.mock_exchange.shell.clock import VenueClock
from libraries.mock_exchange.shell.virtual_clock import DEFAULT_START_MS, VirtualClock
from tests.mock_exchange_streams.kit_markets import Moved, laws
from tests.mock_exchange_streams.kit_streams import spec, units

DEADLINE_S = 20.0
LADDER = Book("BTCUSDT", [(units("99"), units("5"))], [(units("101"), units("5"))])


class Listed(Silent):
    """A source of these steps."""

    def __init__(self, *steps: Step) -> None:
        self._steps = steps
        self.count = len(steps)

    def steps(self) -> Iterator[Step]:
        return iter(self._steps)

    def trade_ids(self) -> tuple[int, int] | None:
        ids = [step.trade_id for step in self._steps if step.trade_id is not None]
        return (ids[0], ids[-1]) if ids else None


def printed(at_ms: int, trade_id: int, price: str = "100") -> Step:
    return Step(at_ms, (Print("BTCUSDT", "BUY", units(price), units("0.1"), trade_id),), trade_id)


TEN = [Step(0, (LADDER,)), *(printed(1_000 * number, number, str(99 + number % 3)) for number in range(1, 11))]


def times(it: Moved) -> list[int]:
    return [trade.time_ms - DEFAULT_START_MS for trade in it.trades]


async def test_each_step_happens_at_its_time_of_the_virtual_clock() -> None:
    it = Moved(Listed(*TEN))
    assert await it.player.advance(for_ms=4_500) == {"position": 5, "last_trade_id": 4, "remaining": 6}
    assert times(it) == [1_000, 2_000, 3_000, 4_000]
    assert it.clock.offset_ms == 4_500, "the time between steps passes too"
    await it.player.advance(steps=2)
    assert times(it)[-1] == it.clock.offset_ms == 6_000


@pytest.mark.parametrize(("speed", "passed"), [(10_000, 1_000), (500, 20_000), (0, 10_000)])
async def test_speed_is_market_time_per_time_of_the_venue(speed: int, passed: int) -> None:
    it = Moved(Listed(*TEN), playing=Playing(speed=speed))
    await it.player.advance(to_end=True)
    assert it.clock.offset_ms == passed


async def test_on_the_machines_clock_what_is_asked_for_happens_at_once() -> None:
    clock = VenueClock()
    venue = Venue([spec()], clock)
    venue.start()
    trades: list[PublicTrade] = []
    venue.listen(lambda event: trades.append(event) if isinstance(event, PublicTrade) else None)
    it = Player(Listed(*TEN), Desk(venue, clock, None), clock, Playing())
    begun = time.monotonic()
    await it.advance(for_ms=10_000)
    assert len(trades) == 10
    assert clock.offset_ms == 0
    assert time.monotonic() - begun < 9.0


async def test_by_itself_a_market_follows_the_machines_clock_and_stands_still_while_held() -> None:
    clock = VenueClock()
    venue = Venue([spec()], clock)
    venue.start()
    seen: asyncio.Queue[PublicTrade] = asyncio.Queue()
    venue.listen(lambda event: seen.put_nowait(event) if isinstance(event, PublicTrade) else None)
    it = Player(Listed(*TEN), Desk(venue, clock, None), clock, Playing(at_once=True, speed=20_000))
    begun_ms = clock.now_ms()
    await it.start()
    first = await asyncio.wait_for(seen.get(), DEADLINE_S)
    assert first.time_ms - begun_ms >= 50, "1 s of the market at 20 times the speed"
    it.hold()
    at = it.shown()["at_ms"]
    await asyncio.sleep(0.12)
    assert it.shown()["at_ms"] == at
    came = 1 + seen.qsize()
    it.play(0)
    for _ in range(10 - came + seen.qsize()):
        await asyncio.wait_for(seen.get(), DEADLINE_S)
    assert it.shown()["remaining"] == 0
    await it.close()


async def test_over_a_jump_of_the_clock_the_market_stands_still() -> None:
    clock = VenueClock()
    venue = Venue([spec()], clock)
    it = Player(Listed(*TEN), Desk(venue, clock, None), clock, Playing(at_once=True))
    venue.start()
    clock.advance(3_600_000)
    assert it.shown()["at_ms"] < 60_000
    await it.close()


async def test_nothing_moves_in_the_audits_cut() -> None:
    it = Moved(Listed(*TEN), playing=Playing(at_once=True))
    it.player.pause()
    with pytest.raises(ValueError, match="quiesced"):
        await it.player.advance(steps=1)
    with pytest.raises(ValueError, match="quiesced"):
        await it.player.seek(to_ms=1)
    it.player.resume()
    assert (await it.player.advance(steps=1))["position"] == 1


async def test_a_cut_stops_an_advance_that_is_under_way() -> None:
    it = Moved(Generated(laws({"trades_per_second": "50"}), 1))
    under_way = asyncio.Event()
    it.venue.listen(lambda _: under_way.set())
    running = asyncio.create_task(it.player.advance(for_ms=10**8))
    await asyncio.wait_for(under_way.wait(), DEADLINE_S)
    it.player.pause()
    answer = await asyncio.wait_for(running, DEADLINE_S)
    assert answer["position"] == it.player.shown()["position"] < 10**6


async def test_a_pause_of_the_script_ends_an_advance_and_a_further_one_goes_on() -> None:
    it = Moved(Listed(Step(0, (LADDER,)), Step(5, (Pause(),)), printed(10, 1)))
    assert (await it.player.advance(to_end=True))["remaining"] == 1
    assert it.player.shown()["by_itself"] is False
    assert (await it.player.advance(to_end=True))["remaining"] == 0


async def test_a_skip_trades_nothing_and_leaves_the_last_ladder() -> None:
    higher = Book("BTCUSDT", [(units("109"), units("5"))], [(units("111"), units("5"))])
    it = Moved(Listed(Step(0, (LADDER,)), printed(1_000, 1), Step(2_000, (higher,)), printed(3_000, 2, "110"), printed(4_000, 3, "110")))
    shown = await it.player.seek(to_ms=3_500)
    assert (shown["skipped"], shown["position"], shown["last_trade_id"], it.clock.offset_ms) == (4, 4, 2, 3_500)
    assert it.trades == []
    assert it.venue.depth("BTCUSDT")[1] == [(units("109"), units("5"))]
    await it.player.advance(to_end=True)
    assert times(it) == [4_000]
    with pytest.raises(ValueError, match=r"to_ms: expected a time not before 4000 .*, came 10"):
        await it.player.seek(to_ms=10)


async def test_a_skip_may_go_to_a_trade() -> None:
    it = Moved(Listed(*TEN))
    assert (await it.player.seek(until_trade_id=7))["last_trade_id"] == 7
    await it.player.advance(steps=1)
    assert len(it.trades) == 1


async def test_a_loop_begins_again_with_fresh_trade_ids() -> None:
    source = Listed(Step(0, (LADDER,)), printed(1_000, 1), printed(2_000, 2))
    source.recorded_symbols = frozenset({"BTCUSDT"})
    it = Moved(source, playing=Playing(loop=True))
    assert (await it.player.advance(steps=6))["position"] == 6
    assert times(it) == [1_000, 2_000, 3_001, 4_001]
    assert [trade.trade_id for trade in it.trades] == [1, 2, OTHER_TRADES_FROM, OTHER_TRADES_FROM + 1]


async def test_a_step_comes_only_when_readers_took_the_one_before() -> None:
    class Slow:
        """A reader that takes one step's messages at a time, and only when asked to wait for it."""

        def __init__(self) -> None:
            self.waiting = 0
            self.most = 0

        def backlog(self) -> bool:
            self.most = max(self.most, self.waiting)
            return self.waiting > 0

        async def taken(self) -> None:
            await asyncio.sleep(0)
            self.waiting = 0

    reader = Slow()
    it = Moved(Listed(*TEN), readers=reader)

    def sent(event: Any) -> None:
        reader.waiting += isinstance(event, PublicTrade)

    it.venue.listen(sent)
    await it.player.advance(to_end=True)
    assert (len(it.trades), reader.most) == (10, 1)


async def test_a_market_lets_others_have_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a batch of no length every step is a batch: somebody else gets a turn between any two."""
    monkeypatch.setattr(player_module, "_BATCH_NS", 0)
    it = Moved(Listed(*TEN))
    turns: list[int] = []

    async def other() -> None:
        while True:
            turns.append(it.player.shown()["position"])
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    await it.player.advance(to_end=True)
    task.cancel()
    assert len(set(turns)) >= 8


async def test_moves_in_even_steps_reach_their_end_exactly() -> None:
    it = Moved(Listed(Step(0, (LADDER,))))
    await it.player.advance(steps=1)
    answer = it.player.move("BTCUSDT", by=-(10**7), within_ms=60_000, steps=None)
    assert answer == {"steps": 120, "ends_in_ms": 60_000}
    await it.player.advance(for_ms=60_000)
    assert it.venue.depth("BTCUSDT")[1:] == ([(units("89"), units("5"))], [(units("91"), units("5"))])
    assert (len(it.trades), it.trades[-1].price, times(it)[-1]) == (120, units("89"), 60_000)
    with pytest.raises(ValueError, match="within_ms: expected 0 to"):
        it.player.move("BTCUSDT", by=1, within_ms=-1, steps=None)


async def test_a_market_without_a_ladder_cannot_move() -> None:
    it = Moved(Silent())
    with pytest.raises(ValueError, match="BTCUSDT has no ladder of the market that could move; set the book first"):
        it.player.move("BTCUSDT", by=1, within_ms=0, steps=None)
    with pytest.raises(ValueError, match="regimes are for generated markets"):
        it.player.impose("BTCUSDT", {"kind": "jump", "by": "1"})
    with pytest.raises(ValueError, match="nothing here is counted in trades"):
        await it.player.advance(until_trade_id=1)


async def test_a_generated_market_crashes_to_the_depth_in_the_time_stated() -> None:
    it = Moved(Generated(laws({"start": "50000.00", "gap": "1.00", "trades_per_second": "20"}), 1))
    await it.player.start()
    await it.player.advance(for_ms=5_000)
    before = it.trades[-1].price
    answer = it.player.move("BTCUSDT", by=-(2 * 10**7), within_ms=30_000, steps=None)
    await it.player.advance(for_ms=answer["ends_in_ms"])
    _, bids, asks = it.venue.depth("BTCUSDT")
    assert abs((bids[0][0] + asks[0][0]) / 2 / before - 0.8) < 0.002
    assert answer["ends_in_ms"] <= 30_200
    with pytest.raises(ValueError, match="to_end: this market has no end"):
        await it.player.advance(to_end=True)
    await it.player.close()


async def test_a_script_cannot_set_the_ladder_of_a_generated_symbol() -> None:
    it = Moved(Generated(laws({}), 1))
    with pytest.raises(ValueError, match="the ladder of BTCUSDT is generated, a script cannot set it; ask for a move or a regime"):
        it.player.put([Step(0, (LADDER,))])
    assert it.player.put([printed(0, 1)])["steps"] == 1


async def test_what_waits_for_the_end_of_a_command_is_sent_before_readers_are_asked() -> None:
    """Best prices and aggregates are told at a command's end: a reader that is behind with them holds the market back too."""
    sent: list[int] = []
    seen: list[int] = []

    class Reader:
        def backlog(self) -> bool:
            seen.append(len(sent))
            return False

        async def taken(self) -> None:
            """Never behind."""

    it = Moved(Listed(*TEN[:3]), readers=Reader())
    it.venue.listen(lambda event: it.clock.timers.soon(lambda: sent.append(1)) if isinstance(event, PublicTrade) else None)
    await it.player.advance(steps=3)
    assert seen == [0, 1, 2]


async def test_an_imposed_regime_is_read_as_one_of_the_file() -> None:
    it = Moved(Generated(laws({"start": "100.00", "volatility": "0"}), 1))
    await it.player.start()
    it.player.impose("BTCUSDT", {"kind": "jump", "by": "0.5"})
    await it.player.advance(for_ms=1_000)
    assert it.venue.depth("BTCUSDT")[1][0][0] == units("150")
    await it.player.close()


async def test_timers_of_the_virtual_clock_fire_at_their_times_and_in_their_order() -> None:
    clock = VirtualClock(1_000_000)
    fired: list[tuple[str, int]] = []
    clock.timers.grid(100, lambda: fired.append(("grid", clock.now_ms())))
    cancel = clock.timers.grid(100, lambda: fired.append(("cancelled", clock.now_ms())))
    clock.timers.grid(1000, lambda: fired.append(("second", clock.now_ms())), wall=True)
    cancel()
    clock.advance_to(1_000_250)
    assert fired == [("grid", 1_000_100)]
    clock.advance_to(1_001_500)
    assert fired == [("grid", 1_000_100), ("second", 1_001_000)]
    clock.timers.grid(100, lambda: fired.append(("on the grid", clock.now_ms())))
    clock.advance_to(1_001_550)
    clock.timers.grid(100, lambda: fired.append(("on the grid", clock.now_ms())))
    clock.advance_to(1_001_640)
    assert fired[2:] == [("on the grid", 1_001_600), ("on the grid", 1_001_600)]
    clock.timers.soon(lambda: fired.append(("soon", clock.now_ms())))
    clock.timers.settle()
    assert fired[-1] == ("soon", 1_001_640)


def test_a_virtual_clock_is_set_and_its_own_monotonic_time_never_goes_back() -> None:
    clock = VirtualClock(1_000_000, own_monotonic=True)
    clock.advance(500)
    clock.skew(-2_000)
    assert (clock.now_ms(), clock.now_us(), clock.monotonic_ns()) == (998_000, 998_000_000, 500_000_000)
    with pytest.raises(ValueError, match="expected advance_ms >= 0, got -1"):
        clock.advance(-1)
