"""`[limits]`, `lenient` and the keys of accounts, as files say them. Errors name file and key (exit code 3)."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import msgspec

from .errors import MarketError
from .leniencies import checked
from .shell.keys import ApiKey, hmac_key
from .shell.limits import Limits
from .shell.signatures import public_key

_PEM = "-----BEGIN"


class LimitsSection(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a file may say about limits; what it does not say stays as it is. Zero or less is refused: no limit can be switched off."""

    request_weight: int | None = None
    raw_requests: int | None = None
    orders_10s: int | None = None
    orders_1d: int | None = None
    connections_5m: int | None = None
    stream_messages_1s: int | None = None
    cuts_before_ban: int | None = None
    refusals_before_ban: int | None = None
    maker_fill: int | None = None
    maker_fill_of: dict[str, int] | None = None

    def over(self, limits: Limits, where: str) -> Limits:
        """`limits` with what this section says. Raises MarketError."""
        said: dict[str, Any] = {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}
        for name, value in said.items():
            numbers = value.values() if isinstance(value, dict) else [value]
            if any(number < 1 for number in numbers):
                raise MarketError(
                    f"{where}: {name}: expected whole numbers of at least 1, got {value}; a limit can be raised, not switched off"
                )
        return msgspec.structs.replace(limits, **said)


def load_limits(path: Path) -> Limits:
    """A file of limits alone (`--limits`), over the documented ones. Raises MarketError."""
    try:
        content = tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise MarketError(f"limits file {path}: expected a readable file, got: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise MarketError(f"limits file {path}: expected TOML, got: {error}") from None
    try:
        section = msgspec.convert(content, LimitsSection)
    except msgspec.ValidationError as error:
        raise MarketError(f"limits file {path}: {error}; see docs/mock-exchange.md, Limits") from None
    return section.over(Limits(), f"limits file {path}")


def lenient(names: list[str], where: str) -> frozenset[str]:
    """Raises MarketError."""
    try:
        return checked(names, where)
    except ValueError as error:
        raise MarketError(str(error)) from None


def account_key(path: Path, name: str, api_key: str, **sources: str | None) -> ApiKey:
    """The key of an accounts file's entry: exactly one of `api_secret`, `ed25519_public_key`, `rsa_public_key` (PEM, or a path to it).

    Raises:
        MarketError
    """
    where = f"accounts file {path}: account {name}"
    given = [(kind, text) for kind, text in sources.items() if text is not None]
    if len(given) != 1:
        raise MarketError(f"{where}: expected exactly one of {', '.join(sources)}, got {len(given)}; leave the others out")
    if not (api_key.isascii() and api_key.isalnum() and len(api_key) <= 128):
        raise MarketError(f"{where}: api_key: expected 1 to 128 letters and digits, got {len(api_key)} characters or others")
    kind, text = given[0]
    if kind == "api_secret":
        return hmac_key(name, api_key, text)
    try:
        pem = text if text.lstrip().startswith(_PEM) else (path.absolute().parent / text).read_text("ascii")
        verifier = public_key(pem)
    except OSError as error:
        raise MarketError(f"{where}: {kind}: expected PEM or the path of a PEM file, got {text[:60]!r}: {error.strerror}") from None
    except ValueError as error:
        raise MarketError(f"{where}: {kind}: {error}") from None
    if kind != f"{verifier.kind.lower()}_public_key":
        raise MarketError(f"{where}: {kind}: got a key of kind {verifier.kind}; name it {verifier.kind.lower()}_public_key")
    return ApiKey(name, api_key, verifier, pem)
