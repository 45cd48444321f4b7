"""What a market does, as data: commands, and steps that say when. Pure.

Every kind of market (generated, scripted, recorded) is a sequence of steps; `player.py` plays them and `desk.py` does what they say.
Prices and quantities are integers of 1e-8, times are milliseconds of the market's own time, which begins at 0.
"""

from __future__ import annotations

import msgspec

from ..core.orders import Side, TradingStatus

Levels = list[tuple[int, int]]
"""(price, quantity), best first."""


class Book(msgspec.Struct, frozen=True):
    """Account `market` offers exactly these levels."""

    symbol: str
    bids: Levels
    asks: Levels


class Take(msgspec.Struct, frozen=True):
    """Account `crowd` sends a MARKET order, or with a price a LIMIT order that does not rest (IOC)."""

    symbol: str
    side: Side
    quantity: int
    price: int | None = None


class Print(msgspec.Struct, frozen=True):
    """A public trade of exactly this price and quantity; with `trade_id`, under that id (docs/mock-exchange.md, Recordings)."""

    symbol: str
    side: Side
    """The taker's."""
    price: int
    quantity: int
    trade_id: int | None = None


class Rest(msgspec.Struct, frozen=True):
    """Account `crowd` rests a LIMIT order in the book under a name of the script's own."""

    symbol: str
    side: Side
    price: int
    quantity: int
    name: str


class Cancel(msgspec.Struct, frozen=True):
    """The order that a `Rest` of that name placed is withdrawn."""

    symbol: str
    name: str


class Shift(msgspec.Struct, frozen=True):
    """The whole ladder of account `market` moves so that its middle stands at `mid`; somebody trades there, so that it is also printed."""

    symbol: str
    mid: int


class Status(msgspec.Struct, frozen=True):
    """The symbol's trading status from now on."""

    symbol: str
    status: TradingStatus


class Pause(msgspec.Struct, frozen=True):
    """The market stands still until it is resumed."""


class MoveClock(msgspec.Struct, frozen=True):
    """The venue's clock jumps: forward by `advance_ms`, or to `skew_ms` off where it belongs."""

    advance_ms: int | None = None
    skew_ms: int | None = None


class Publish(msgspec.Struct, frozen=True):
    """A recorded payload goes to the readers of a stream, byte for byte."""

    stream: str
    data: bytes


Command = Book | Take | Print | Rest | Cancel | Shift | Status | Pause | MoveClock | Publish


class Step(msgspec.Struct, frozen=True):
    """These commands, in order, without anything between them. `trade_id` is the recorded trade that the step stands for."""

    at_ms: int
    commands: tuple[Command, ...]
    trade_id: int | None = None
