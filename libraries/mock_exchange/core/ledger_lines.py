"""The lines of the ledger file (docs/mock-exchange.md, Ledger): append-only double entry, canonical decimal strings, one struct per type.

`postings` = [(account, asset, bucket, signed amount), ...]; per asset they sum to zero in every line.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from .amounts import canonical, parse_e8
from .orders import OrderType, Side, TimeInForce, Via
from .symbols import Fees, SymbolSpec

VERSION = 1
Bucket = Literal["free", "locked"]
Posting = tuple[str, str, Bucket, int]
"""Account, asset, bucket, signed amount in units of 1e-8."""
PostingText = tuple[str, str, Bucket, str]

EXTERNAL = "external"
"""The account deposits come from; the only one that may go negative."""
FEES = "fees"


class _Line(msgspec.Struct, kw_only=True, tag_field="type", forbid_unknown_fields=True):
    seq: int = 0
    t: int = 0
    mono: int = 0


class SymbolText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    symbol: str
    base: str
    quote: str
    tick_size: str
    min_price: str
    max_price: str
    step_size: str
    min_qty: str
    max_qty: str
    min_notional: str


class VenueLine(_Line, kw_only=True, tag="venue"):
    """First line of the file: what the venue trades and charges."""

    version: int
    seed: int
    maker: str
    taker: str
    symbols: list[SymbolText]


class AccountLine(_Line, kw_only=True, tag="account"):
    """An account exists, or has a new key: `key_id` = sha256(api key)[:16], "" for accounts without a key."""

    account: str
    key_id: str


class TransferLine(_Line, kw_only=True, tag="transfer"):
    account: str
    asset: str
    amount: str
    postings: list[PostingText]


class RequestLine(_Line, kw_only=True, tag="request"):
    """An order-entry request that passed authentication, and its outcome."""

    account: str
    action: Literal["place", "cancel"]
    via: Via
    client_order_id: str | None
    symbol: str | None
    side: str | None
    order_type: str | None
    time_in_force: str | None
    quantity: str | None
    price: str | None
    quote_order_qty: str | None
    outcome: Literal["accepted", "rejected"]
    code: int | None
    msg: str | None
    received_ns: int


class OrderLine(_Line, kw_only=True, tag="order"):
    """An accepted order, before it trades; its postings lock what it may spend."""

    account: str
    order_id: int
    client_order_id: str
    symbol: str
    side: Side
    order_type: OrderType
    time_in_force: TimeInForce
    quantity: str
    price: str | None
    quote_order_qty: str | None
    received_ns: int
    postings: list[PostingText]


class TradeSide(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One side of a trade; `executed` and `cum_quote` are the order's after it."""

    account: str
    order_id: int
    client_order_id: str
    fee: str
    fee_asset: str
    executed: str
    cum_quote: str


class TradeLine(_Line, kw_only=True, tag="trade"):
    trade_id: int
    symbol: str
    price: str
    quantity: str
    quote_quantity: str
    taker_side: Side
    maker: TradeSide
    taker: TradeSide
    postings: list[PostingText]


class ClosedLine(_Line, kw_only=True, tag="closed"):
    """The end of an order; its postings unlock the rest."""

    account: str
    order_id: int
    client_order_id: str
    symbol: str
    status: Literal["FILLED", "CANCELED", "EXPIRED"]
    executed: str
    cum_quote: str
    reason: str | None
    cancel_id: str | None
    postings: list[PostingText]


class FaultLine(_Line, kw_only=True, tag="fault"):
    """A fault that a rule injected, at `hit_ms` of the venue's clock and `hit_ns` monotonic, and what it hit ("" and 0 = not known)."""

    rule: str
    number: int
    point: str
    actions: list[str]
    hit_ms: int
    hit_ns: int
    account: str
    api: str
    connection: str
    request: str
    stream: str
    event: str
    symbol: str
    client_order_id: str
    order_id: int


Line = VenueLine | AccountLine | TransferLine | RequestLine | OrderLine | TradeLine | ClosedLine | FaultLine


def optional(amount: int | None) -> str | None:
    return None if amount is None else canonical(amount)


def written(postings: list[Posting]) -> list[PostingText]:
    """Postings as the ledger shows them; those of zero are left out."""
    return [(account, asset, bucket, canonical(amount)) for account, asset, bucket, amount in postings if amount]


def unlock(account: str, asset: str, amount: int) -> list[Posting]:
    """Move `amount` from locked to free (negative: from free to locked)."""
    return [(account, asset, "locked", -amount), (account, asset, "free", amount)]


def deposit(account: str, asset: str, amount: int) -> list[Posting]:
    """Move `amount` from outside to the account (negative: withdraw)."""
    return [(EXTERNAL, asset, "free", -amount), (account, asset, "free", amount)]


def venue_line(specs: list[SymbolSpec], fees: Fees, seed: int) -> VenueLine:
    symbols = [
        SymbolText(
            spec.symbol,
            spec.base,
            spec.quote,
            *(
                canonical(amount)
                for amount in (
                    spec.tick_size,
                    spec.min_price,
                    spec.max_price,
                    spec.step_size,
                    spec.min_qty,
                    spec.max_qty,
                    spec.min_notional,
                )
            ),
        )
        for spec in specs
    ]
    return VenueLine(version=VERSION, seed=seed, maker=canonical(fees.maker), taker=canonical(fees.taker), symbols=symbols)


def amount_of(text: str | None) -> int:
    return 0 if text is None else parse_e8(text)
