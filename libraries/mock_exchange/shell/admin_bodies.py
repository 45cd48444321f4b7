"""Bodies of the admin API, and refusals that say what was expected, what came and what to do."""

from __future__ import annotations

from typing import Any, Literal, TypeVar

import msgspec

from ..core.amounts import parse_e8, parse_signed_e8

Body = TypeVar("Body", bound=msgspec.Struct)
MAX_ASSET = 20
_decoders: dict[type[Any], msgspec.json.Decoder[Any]] = {}


class AdminError(Exception):
    """An admin request that is refused: `{"error": text}` with `status`."""

    def __init__(self, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.status = status


class KeyRequest(msgspec.Struct, forbid_unknown_fields=True):
    """A key to make. Without `public_key` an Ed25519 or RSA pair is made here and the private key is answered."""

    kind: Literal["HMAC", "ED25519", "RSA"] = "HMAC"
    public_key: str | None = None
    permissions: list[str] | None = None
    addresses: list[str] = msgspec.field(default_factory=list)


class NewAccount(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    balances: dict[str, str] = msgspec.field(default_factory=dict)
    key: KeyRequest = msgspec.field(default_factory=KeyRequest)


class Transfer(msgspec.Struct, forbid_unknown_fields=True):
    asset: str
    amount: str


class BookLevels(msgspec.Struct, forbid_unknown_fields=True):
    bids: list[tuple[str, str]] = msgspec.field(default_factory=list)
    asks: list[tuple[str, str]] = msgspec.field(default_factory=list)


class ScriptedOrder(msgspec.Struct, forbid_unknown_fields=True):
    symbol: str
    side: str
    type: str
    account: str = "market"
    quantity: str | None = None
    quoteOrderQty: str | None = None
    price: str | None = None
    timeInForce: str | None = None
    newClientOrderId: str | None = None


class ClockMove(msgspec.Struct, forbid_unknown_fields=True):
    advance_ms: int | None = None
    skew_ms: int | None = None


def decoded(body: bytes, kind: type[Body], example: str) -> Body:
    """The body as `kind`. Raises AdminError (400) with the example to follow."""
    decoder = _decoders.get(kind)
    if decoder is None:
        decoder = _decoders[kind] = msgspec.json.Decoder(kind)
    try:
        result: Body = decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        shown = body[:200].decode("utf-8", "replace")
        raise AdminError(f"expected a JSON body such as {example}, got {shown!r} ({error}); correct the body") from None
    return result


def amount(text: str, what: str, *, signed: bool = False) -> int:
    """An amount in units of 1e-8. Raises AdminError (400)."""
    try:
        return parse_signed_e8(text) if signed else parse_e8(text)
    except ValueError as error:
        raise AdminError(f"{what}: {error}; send amounts as plain decimal strings") from None


def check_asset(name: str) -> None:
    """Raises AdminError (400)."""
    if not (name.isascii() and name.isalnum() and name.isupper() and len(name) <= MAX_ASSET):
        raise AdminError(f"asset: expected 1 to {MAX_ASSET} upper-case letters and digits such as USDT, got {name[:60]!r}")


def exactly_one(what: str, **given: object) -> str:
    """The name of the only value that is not None. Raises AdminError (400)."""
    names = [name for name, value in given.items() if value is not None]
    if len(names) != 1:
        raise AdminError(f"{what}: expected exactly one of {', '.join(given)}, got {', '.join(names) or 'none'}; send one")
    return names[0]
