"""Hypothesis strategies for everything that can be sent to the venue: from the tables of its endpoints, and bytes bent out of shape.

A message is plain data: what to send is decided here, how is `surfaces.py`'s affair. Values are mostly right, so that requests get past
the first check; every message may be signed well, badly or not at all, and its bytes may be changed afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from libraries.mock_exchange.shell.rest import ROUTES
from libraries.mock_exchange.shell.ws_api import METHODS
from tests.venue_fuzz.orderly import REQUESTS

SYMBOLS = ("BTCUSDT", "ETHUSDT", "ETHBTC", "BNBUSDT")
SESSION_METHODS = (
    "session.logon",
    "session.status",
    "session.logout",
    "session.subscriptions",
    "userDataStream.subscribe",
    "userDataStream.subscribe.signature",
    "userDataStream.unsubscribe",
    "userDataStream.start",
    "userDataStream.ping",
    "userDataStream.stop",
)
STREAMS = (
    *(f"{symbol.lower()}@{kind}" for symbol in SYMBOLS for kind in ("trade", "aggTrade", "bookTicker", "depth", "depth@100ms", "depth5")),
    *("btcusdt@kline_1m", "btcusdt@kline_1s", "btcusdt@miniTicker", "btcusdt@ticker", "btcusdt@ticker_1h", "btcusdt@avgPrice"),
    *("!miniTicker@arr", "!ticker_1h@arr", "BTCUSDT@trade", "nonsense", "", "@", "btcusdt@kline_7m", "x" * 300),
)


@dataclass(frozen=True)
class Mutation:
    """One change of the bytes: at a share (0..1) of their length."""

    kind: str
    where: float
    filling: bytes = b""


@dataclass(frozen=True)
class Message:
    """`surface`: rest, ws-api, stream or admin. `signature`: good, bad, none."""

    surface: str
    name: str
    params: dict[str, Any] = field(default_factory=dict)
    signature: str = "good"
    in_body: bool = False
    mutations: tuple[Mutation, ...] = ()


_GARBAGE = st.one_of(
    st.text(max_size=40),
    st.sampled_from(
        [
            "",
            "null",
            "NaN",
            "Infinity",
            "-0",
            "+1",
            "1e400",
            "0x10",
            "1" * 60,
            "0." + "0" * 30 + "1",
            "\x00",
            "\u202e",
            "日本",
            "%",
            "&",
            "=",
        ]
    ),
    st.integers(-(2**70), 2**70).map(str),
    st.floats(allow_nan=True).map(str),
)
_AMOUNT = st.one_of(
    st.decimals(min_value=0, max_value=200_000, places=2).map(str),
    st.decimals(min_value=0, max_value=10, places=5).map(str),
    st.sampled_from(["0", "1", "100", "0.001", "0.00001", "99999999", "100.00", "0.1"]),
)
_EDGES = ("0", str(2**31), str(2**63 - 1), str(2**63), str(2**64))
_WHOLE = st.one_of(st.integers(0, 50).map(str), st.sampled_from(_EDGES), st.integers(1_600_000_000_000, 1_900_000_000_000).map(str))
_TYPES = ("LIMIT", "MARKET", "LIMIT_MAKER", "STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT")
_CHOICES: dict[str, tuple[str, ...]] = {
    "symbol": (*SYMBOLS, "NOPE", "btcusdt"),
    "symbols": ('["BTCUSDT","ETHBTC"]', "[]", '["NOPE"]', "BTCUSDT", '["BTCUSDT","BTCUSDT"]', "[[]]", '["BTCUSDT"'),
    "side": ("BUY", "SELL", "HOLD"),
    "timeInForce": ("GTC", "IOC", "FOK", "GTX"),
    "newOrderRespType": ("ACK", "RESULT", "FULL", "ALL"),
    "selfTradePreventionMode": ("NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH", "DECREMENT", "TRANSFER", "SOME"),
    "cancelRestrictions": ("ONLY_NEW", "ONLY_PARTIALLY_FILLED", "ONLY"),
    "cancelReplaceMode": ("STOP_ON_FAILURE", "ALLOW_FAILURE", "MAYBE"),
    "orderRateLimitExceededMode": ("DO_NOTHING", "CANCEL_ONLY", "X"),
    "interval": ("1m", "1s", "1M", "7m", "1d"),
    "windowSize": ("1m", "59m", "1h", "1d", "7d", "8d", "0m"),
    "permissions": ("SPOT", '["SPOT","MARGIN"]', "NONE"),
    "symbolStatus": ("TRADING", "HALT", "BREAK", "OPEN"),
    "showPermissionSets": ("true", "false", "maybe"),
    "omitZeroBalances": ("true", "false", "1"),
    "timeZone": ("0", "+05:45", "-12:00", "99"),
}


def value_of(name: str) -> st.SearchStrategy[str]:
    """Values for a parameter of that name: mostly of its kind, sometimes anything."""
    low = name.lower()
    if name in _CHOICES:
        sensible: st.SearchStrategy[str] = st.sampled_from(_CHOICES[name])
    elif low.endswith("type") and "strategy" not in low:
        sensible = st.sampled_from((*_TYPES, "FULL", "MINI", "OTHER"))
    elif low.endswith("side"):
        sensible = st.sampled_from(("BUY", "SELL"))
    elif low.endswith("timeinforce"):
        sensible = st.sampled_from(("GTC", "IOC", "FOK"))
    elif any(part in low for part in ("price", "qty", "quantity")):
        sensible = _AMOUNT
    elif "clientorderid" in low:
        sensible = st.one_of(st.from_regex(r"[a-zA-Z0-9\-_]{1,36}", fullmatch=True), st.sampled_from(["a", "b", "c"]))
    else:
        sensible = _WHOLE
    return st.one_of(sensible, sensible, sensible, sensible, _GARBAGE)


@st.composite
def _params(draw: st.DrawFn, names: frozenset[str], needed: tuple[str, ...] = ()) -> dict[str, Any]:
    known = sorted(names - {"signature", "apiKey", "timestamp", "recvWindow"})
    chosen = draw(st.lists(st.sampled_from(known), unique=True)) if known else []
    params: dict[str, Any] = {name: draw(value_of(name)) for name in dict.fromkeys([*needed, *chosen]) if name in names}
    if draw(st.integers(0, 9)) == 0:
        params[draw(st.sampled_from(["recvWindow", "timestamp", "unknown", "apiKey", ""]))] = draw(_GARBAGE)
    return params


_ORDERLY = ("symbol", "side", "type", "quantity", "price", "timeInForce")
_MUTATION = st.builds(
    Mutation,
    st.sampled_from(["flip", "delete", "insert", "truncate", "repeat"]),
    st.floats(0, 1, exclude_max=True),
    st.binary(min_size=1, max_size=8),
)
_MUTATIONS = st.one_of(st.just(()), st.just(()), st.lists(_MUTATION, min_size=1, max_size=3).map(tuple))
_SIGNATURE = st.sampled_from(["good", "good", "good", "good", "bad", "none"])


@st.composite
def rest(draw: st.DrawFn) -> Message:
    """A request of the REST API, by its table of routes."""
    path = draw(st.one_of(st.sampled_from(sorted(ROUTES)), st.sampled_from(["/api/v3/nothing", "/", "/api/v1/time", "/api/v3/order/"])))
    methods = sorted(ROUTES.get(path, {})) or ["GET"]
    method = draw(
        st.one_of(st.sampled_from(methods), st.sampled_from(methods), st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]))
    )
    endpoint = ROUTES.get(path, {}).get(method)
    names = endpoint.params if endpoint else frozenset({"symbol"})
    params = draw(_params(names, _ORDERLY))
    return Message("rest", f"{method} {path}", params, draw(_SIGNATURE), draw(st.booleans()), draw(_MUTATIONS))


@st.composite
def ws_api(draw: st.DrawFn) -> Message:
    """A request of the WebSocket API, by its table of methods."""
    method = draw(st.sampled_from([*sorted(METHODS), *SESSION_METHODS, "no.such.method", "v3/order.place", ""]))
    endpoint = METHODS.get(method.removeprefix("v3/"))
    params = draw(_params(endpoint.params if endpoint else frozenset({"subscriptionId", "listenKey"}), _ORDERLY))
    return Message("ws-api", method, params, draw(_SIGNATURE), mutations=draw(_MUTATIONS))


@st.composite
def stream(draw: st.DrawFn) -> Message:
    """A control message of the market streams; `params` is the whole message."""
    method = draw(st.sampled_from(["SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY", "RESET", ""]))
    params = draw(
        st.one_of(
            st.lists(st.one_of(st.sampled_from(STREAMS), st.text(max_size=20)), max_size=8),
            st.sampled_from([["combined", True], ["combined", "yes"], ["other", 1], [], None, {}, "btcusdt@trade", 5]),
        )
    )
    identity = draw(
        st.one_of(
            st.integers(-(2**70), 2**70), st.text(max_size=40), st.none(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False)
        )
    )
    body = {"method": method, "params": params, "id": identity}
    for name in draw(st.lists(st.sampled_from(sorted(body)), max_size=2, unique=True)):
        del body[name]
    return Message("stream", method, body, mutations=draw(_MUTATIONS))


_ADMIN = ("accounts", "orders", "book/BTCUSDT", "clock", "faults", "market/advance", "accounts/a/transfer", "nothing")
_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=12)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)


@st.composite
def admin(draw: st.DrawFn) -> Message:
    """A request of the admin API with a body of any shape; its token is right, or it would not get far."""
    method = draw(st.sampled_from(["POST", "PUT", "DELETE", "GET", "PATCH"]))
    return Message("admin", f"{method} {draw(st.sampled_from(_ADMIN))}", {"body": draw(_JSON)}, mutations=draw(_MUTATIONS))


@st.composite
def orderly(draw: st.DrawFn) -> Message:
    """A request that may be accepted; of one in three a parameter is missing, or holds anything."""
    over_rest, over_ws, strategy = draw(st.sampled_from(REQUESTS))
    params = dict(draw(strategy))
    if params and draw(st.integers(0, 2)) == 0:
        name = draw(st.sampled_from(sorted(params)))
        params.pop(name) if draw(st.booleans()) else params.update({name: draw(value_of(name))})
    if draw(st.booleans()):
        return Message("rest", over_rest, params, in_body=draw(st.booleans()))
    return Message("ws-api", over_ws, params)


def bent(data: bytes, mutations: tuple[Mutation, ...]) -> bytes:
    """The bytes after their mutations."""
    for each in mutations:
        at = int(each.where * len(data))
        match each.kind:
            case "flip" if data:
                data = data[:at] + bytes([data[at] ^ each.filling[0]]) + data[at + 1 :]
            case "delete":
                data = data[:at] + data[at + len(each.filling) :]
            case "insert":
                data = data[:at] + each.filling + data[at:]
            case "truncate":
                data = data[:at]
            case "repeat":
                data = data[:at] + data[at : at + 16] * 3 + data[at:]
    return data


BATCH = st.lists(st.one_of(orderly(), orderly(), orderly(), rest(), ws_api(), stream(), admin()), min_size=10, max_size=10)
