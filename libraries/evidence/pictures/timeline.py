"""What happened, as a picture: time goes down, each participant has a lane, each order a bar in the colour of its state."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from libraries.evidence.pictures.svg import AMBER, BLUE, CHARACTER, GREEN, GREY, RED, VIOLET, bar, dot, label, line, picture

TEST, ENGINE, VENUE = "test", "engine", "venue"
LANES = (TEST, ENGINE, VENUE)
MOST = 70
"""Moments shown: the last ones."""
ORDERS = 6
"""Bars shown: of the orders that were touched last."""

_COLOURS = {TEST: VIOLET, ENGINE: BLUE, VENUE: AMBER}
_STATES = {
    "PENDING": GREY,
    "SUBMITTED": AMBER,
    "OPEN": BLUE,
    "PARTIALLY_FILLED": VIOLET,
    "FILLED": GREEN,
    "CANCELLED": GREY,
    "EXPIRED": GREY,
}
_ENDED = ("FILLED", "CANCELLED", "EXPIRED", "REJECTED", "FAILED", "NOT_SENT")
_LONG_MS = 50.0
"""A longer silence gets a line of its own."""
_WIDTH, _ROW, _TOP, _TIME, _LANE, _BAR = 1000, 17, 34, 96, 46, 15


@dataclass(frozen=True)
class Moment:
    """Something that happened. `mono_ns` is the machine's monotonic clock, which all processes of a world share."""

    mono_ns: int
    lane: str
    text: str
    order: str = ""
    """Client order id whose bar changes here."""
    state: str = ""
    """The state of that order from here on."""
    grave: bool = False
    """Red: a failure, a fault, a refusal."""


def timeline(moments: Sequence[Moment]) -> str:
    """The picture; times in ms since the first moment shown. A text where nothing happened."""
    shown = sorted(moments, key=lambda moment: moment.mono_ns)[-MOST:]
    if not shown:
        return "<i>nothing happened</i>"
    orders = _orders(shown)
    rows, height = _rows(shown)
    edge = _TIME + _LANE * len(LANES) + _BAR * len(orders) + 8
    parts = _heads(orders, height)
    for index, order in enumerate(orders):
        parts += _bars(order, _TIME + _LANE * len(LANES) + _BAR * index, rows, height)
    longest = int((_WIDTH - edge) / CHARACTER)
    began = shown[0].mono_ns
    for y, moment, silence in rows:
        if silence:
            parts.append(line(_TIME - 4, y - _ROW, edge - 8, y - _ROW, dash="2 4"))
            parts.append(label(edge, y - _ROW + 4, f"{silence:,.0f} ms of silence", colour=GREY))
        colour = RED if moment.grave else _COLOURS[moment.lane]
        parts.append(label(_TIME - 18, y + 4, f"+{(moment.mono_ns - began) / 1e6:,.1f}", colour=GREY, anchor="end"))
        parts.append(dot(_x(moment.lane), y, colour, 5 if moment.grave else 4))
        parts.append(
            label(edge, y + 4, moment.text, colour=RED if moment.grave else "currentColor", longest=longest, weight=_weight(moment))
        )
    left_out = len(moments) - len(shown)
    title = f"Timeline of {len(shown)} moments" + (f", {left_out} earlier ones are left out" if left_out else "")
    return picture(title, _WIDTH, height, parts) + (f"<i>{left_out} earlier moments are left out</i>" if left_out else "")


def _weight(moment: Moment) -> str:
    return "bold" if moment.grave else "normal"


def _x(lane: str) -> float:
    return _TIME + _LANE * LANES.index(lane) + 14


def _orders(moments: Sequence[Moment]) -> list[str]:
    """The orders with a state that were touched last, in the order in which they began."""
    latest: dict[str, None] = {}
    for moment in reversed(moments):
        if moment.state and len(latest) < ORDERS:
            latest.setdefault(moment.order)
    return list(reversed(latest))


def _rows(moments: Sequence[Moment]) -> tuple[list[tuple[float, Moment, float]], float]:
    """(height, moment, ms of silence before it or 0), and the height of the whole."""
    rows: list[tuple[float, Moment, float]] = []
    y, before = float(_TOP), moments[0].mono_ns
    for moment in moments:
        waited = (moment.mono_ns - before) / 1e6
        silence = waited if waited > _LONG_MS else 0.0
        y += 2 * _ROW if silence else _ROW
        rows.append((y, moment, silence))
        before = moment.mono_ns
    return rows, y + _ROW


def _heads(orders: Sequence[str], height: float) -> list[str]:
    """Names of lanes and orders above, and the lanes' lines. An order is named by the end of its id, as the texts name it."""
    parts = [label(_TIME - 18, 14, "ms", colour=GREY, anchor="end")]
    for lane in LANES:
        parts.append(label(_x(lane), 14, lane, colour=_COLOURS[lane], anchor="middle", weight="bold"))
        parts.append(line(_x(lane), 20, _x(lane), height - 6))
    for index, order in enumerate(orders):
        x = _TIME + _LANE * len(LANES) + _BAR * index + 4
        parts.append(label(x, 30 if index % 2 else 14, short(order), anchor="middle"))
    return parts


def short(client_order_id: str) -> str:
    """How the picture names an order: by its number, `-1`."""
    _, dash, number = client_order_id.rpartition("-")
    return f"-{number}" if dash else client_order_id[-6:]


def _bars(order: str, x: float, rows: Sequence[tuple[float, Moment, float]], height: float) -> list[str]:
    changes = [(y, moment.state) for y, moment, _ in rows if moment.order == order and moment.state]
    ends = [y for y, _ in changes[1:]] + [height - 6]
    parts = []
    for (y, state), end in zip(changes, ends, strict=True):
        colour = _STATES.get(state, RED)
        if state not in _ENDED:
            parts.append(bar(x, y, 8, end - y, colour))
        parts.append(dot(x + 4, y, colour, 5))
    return parts
