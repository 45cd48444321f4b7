"""What `POST /signals` accepts: one JSON object, every value text, checked field by field."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final

import msgspec

from genesis.core.models import SIGNAL_TYPES, Execution, OrderType, Purpose, Side, Signal, TimeInForce
from genesis.core.money import ONE
from genesis.core.strict import Table, shown

_SIGNAL_ID: Final = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_STRATEGY: Final = re.compile(r"[a-z0-9_-]{1,64}")
_PURPOSE: Final = re.compile("ENTRY|EXIT")
_EXAMPLE_QUANTITY: Final = Decimal("0.5")
_EXAMPLE_PRICE: Final = Decimal("100.25")
_EXAMPLE_CONFIDENCE: Final = Decimal("0.8")


@lru_cache(maxsize=64)
def _choice(names: tuple[str, ...]) -> tuple[re.Pattern[str], str]:
    """(what matches one of the names, how a message says that); with a hundred symbols this is more work than all the rest."""
    return re.compile("|".join(re.escape(name) for name in names) or r"(?!)"), f"one of {', '.join(names)}"


_ORDER_TYPES: Final = _choice(tuple(SIGNAL_TYPES))
_SIDES: Final = _choice(tuple(Side))
_EXECUTIONS: Final = _choice(tuple(Execution))
_TIMES_IN_FORCE: Final = _choice(tuple(TimeInForce))


class InvalidRequest(ValueError):
    """The body is not what the route accepts (HTTP 400); one line per mistake."""


def decoded(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`.

    Raises:
        InvalidRequest: it is none.
    """
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise InvalidRequest(f"body: expected a JSON object, got something else: {error}") from error
    if not isinstance(value, dict):
        raise InvalidRequest(f"body: expected a JSON object, got {shown(value)}")
    return value


def signal_from(body: bytes, venues: Mapping[str, tuple[str, ...]]) -> Signal:
    """The signal in `body`; `venues` are the configured symbols by venue, the first venue is the default.

    Raises:
        InvalidRequest: one line per mistake, each naming the field, what was expected and what came.
    """
    table = Table(decoded(body), "", [])
    default_venue = next(iter(venues))
    venue = table.text("venue", *_choice(tuple(venues)), default_venue)
    symbols = venues.get(venue, ())
    order_type = OrderType(table.text("order_type", *_ORDER_TYPES, OrderType.MARKET))
    signal = Signal(
        signal_id=table.text("signal_id", _SIGNAL_ID, "1 to 64 letters, digits or any of _.:-", "") or f"s{uuid.uuid4().hex}",
        source="external",
        strategy=table.text("strategy", _STRATEGY, "1 to 64 lower case letters, digits, _ or -", "external"),
        venue=venue,
        symbol=table.text("symbol", *_choice(symbols)),
        side=Side(table.text("side", *_SIDES) or Side.BUY),
        order_type=order_type,
        quantity=table.needed_amount("quantity", _EXAMPLE_QUANTITY, low=Decimal(0), above=True),
        confidence=table.needed_amount("confidence", _EXAMPLE_CONFIDENCE, low=Decimal(0), high=ONE),
        purpose=Purpose(table.text("purpose", _PURPOSE, "ENTRY or EXIT", "ENTRY")),
        price=_price(table, order_type),
        time_in_force=_time_in_force(table, order_type),
        execution=Execution(table.text("execution", *_EXECUTIONS, Execution.PLAIN)),
        duration_ms=table.integer("duration_ms", 0, low=0, high=86_400_000),
    )
    table.close()
    if table.errors:
        raise InvalidRequest("\n".join(table.errors))
    return signal


def _price(table: Table, order_type: OrderType) -> Decimal | None:
    if order_type is not OrderType.MARKET:
        return table.needed_amount("price", _EXAMPLE_PRICE, low=Decimal(0), above=True)
    price = table.raw("price")
    if price is not None:
        table.wrong("price", "no price with a MARKET order", f"{shown(price)}; remove it or choose LIMIT")
    return None


def _time_in_force(table: Table, order_type: OrderType) -> TimeInForce | None:
    if order_type is OrderType.LIMIT:
        return TimeInForce(table.text("time_in_force", *_TIMES_IN_FORCE, TimeInForce.GTC))
    value = table.raw("time_in_force")
    if value is not None:
        table.wrong("time_in_force", f"none with a {order_type} order", f"{shown(value)}; remove it or choose LIMIT")
    return None
