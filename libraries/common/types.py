"""Argument types that are no amounts: enums of the domain, symbols, durations; and the table of converters.

Optional arguments are written `side: Side = NOT_GIVEN`: Robot Framework then names the members of the enum in its error,
which it does not for `Side | None`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from enum import Enum
from typing import Any, get_type_hints

from libraries.common.amounts import (
    AssetAmount,
    Money,
    Price,
    Quantity,
    to_asset_amount,
    to_money,
    to_price,
    to_quantity,
)
from libraries.common.errors import WrongArgument

NOT_GIVEN: Any = None
LONGEST_WAIT = timedelta(minutes=10)
DEFAULT_TIMEOUT = timedelta(seconds=5)


class Side(Enum):
    """The side of an order."""

    BUY = "BUY"
    SELL = "SELL"


class Certificate(Enum):
    """What certificate a venue shows when it speaks TLS."""

    VALID = "valid"
    EXPIRED = "expired"
    WRONG_HOST = "wrong-host"
    UNKNOWN_AUTHORITY = "unknown-authority"


class OrderType(Enum):
    """The type of an order."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    LIMIT_MAKER = "LIMIT_MAKER"


class TimeInForce(Enum):
    """How long a LIMIT order lives: GTC until cancelled, IOC fills what it can at once, FOK fills all at once or nothing."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"


class OrderStatus(Enum):
    """The state of an order in the engine's words."""

    PENDING = "PENDING"
    SUBMITTED = "SUBMITTED"
    OPEN = "OPEN"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELLED = "CANCELLED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"
    NOT_SENT = "NOT_SENT"


class PositionStatus(Enum):
    """The state of a position."""

    PENDING = "PENDING"
    OPEN = "OPEN"
    CLOSING = "CLOSING"
    CLOSED = "CLOSED"


class EngineStatus(Enum):
    """The state of the engine."""

    STARTING = "STARTING"
    RECONCILING = "RECONCILING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    DEGRADED = "DEGRADED"
    HALTED = "HALTED"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"


class Ending(Enum):
    """How the process before this one ended."""

    FIRST = "first"
    CLEAN = "clean"
    RECOVERED = "recovered"


class ProcessSignal(Enum):
    """A signal of the operating system."""

    SIGTERM = "SIGTERM"
    SIGINT = "SIGINT"
    SIGHUP = "SIGHUP"
    SIGPIPE = "SIGPIPE"


class StrategyStatus(Enum):
    """The state of a strategy."""

    IDLE = "IDLE"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"
    ERROR = "ERROR"
    RECOVERING = "RECOVERING"


class StrategyAction(Enum):
    """What an operator may do to one strategy."""

    START = "START"
    PAUSE = "PAUSE"
    STOP = "STOP"


class Execution(Enum):
    """How a signal becomes orders: one, or slices one after another (R12, R13)."""

    PLAIN = "PLAIN"
    ICEBERG = "ICEBERG"
    TWAP = "TWAP"


class Tier(Enum):
    """The capital tier: decides order types and limits."""

    SNIPER = "SNIPER"
    HUNTER = "HUNTER"
    STRATEGIST = "STRATEGIST"
    ARCHITECT = "ARCHITECT"


class Purpose(Enum):
    """What a signal is for: ENTRY opens risk, EXIT can only reduce a position."""

    ENTRY = "ENTRY"
    EXIT = "EXIT"


class SignalStatus(Enum):
    """What became of a signal."""

    ACCEPTED = "ACCEPTED"
    DENIED = "DENIED"


class TradeStatus(Enum):
    """The state of a multi-leg trade."""

    PLANNED = "PLANNED"
    LEGGING = "LEGGING"
    COMPLETE = "COMPLETE"
    UNWINDING = "UNWINDING"
    CLOSED = "CLOSED"


class OpportunityKind(Enum):
    """DIRECT = the same symbol at two venues, TRIANGULAR = a round trip at one venue; PAIR = a trade of two legs that are held."""

    DIRECT = "DIRECT"
    TRIANGULAR = "TRIANGULAR"
    PAIR = "PAIR"


class BalanceField(Enum):
    """Which number of a balance."""

    free = "free"
    locked = "locked"
    total = "total"
    target = "target"
    opening = "opening"


class Command(Enum):
    """A command of the engine's command line that reads a configuration."""

    CHECK_CONFIG = "check-config"
    RUN = "run"


class HttpMethod(Enum):
    """The method of a raw request."""

    GET = "GET"
    POST = "POST"
    PUT = "PUT"
    DELETE = "DELETE"


class TokenKind(Enum):
    """Which bearer token a raw request to the engine carries."""

    RIGHT = "RIGHT"
    WRONG = "WRONG"
    NONE = "NONE"


class Channel(Enum):
    """Which connections of the engine: ORDERS = order entry and user data, MARKET = market data streams."""

    ORDERS = "ORDERS"
    MARKET = "MARKET"
    ALL = "ALL"


class TornLog(Enum):
    """Damage to a write-ahead log: of its last transaction, behind it, or of one that others follow."""

    LAST_TRANSACTION = "LAST_TRANSACTION"
    LAST_BYTE = "LAST_BYTE"
    GARBAGE = "GARBAGE"
    EARLIER_TRANSACTION = "EARLIER_TRANSACTION"


class BookSide(Enum):
    """A side of a book."""

    BID = "BID"
    ASK = "ASK"


class VenueOrderStatus(Enum):
    """The status of an order in the venue's words."""

    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    EXPIRED_IN_MATCH = "EXPIRED_IN_MATCH"


class VenueOrderType(Enum):
    """The type of an order in the venue's words."""

    MARKET = "MARKET"
    LIMIT = "LIMIT"
    LIMIT_MAKER = "LIMIT_MAKER"
    STOP_LOSS = "STOP_LOSS"
    STOP_LOSS_LIMIT = "STOP_LOSS_LIMIT"
    TAKE_PROFIT = "TAKE_PROFIT"
    TAKE_PROFIT_LIMIT = "TAKE_PROFIT_LIMIT"


class VenueBalanceField(Enum):
    """Which number of a balance at the venue; total = free + locked."""

    free = "free"
    locked = "locked"
    total = "total"


class Permission(Enum):
    """What an API key may do: USER_DATA asks about the account, TRADE places and cancels, USER_STREAM listens to the account."""

    USER_DATA = "USER_DATA"
    TRADE = "TRADE"
    USER_STREAM = "USER_STREAM"


class KeyKind(Enum):
    """How an API key signs."""

    HMAC = "HMAC"
    ED25519 = "ED25519"
    RSA = "RSA"


class Asset(str):
    """An asset such as `USDT`: upper-case letters and digits."""

    __slots__ = ()


class Symbol(str):
    """A symbol as the venue writes it, such as `BTCUSDT`: upper-case letters and digits."""

    __slots__ = ()


class Figure(str):
    """A number or a word as the engine prints it, such as `250` or `MARKET`; never a float."""

    __slots__ = ()


class Timeout(timedelta):
    """How long to wait at most, such as `5s` or `500 ms`: above zero, at most 10 minutes. Default: 5 seconds."""


class Duration(timedelta):
    """A length of time that may be zero or negative, such as `3s` or `-500ms`."""


def milliseconds(time: timedelta) -> int:
    """A length of time in whole milliseconds, as the venue and the engine take it."""
    return round(time.total_seconds() * 1000)


def to_symbol(value: object) -> Symbol:
    """Read a symbol.

    Raises:
        WrongArgument: not 5 to 20 upper-case letters and digits.
    """
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z0-9]{5,20}", value, re.ASCII):
        shown = f"{value!r}" if value is not None else "${NONE}"
        guess = re.sub(r"[^A-Z0-9]", "", str(value).upper()) if value else ""
        hint = f"; did you mean {guess}?" if 5 <= len(guess) <= 20 and value is not None else ""
        raise WrongArgument(f"symbol must be written as the venue does, such as BTCUSDT, got {shown}{hint}")
    return Symbol(value)


def to_asset(value: object) -> Asset:
    """Read an asset.

    Raises:
        WrongArgument: not 2 to 10 upper-case letters and digits.
    """
    if not isinstance(value, str) or not re.fullmatch(r"[A-Z0-9]{2,10}", value, re.ASCII):
        raise WrongArgument(f"asset must be written as the venue does, such as USDT, got {value!r}")
    return Asset(value)


def to_figure(value: object) -> Figure:
    """Read a number or a word.

    Raises:
        WrongArgument: a float, nothing, or an empty text.
    """
    if isinstance(value, float):
        raise WrongArgument(f"a figure must be text such as 0.05, got float {value!r}; write {value!r} not ${{{value!r}}}")
    if value is None or str(value) == "":
        raise WrongArgument(f"a figure must be text such as 0.05 or MARKET, got {value!r}")
    return Figure(value)


def to_timeout(value: object) -> Timeout:
    """Read a waiting time.

    Raises:
        WrongArgument: not a time, not above zero, or above 10 minutes.
    """
    from robot.utils import timestr_to_secs  # noqa: PLC0415 (pytest of the types needs no Robot Framework)

    wanted = "timeout must be a time such as 5s or 500ms"
    if isinstance(value, timedelta):
        seconds = value.total_seconds()
    else:
        try:
            seconds = timestr_to_secs(value, round_to=6)
        except (ValueError, TypeError):
            shown = "${NONE}" if value is None else repr(value)
            raise WrongArgument(f"{wanted}, got {shown}; every wait has an end, the longest is 10 minutes") from None
    if seconds <= 0:
        raise WrongArgument(f"{wanted} and above 0, got {value!s}")
    if seconds > LONGEST_WAIT.total_seconds():
        raise WrongArgument(f"{wanted}, at most 10 minutes, got {value!s}")
    return Timeout(seconds=seconds)


def to_duration(value: object) -> Duration:
    """Read a length of time of either sign.

    Raises:
        WrongArgument: not a time.
    """
    from robot.utils import timestr_to_secs  # noqa: PLC0415 (pytest of the types needs no Robot Framework)

    try:
        return Duration(seconds=timestr_to_secs(value, round_to=6))
    except (ValueError, TypeError):
        raise WrongArgument(f"a time such as 3s or -500ms is needed, got {value!r}") from None


Converters = dict[type, Callable[[object], object]]


def typed(converters: Converters) -> Converters:
    """The same table; Robot Framework, which reads the converters' type hints anew at each call of a keyword, finds them resolved."""
    for converter in converters.values():
        setattr(converter, "robot_types", get_type_hints(converter))  # noqa: B010 - functions have no such attribute by type
    return converters


CONVERTERS = typed(
    {
        Price: to_price,
        Quantity: to_quantity,
        Money: to_money,
        AssetAmount: to_asset_amount,
        Asset: to_asset,
        Symbol: to_symbol,
        Figure: to_figure,
        Timeout: to_timeout,
        Duration: to_duration,
    }
)
"""For `@library(converters=CONVERTERS)` of every keyword library."""
