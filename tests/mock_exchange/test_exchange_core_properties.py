"""Properties of the core under random commands: conservation, no negative balance, priority, replay of the ledger (X13)."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libraries.mock_exchange.core.errors import VenueError
from libraries.mock_exchange.core.orders import CancelRequest
from libraries.mock_exchange.core.venue import Venue
from tests.mock_exchange.core_kit import Core, replayed

ACCOUNTS = st.sampled_from("abc")
SIDES = st.sampled_from(["BUY", "SELL"])
PRICES = st.integers(9_800, 10_200).map(lambda cents: f"{cents // 100}.{cents % 100:02d}")
QUANTITIES = st.integers(5_000, 300_000).map(lambda steps: f"{steps // 100_000}.{steps % 100_000:05d}")
COMMANDS = st.lists(
    st.one_of(
        st.tuples(st.just("limit"), ACCOUNTS, SIDES, QUANTITIES, PRICES, st.sampled_from(["GTC", "GTC", "IOC", "FOK"])),
        st.tuples(st.just("market"), ACCOUNTS, SIDES, QUANTITIES),
        st.tuples(st.just("quote"), ACCOUNTS, SIDES, st.integers(5, 300).map(str)),
        st.tuples(st.just("maker"), ACCOUNTS, SIDES, QUANTITIES, PRICES),
        st.tuples(st.just("cancel"), ACCOUNTS, st.integers(0, 30)),
        st.tuples(st.just("book"), st.integers(9_800, 10_100), st.integers(1, 200)),
    ),
    max_size=60,
)
QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _run(core: Core, commands: list[Any]) -> None:
    for command in commands:
        try:
            _one(core, *command)
        except VenueError:
            continue


def _one(core: Core, kind: str, *rest: Any) -> None:
    match kind:
        case "limit":
            core.place(*rest[:4], tif=rest[4])
        case "market":
            core.place(*rest)
        case "quote":
            core.place(rest[0], rest[1], None, quote=rest[2])
        case "maker":
            core.place(*rest, type="LIMIT_MAKER")
        case "cancel":
            core.venue.cancel(rest[0], CancelRequest(symbol="BTCUSDT", order_id=rest[1]), "rest")
        case "book":
            bid, width = rest
            core.venue.set_market_book("BTCUSDT", [(bid * 10**6, 10**8)], [((bid + width) * 10**6, 10**8)])


@QUICK
@given(COMMANDS)
def test_assets_are_conserved_and_locked_is_what_open_orders_lock(commands: list[Any]) -> None:
    core = Core()
    _run(core, commands)
    assert set(core.venue.books.totals().values()) == {0}
    for name, account in core.venue.books.accounts.items():
        for asset, (free, locked) in account.balances().items():
            assert name == "external" or (free >= 0 and locked >= 0)
            assert locked == sum(order.locked for order in account.open_orders.values() if order.lock_asset == asset)
        for order in account.open_orders.values():
            expected = order.price * order.remaining // 10**8 if order.side == "BUY" else order.remaining
            assert order.locked == expected


@QUICK
@given(COMMANDS)
def test_the_postings_of_every_line_sum_to_zero_and_seq_has_no_gap(commands: list[Any]) -> None:
    core = Core()
    _run(core, commands)
    lines = core.journal.lines
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    for line in lines:
        totals: dict[str, Decimal] = {}
        for _, asset, _, amount in line.get("postings", []):
            totals[asset] = totals.get(asset, Decimal(0)) + Decimal(amount)
        assert not any(totals.values()), line


@QUICK
@given(COMMANDS)
def test_every_trade_is_at_the_makers_price_with_nobody_better_left_behind(commands: list[Any]) -> None:
    """After each command the book is not crossed, and within a level the older order always has at least as much of itself done."""
    core = Core()
    for command in commands:
        _run(core, [command])
        bid, ask = core.venue.best("BTCUSDT")
        assert bid is None or ask is None or bid[0] < ask[0]
        touched: dict[tuple[str, int], int] = {}
        for order in sorted(_resting(core.venue), key=lambda each: each.order_id):
            key = (order.side, order.price)
            if order.executed:
                assert touched.get(key, order.order_id) == order.order_id, "a younger order traded before an older one"
            touched.setdefault(key, order.order_id)


@QUICK
@given(COMMANDS)
def test_a_ledger_replays_to_the_same_venue(commands: list[Any]) -> None:
    core = Core()
    _run(core, commands)
    again = replayed(core)
    assert _state(again) == _state(core.venue)
    assert again.depth("BTCUSDT")[1:] == core.venue.depth("BTCUSDT")[1:]
    assert again.depth("BTCUSDT")[0] >= core.venue.depth("BTCUSDT")[0]
    assert again.recent_trades("BTCUSDT", 1000) == core.venue.recent_trades("BTCUSDT", 1000)
    assert again.next_order_id == core.venue.next_order_id
    assert again.market("BTCUSDT").next_trade_id == core.venue.market("BTCUSDT").next_trade_id


def _state(venue: Venue) -> dict[str, Any]:
    return {
        name: (account.balances(), msgspec.to_builtins(list(account.orders.values())), list(account.fills), account.key_id)
        for name, account in venue.books.accounts.items()
    }


def _resting(venue: Venue) -> list[Any]:
    return [order for account in venue.books.accounts.values() for order in account.open_orders.values()]
