"""A fault rule: what it hits, where, and what it does. Rules are read from JSON; a wrong one is refused with key, expected and got."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

import msgspec

from .actions import Action, Status, VenueAction, name_of
from .texts import TEXTS

Point = Literal["now", "connect", "after_headers", "before_parse", "after_validate", "after_match", "before_reply", "mid_body", "event"]
Api = Literal["tcp", "rest", "ws-api", "stream"]
Texts = str | list[str] | None
"""One value or several; `*` and `?` stand for anything, as in file names."""
Positive = Annotated[int, msgspec.Meta(ge=1)]

MAX_ACTIONS = 16
_CUT = ("drop", "delay", "reset", "half_open", "status")
_BODY = ("corrupt", "truncate", "replace", "edit")
_ORDER = ("duplicate", "reorder")
_VENUE = tuple(str(kind.__struct_config__.tag) for kind in get_args(VenueAction))
ALLOWED: dict[str, tuple[str, ...]] = {
    "now": _VENUE,
    "connect": ("delay", "reset", "half_open", "status", *_VENUE),
    "after_headers": (*_CUT, *_VENUE),
    "before_parse": (*_CUT, *_VENUE),
    "after_validate": (*_CUT, *_VENUE),
    "after_match": (*_CUT, "hide", *_VENUE),
    "before_reply": (*_CUT, *_BODY, *_ORDER, "swap_id", *_VENUE),
    "mid_body": ("delay", "reset", "half_open", "truncate", "slow", *_VENUE),
    "event": ("drop", "delay", "reset", "half_open", "close", "frame", *_BODY, *_ORDER, *_VENUE),
}
"""Which actions a point takes."""
_WEBSOCKET_ONLY = frozenset({"duplicate", "reorder", "swap_id"})
_APIS: dict[str, tuple[Api, ...]] = {
    "connect": ("tcp", "ws-api", "stream"),
    "after_headers": ("rest",),
    "event": ("ws-api", "stream"),
}
_REQUEST_APIS: tuple[Api, ...] = ("rest", "ws-api")


class RuleError(ValueError):
    """A rule that is refused; the text names the key, what was expected and what came."""


class Match(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a rule hits; a key that is left out is not looked at. Texts may be lists (any of them) and hold `*`."""

    api: Texts = None
    address: Texts = None
    """The venue's own address that the client connected to: its name ("direct", "api2") or "127.0.0.1:40001"."""
    connection: Texts = None
    """Id of a WebSocket connection ("w1", "s2"), or the client's end of any connection ("127.0.0.1:51000")."""
    method: Texts = None
    """"POST" or, on the WebSocket API, "order.place"."""
    path: Texts = None
    operation: Texts = None
    """The WebSocket API's name of a request, whichever API it came by: "order.place" is also POST /api/v3/order."""
    stream: Texts = None
    event: Texts = None
    """The event's `e`, such as "executionReport"; streams without one: "bookTicker", "depth"."""
    execution: Texts = None
    """`x` of an executionReport, such as "TRADE"."""
    account: Texts = None
    symbol: Texts = None
    side: Texts = None
    type: Texts = None
    client_order_id: Texts = None
    order_id: int | list[int] | None = None
    nth: Positive | None = None
    """Only the n-th that matches the rest, counted from the arming of the rule."""
    every: Positive | None = None
    """Every n-th that matches the rest."""
    after: int | None = None
    """Venue time in ms, inclusive."""
    until: int | None = None
    """Venue time in ms, exclusive."""
    probability: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    """Of those left, this share, drawn with the rule's seed."""


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """`actions` happen in order. `times`: how often at most (None: always). `seed` decides everything that is drawn."""

    point: Point
    actions: tuple[Action, ...]
    match: Match = Match()
    times: int | None = None
    seed: int = 0
    id: str = ""


class _Written(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """A rule as it is written: one action or a list, a bare name where an action needs no more."""

    point: Point
    action: str | Action | list[str | Action]
    match: Match = Match()
    times: Positive | None = None
    seed: int = 0
    id: Annotated[str, msgspec.Meta(max_length=64)] = ""


def read_rules(body: bytes) -> list[Rule]:
    """The rules of a JSON document: one rule, or a list of them.

    Raises:
        RuleError: naming the key, what was expected, what came.
    """
    try:
        document = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"rule: expected JSON such as {EXAMPLE}, got {body[:200].decode('utf-8', 'replace')!r} ({error})") from None
    written = document if isinstance(document, list) else [document]
    if not written:
        raise RuleError(f"rule: expected one rule or a list of rules such as {EXAMPLE}, got an empty list")
    return [_read(each) for each in written]


EXAMPLE = '{"match": {"operation": "order.place"}, "point": "after_match", "action": {"type": "delay", "ms": 500}, "times": 1}'


def _read(document: object) -> Rule:
    if not isinstance(document, dict):
        raise RuleError(f"rule: expected an object such as {EXAMPLE}, got {shown(document)}")
    _known_keys(document, "", _Written.__struct_fields__)
    _known_keys(document.get("match"), "match.", Match.__struct_fields__)
    try:
        written = msgspec.convert(document, _Written)
    except msgspec.ValidationError as error:
        raise RuleError(_explained(str(error), document)) from None
    listed = written.action if isinstance(written.action, list) else [written.action]
    actions = tuple(_named(each) if isinstance(each, str) else each for each in listed)
    times = 1 if written.point == "now" else written.times
    rule = Rule(point=written.point, actions=actions, match=written.match, times=times, seed=written.seed, id=written.id)
    _check(rule)
    return rule


def _known_keys(document: object, where: str, known: tuple[str, ...]) -> None:
    if not isinstance(document, dict):
        return
    for key in document:
        if key not in known:
            raise RuleError(f"{where}{key}: expected one of the keys {', '.join(known)}, got {key!r}")


def _explained(text: str, document: object) -> str:
    """msgspec's sentence ("Expected `int`, got `str` - at `$.times`") with the key in front and the value that came behind."""
    said, _, where = text.partition(" - at `$.")
    path = where.rstrip("`")
    value: object = document
    for part in path.replace("[", ".[").split("."):
        if isinstance(value, dict):
            value = value.get(part)
        elif isinstance(value, list) and part.strip("[]").isdigit():
            value = value[int(part.strip("[]"))]
    if path == "point":
        said = f"Expected one of {', '.join(get_args(Point))}"
    wanted = said.partition(", got ")[0].replace(" | null", "")
    return f"{path or 'rule'}: {wanted[:1].lower()}{wanted[1:]}, got {shown(value)}"


def shown(value: object) -> str:
    """A value of a rule as an error shows it."""
    return msgspec.json.encode(value).decode()[:200]


def _named(name: str) -> Action:
    try:
        return msgspec.convert({"type": name}, Action)
    except msgspec.ValidationError as error:
        raise RuleError(f"action: expected an action that needs no more than its name, got {name!r} ({error})") from None


def _check(rule: Rule) -> None:
    if not 1 <= len(rule.actions) <= MAX_ACTIONS:
        raise RuleError(f"action: expected 1 to {MAX_ACTIONS} actions, got {len(rule.actions)}")
    allowed = ALLOWED[rule.point]
    for action in rule.actions:
        if name_of(action) not in allowed:
            raise RuleError(f"action: expected one of {', '.join(allowed)} at point {rule.point}, got {name_of(action)}")
        if isinstance(action, Status):
            _check_status(action)
    _check_api(rule)
    match = rule.match
    if match.nth is not None and match.every is not None:
        raise RuleError(f"match.nth: expected nth or every, got both ({match.nth}, {match.every})")
    if match.after is not None and match.until is not None and match.until <= match.after:
        raise RuleError(f"match.until: expected a venue time after {match.after} (match.after), got {match.until}")


def _check_status(action: Status) -> None:
    if (action.code is None) == (action.body is None):
        raise RuleError(f"action.code: expected a code such as -1007, or a body, got {'none' if action.code is None else 'both'}")
    if action.code is not None and action.msg is None and action.code not in TEXTS:
        raise RuleError(f"action.msg: expected a text, because {action.code} has none here; known codes: {', '.join(map(str, TEXTS))}")


def _check_api(rule: Rule) -> None:
    if rule.point == "now":
        if rule.match != Match():
            raise RuleError("match: expected none at point now, which hits the venue and happens at once; leave it out")
        return
    possible = _APIS.get(rule.point, _REQUEST_APIS)
    asked = rule.match.api
    apis = asked if isinstance(asked, list) else [] if asked is None else [asked]
    used = {name_of(action) for action in rule.actions}
    if rule.point == "connect" and not apis:
        raise RuleError("match.api: expected tcp, ws-api or stream at point connect, got none")
    wrong = [api for api in apis if api not in possible]
    if wrong:
        raise RuleError(f"match.api: expected {' or '.join(possible)} at point {rule.point}, got {', '.join(wrong)}")
    if rule.point == "before_reply" and used & _WEBSOCKET_ONLY and apis != ["ws-api"]:
        names = ", ".join(sorted(used & _WEBSOCKET_ONLY))
        raise RuleError(f"match.api: expected ws-api for {names} (an HTTP answer has one place), got {', '.join(apis) or 'none'}")
    if rule.point == "connect" and "tcp" in apis and "status" in used:
        raise RuleError("match.api: expected ws-api or stream for status (it answers a handshake), got tcp")
