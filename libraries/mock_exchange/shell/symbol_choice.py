"""Which symbols a public request asks for: `symbol`, `symbols`, `symbolStatus`, and what is refused of them (binance-spot 1.4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from ..core import parsing
from ..core.errors import VenueError, either_mandatory, empty, illegal_characters, invalid_symbol, not_valid
from ..core.venue import Venue

Params = dict[str, str]
CHOICE = frozenset({"symbol", "symbols", "symbolStatus"})
STATUSES = frozenset({"TRADING", "END_OF_DAY", "HALT", "BREAK", "CANCEL_ONLY"})
MAX_SYMBOLS = 100
SYMBOL_RANGE = "^[A-Z0-9-_.]{1,20}$"
SYMBOLS_RANGE = r'^\[("[A-Z0-9-_.]{1,20}"(,"[A-Z0-9-_.]{1,20}"){0,}){0,1}\]$'
_MAX_SYMBOL = 20
_LEGAL = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
_list_of_text = msgspec.json.Decoder(list[str])


def bad_combination() -> VenueError:
    return VenueError(-1128, "Combination of optional parameters invalid.")


def one_symbol(venue: Venue, params: Params) -> str:
    """The symbol of a request about exactly one.

    Raises:
        VenueError: -1102 not sent, -1100 illegal characters, -1121 unknown, -1122 no such status, -1220 it has another status.
    """
    symbol = parsing.required(params, "symbol")
    if not _is_legal(symbol):
        raise illegal_characters("symbol", SYMBOL_RANGE)
    if symbol not in venue.symbols:
        raise invalid_symbol()
    status = wanted_status(params)
    if status not in (None, venue.status(symbol)):
        raise VenueError(-1220, "The symbol's status does not match the requested symbolStatus.")
    return symbol


def listed_symbols(venue: Venue, params: Params) -> list[str] | None:
    """The symbols of `symbols`, in the order in which they were asked for; None where the parameter was not sent.

    Raises:
        VenueError: -1105 empty, -1100 no list of symbol names, -1101 more than 100, -1121 unknown, -1151 one twice.
    """
    text = parsing.text_of(params, "symbols")
    if text is None:
        return None
    names = list_of(params, "symbols", illegal_characters("symbols", SYMBOLS_RANGE))
    if not names:
        raise empty("symbols")
    if not all(map(_is_legal, names)):
        raise illegal_characters("symbols", SYMBOLS_RANGE)
    if len(names) > MAX_SYMBOLS:
        raise VenueError(-1101, f"Too many parameters; expected '{MAX_SYMBOLS}' and received '{len(names)}'.")
    if len(set(names)) != len(names):
        raise VenueError(-1151, "Symbol is present multiple times in the list.")
    if any(name not in venue.symbols for name in names):
        raise invalid_symbol()
    return names


def per_symbol(venue: Venue, params: Params, row: Callable[[str], Any], *, all_if_none: bool = True) -> Any:
    """An object for `symbol=`; an array for `symbols=`, or for all symbols where neither is sent.

    In an array, symbols of another status than `symbolStatus` are left out.

    Raises:
        VenueError: as `one_symbol` and `listed_symbols`; -1128 both, -1102 neither where one is mandatory.
    """
    if "symbol" in params and "symbols" in params:
        raise bad_combination()
    if "symbol" in params:
        return row(one_symbol(venue, params))
    names = listed_symbols(venue, params)
    if names is None and not all_if_none:
        raise either_mandatory("symbol", "symbols")
    status = wanted_status(params)
    return [row(name) for name in (venue.symbols if names is None else names) if status in (None, venue.status(name))]


def wanted_status(params: Params) -> str | None:
    """Raises VenueError -1122."""
    status = parsing.text_of(params, "symbolStatus")
    if status is not None and status not in STATUSES:
        raise VenueError(-1122, "Invalid symbolStatus.")
    return status


def list_of(params: Params, name: str, refusal: VenueError | None = None) -> list[str]:
    """A JSON array of text. Raises VenueError `refusal`, -1130 by default."""
    try:
        return _list_of_text.decode(params[name])
    except msgspec.DecodeError:
        raise refusal or not_valid(name) from None


def asked_for(params: Params) -> int:
    """How many symbols a request names (0: all), for its weight; what cannot be read counts as one."""
    if "symbol" in params:
        return 1
    if "symbols" not in params:
        return 0
    return params["symbols"].count(",") + 1


def _is_legal(symbol: str) -> bool:
    return 0 < len(symbol) <= _MAX_SYMBOL and _LEGAL.issuperset(symbol)
