"""What the venue's core says happened: the seam between matching (core) and everything that tells the world (shell).

All amounts are integers in units of 1e-8 (`E8`), times in milliseconds of the venue's clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

E8 = 100_000_000


class BookChange(msgspec.Struct, frozen=True, gc=False):
    """One price level after a change: `quantity` is the whole level's (0 = gone). `update_id` grows by 1 per change and symbol."""

    symbol: str
    side: Literal["BUY", "SELL"]
    price: int
    quantity: int
    update_id: int


class PublicTrade(msgspec.Struct, frozen=True, gc=False):
    """A fill as everybody sees it. `taker_order_id` tells aggTrade which fills belong to one taker order."""

    symbol: str
    trade_id: int
    price: int
    quantity: int
    quote_quantity: int
    buyer_is_maker: bool
    time_ms: int
    taker_order_id: int = 0


class FirstFill(msgspec.Struct, frozen=True, gc=False):
    """An order of an account traded for the first time. Told whether anybody hears the account's events or not."""

    account: str
    symbol: str
    maker: bool
    time_ms: int


class AccountEvent(msgspec.Struct, frozen=True):
    """A user data event of one account, ready to be wrapped and sent (executionReport, listStatus, outboundAccountPosition, balanceUpdate).

    Made only for accounts that somebody listens to (`Venue.set_audience`).
    """

    account: str
    payload: dict[str, object]


VenueEvent = BookChange | PublicTrade | FirstFill | AccountEvent
Listener = Callable[[VenueEvent], None]
"""Called inside the command that caused the event, in order, before the command's reply is written. Never blocks."""
