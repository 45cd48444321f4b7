"""What a fault does. Each action is a struct with a tag `type`; times in milliseconds, sizes in bytes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec

from ..core.orders import TradingStatus
from ..core.symbols import RuleName

LONGEST_MS = 600_000
LARGEST_BODY = 64 * 1024 * 1024

Milliseconds = Annotated[int, msgspec.Meta(ge=0, le=LONGEST_MS)]
Bytes = Annotated[int, msgspec.Meta(ge=0, le=LARGEST_BODY)]
Some = Annotated[int, msgspec.Meta(ge=1, le=1_000)]


class _Action(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, tag_field="type"):
    pass


class Drop(_Action, tag="drop"):
    """It never arrives: a request is swallowed, an answer is never written, a stream message is left out. The connection stays."""


class Delay(_Action, tag="delay"):
    """It comes later. At `mid_body` the pause is after `after_bytes`. At `event` later messages of that connection wait behind it, as
    on a slow line, unless they may overtake it (`overtaken`); answers are always overtaken."""

    ms: Milliseconds
    overtaken: bool = False
    after_bytes: Bytes = 0


class Duplicate(_Action, tag="duplicate"):
    """It comes `copies` more times."""

    copies: Some = 1


class Reorder(_Action, tag="reorder"):
    """It comes after the `by` next messages of its connection, at the latest after `within_ms`."""

    by: Some = 1
    within_ms: Milliseconds = 1_000


class SwapId(_Action, tag="swap_id"):
    """This answer and the next one on its WebSocket API connection bear each other's id,
    if a next one comes within `within_ms`."""

    within_ms: Milliseconds = 1_000


class Reset(_Action, tag="reset"):
    """The TCP connection is reset (RST); at `mid_body` after that many bytes of the answer."""

    after_bytes: Bytes = 0


class HalfOpen(_Action, tag="half_open"):
    """The TCP connection stays up and is dead: nothing is read from it and nothing is written to it ever again."""

    after_bytes: Bytes = 0


class Close(_Action, tag="close"):
    """A WebSocket connection is closed in good order."""

    code: Annotated[int, msgspec.Meta(ge=1000, le=4999)] = 1001
    reason: str = ""


class Corrupt(_Action, tag="corrupt"):
    """Some bytes are overwritten with control characters: no longer JSON, still text. Which ones, the rule's seed says."""

    count: Some = 1


class Truncate(_Action, tag="truncate"):
    """Only the first `keep` bytes remain (default: half). At `mid_body` the headers promise the rest, and the connection ends."""

    keep: Bytes | None = None


class Slow(_Action, tag="slow"):
    """The answer's bytes leave `bytes` at a time, one portion every `every_ms`."""

    bytes: Annotated[int, msgspec.Meta(ge=1, le=LARGEST_BODY)] = 1
    every_ms: Milliseconds = 10


class Status(_Action, tag="status"):
    """The venue answers this instead: a documented error (`code`, its documented text unless `msg` is given), or `body` as it is."""

    status: Annotated[int, msgspec.Meta(ge=200, le=599)]
    code: int | None = None
    msg: str | None = None
    headers: dict[str, str] = msgspec.field(default_factory=dict)
    body: str | None = None
    content_type: str | None = None
    retry_after_s: Annotated[int, msgspec.Meta(ge=0)] | None = None
    """Header `Retry-After`; on the WebSocket API `data.retryAfter`, an absolute time (binance-spot 1.2)."""


class Replace(_Action, tag="replace"):
    """Another body in the answer or message, its status stays; repeated or cut to `size` bytes if that is given. Over REST it may travel
    `packed`, and with other `headers`."""

    body: str = ""
    content_type: str | None = None
    size: Bytes | None = None
    packed: Literal["gzip", "deflate"] | None = None
    headers: dict[str, str] = msgspec.field(default_factory=dict)


class Edit(_Action, tag="edit"):
    """Fields of the JSON are changed, named by dotted paths (`c`, `result.orderId`, `data.U`): set, added to, or exchanged."""

    set: dict[str, Any] = msgspec.field(default_factory=dict)
    add: dict[str, int] = msgspec.field(default_factory=dict)
    swap: list[tuple[str, str]] = msgspec.field(default_factory=list)


class Frame(_Action, tag="frame"):
    """How the message travels: as a binary frame, as text that is no UTF-8, or in three fragments, as the protocol allows."""

    form: Literal["binary", "invalid_utf8", "fragments"]


class Hide(_Action, tag="hide"):
    """The order that this request placed is not seen by queries for `ms`, although it was accepted (read-after-write lag, X19)."""

    ms: Milliseconds


class Down(_Action, tag="down"):
    """The venue is gone for `ms`: its port refuses connections, and open ones are reset unless `cut` is false."""

    ms: Milliseconds
    cut: bool = True


class SetStatus(_Action, tag="set_status"):
    """A symbol's status changes, such as HALT or CANCEL_ONLY (X36)."""

    symbol: str
    status: TradingStatus


class ChangeRules(_Action, tag="change_rules"):
    """Numbers of a symbol's PRICE_FILTER, LOT_SIZE and NOTIONAL change, decimal texts by name (X36)."""

    symbol: str
    rules: dict[RuleName, str]


class MoveBalance(_Action, tag="move_balance"):
    """A transfer that the client did not ask for (X38); `silent`: the account's streams are not told."""

    account: str
    asset: str
    amount: str
    silent: bool = False


class Skew(_Action, tag="skew"):
    """The venue's clock is off by `ms` from now on (X34)."""

    ms: Annotated[int, msgspec.Meta(ge=-86_400_000, le=86_400_000)]


class RevokeKey(_Action, tag="revoke_key"):
    """All keys of an account count no more (X35)."""

    account: str


class ExpireListenKey(_Action, tag="expire_listen_key"):
    """The account's listenKey ends before its time (X28)."""

    account: str


class ServerShutdown(_Action, tag="server_shutdown"):
    """`serverShutdown` is announced on every WebSocket connection, which ends `after_ms` later (X28)."""

    after_ms: Milliseconds


VenueAction = Down | SetStatus | ChangeRules | MoveBalance | Skew | RevokeKey | ExpireListenKey | ServerShutdown
MessageAction = (
    Drop
    | Delay
    | Duplicate
    | Reorder
    | SwapId
    | Reset
    | HalfOpen
    | Close
    | Corrupt
    | Truncate
    | Slow
    | Status
    | Replace
    | Edit
    | Frame
    | Hide
)
Action = MessageAction | VenueAction


def name_of(action: Action) -> str:
    """The tag, such as "half_open"."""
    return str(type(action).__struct_config__.tag)
