"""API keys: whose they are, what they may do, from where, and whether they still count (binance-spot 1.3)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Container, Iterable

from ...common.canary import canary
from ..core.errors import VenueError
from .key_file import KeyFile, KeyRecord, TradingRecord
from .signatures import HmacSecret, Verifier, public_key

_MAX_KEY_LENGTH = 128
Permission = str
READ: Permission = "USER_DATA"
TRADE: Permission = "TRADE"
STREAM: Permission = "USER_STREAM"
PERMISSIONS: frozenset[Permission] = frozenset({READ, TRADE, STREAM})


def invalid_key() -> VenueError:
    """An unknown or revoked key, a foreign address, or a key that may not do this."""
    return VenueError(-2015, "Invalid API-key, IP, or permissions for action.", 401)


def malformed_key() -> VenueError:
    return VenueError(-2014, "API-key format invalid.", 401)


class ApiKey:
    """One key of an account. `addresses`: from where it counts, empty = from everywhere; `material`: see KeyRecord."""

    def __init__(self, account: str, api_key: str, verifier: Verifier, material: str) -> None:
        self.account = account
        self.api_key = api_key
        self.verifier = verifier
        self.material = material
        self.permissions = PERMISSIONS
        self.addresses: frozenset[str] = frozenset()
        self.revoked = False

    def __repr__(self) -> str:
        return f"ApiKey(account={self.account!r}, kind={self.verifier.kind!r})"

    @property
    def key_id(self) -> str:
        return hashlib.sha256(self.api_key.encode()).hexdigest()[:16]

    @property
    def record(self) -> KeyRecord:
        """As the key file keeps it."""
        return KeyRecord(
            account=self.account,
            api_key=self.api_key,
            kind=self.verifier.kind,
            material=self.material,
            permissions=sorted(self.permissions),
            addresses=sorted(self.addresses),
            revoked=self.revoked,
        )

    def counts_from(self, address: str) -> bool:
        """Is it neither revoked nor bound to other addresses?"""
        return not self.revoked and (not self.addresses or address in self.addresses)

    def allows(self, permission: Permission, address: str) -> bool:
        """May a request with that security type come in with this key from that address, now?"""
        return permission in self.permissions and self.counts_from(address)


class KeyRing:
    """All API keys that the venue knows, and the accounts that may not trade."""

    def __init__(self) -> None:
        self._by_key: dict[str, ApiKey] = {}
        self.trading_disabled: set[str] = set()
        self._file: KeyFile | None = None

    def keep_in(self, file: KeyFile, accounts: Container[str], warn: Callable[[str], None]) -> None:
        """Know the file's keys of these accounts (others belonged to another ledger), and keep every change in it from now on.

        Raises:
            LedgerError: the file cannot be read or written.
        """
        for record in file.read(warn):
            if record.account not in accounts:
                continue
            if isinstance(record, KeyRecord):
                self._by_key[record.api_key] = _restored(record)
            elif record.enabled:
                self.trading_disabled.discard(record.account)
            else:
                self.trading_disabled.add(record.account)
        barred = [TradingRecord(account=account, enabled=False) for account in sorted(self.trading_disabled)]
        file.replace([*(key.record for key in self._by_key.values()), *barred])
        self._file = file

    def add(self, key: ApiKey) -> None:
        self.changed(key)
        self._by_key[key.api_key] = key

    def changed(self, key: ApiKey) -> None:
        """Keep what the key is now. Raises LedgerError."""
        if self._file is not None:
            self._file.append(key.record)

    def allow_trading(self, account: str, enabled: bool) -> None:
        """Raises LedgerError."""
        if self._file is not None:
            self._file.append(TradingRecord(account=account, enabled=enabled))
        (self.trading_disabled.discard if enabled else self.trading_disabled.add)(account)

    def knows(self, api_key: str) -> bool:
        return api_key in self._by_key

    def of_account(self, account: str) -> list[ApiKey]:
        return [key for key in self._by_key.values() if key.account == account]

    def account_named_by(self, api_key: str | None) -> str:
        """Whose key it is, whether or not it counts; "" = nobody's."""
        found = self._by_key.get(api_key or "")
        return found.account if found is not None else ""

    def find(self, api_key: str | None) -> ApiKey:
        """Raises VenueError (401): -2014 no or malformed key, -2015 unknown key."""
        found = self._by_key.get(api_key) if api_key else None
        if found is not None:
            return found
        if not api_key or len(api_key) > _MAX_KEY_LENGTH or not api_key.isascii() or not api_key.isalnum():
            raise malformed_key()
        raise invalid_key()

    def permitted(self, api_key: str | None, permission: Permission, address: str) -> ApiKey:
        """The key, if it may do this from there. Raises VenueError (401)."""
        key = self.find(api_key)
        if not key.allows(permission, address):
            raise invalid_key()
        return key


def fresh_api_key() -> str:
    """Random but for its marker, of 64 characters, as the venue's look."""
    return canary()


def fresh_hmac_key(account: str) -> tuple[ApiKey, str]:
    """A key with a random secret, and the secret."""
    secret = canary()
    return hmac_key(account, fresh_api_key(), secret), secret


def hmac_key(account: str, api_key: str, secret: str) -> ApiKey:
    return ApiKey(account, api_key, HmacSecret(secret.encode()), secret)


def _restored(record: KeyRecord) -> ApiKey:
    verifier = HmacSecret(record.material.encode()) if record.kind == "HMAC" else public_key(record.material)
    key = ApiKey(record.account, record.api_key, verifier, record.material)
    key.permissions, key.addresses, key.revoked = frozenset(record.permissions), frozenset(record.addresses), record.revoked
    return key


def checked_permissions(names: Iterable[str]) -> frozenset[Permission]:
    """Raises ValueError: one that does not exist."""
    chosen = frozenset(names)
    unknown = sorted(chosen - PERMISSIONS)
    if unknown:
        raise ValueError(f"permissions: expected some of {', '.join(sorted(PERMISSIONS))}, got {unknown[0]!r}")
    return chosen
