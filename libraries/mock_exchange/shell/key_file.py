"""The API keys of a venue, kept beside its ledger in a file that only its owner may read: a venue that goes on knows its clients.

JSON lines; the newest line of a key (of an account's right to trade) counts. Secrets never enter the ledger itself.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from ..errors import LedgerError

_PRIVATE = 0o600


class KeyRecord(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="key", forbid_unknown_fields=True):
    """`material` = secret of an HMAC key, public key (PEM) of another."""

    account: str
    api_key: str
    kind: str
    material: str
    permissions: list[str]
    addresses: list[str]
    revoked: bool

    def __repr__(self) -> str:
        return f"KeyRecord(account={self.account!r}, kind={self.kind!r})"


class TradingRecord(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="trading", forbid_unknown_fields=True):
    account: str
    enabled: bool


Record = KeyRecord | TradingRecord
_encode = msgspec.json.Encoder().encode


class KeyFile:
    """Appended with one write per change, before the change is answered."""

    def __init__(self, path: Path) -> None:
        """Open or create the file. Raises LedgerError: it cannot be opened, or others than its owner may read it."""
        self.path = path
        try:
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, _PRIVATE)
        except OSError as error:
            raise LedgerError(f"keys {path}: expected a file that can be written, got: {error.strerror}") from error
        mode = stat.S_IMODE(os.fstat(self._fd).st_mode)
        if mode & 0o077:
            os.close(self._fd)
            raise LedgerError(f"keys {path}: expected a file that only its owner may read (mode 0600), got mode {mode:04o}; chmod 600 it")

    def read(self, warn: Callable[[str], None]) -> Iterator[Record]:
        """All records, oldest first. A torn last line is left out with a warning: its change was never answered.

        Raises:
            LedgerError: a line that is none, with its number; nothing of it is in the message.
        """
        decoder = msgspec.json.Decoder(Record)
        for number, raw in enumerate(self.path.read_bytes().splitlines(keepends=True), start=1):
            if not raw.endswith(b"\n"):
                warn(f"keys {self.path}: line {number} is torn; it is cut off")
                return
            try:
                yield decoder.decode(raw)
            except (msgspec.DecodeError, UnicodeDecodeError):
                raise LedgerError(
                    f"keys {self.path}: line {number}: expected a record of a key, got something else; "
                    "restore the file, or remove it and make new keys"
                ) from None

    def replace(self, records: list[Record]) -> None:
        """Write the file anew with these records, all or (after a crash) as it was. Raises LedgerError."""
        new = self.path.with_name(f"{self.path.name}.new")
        new.unlink(missing_ok=True)
        old, self._fd = self._fd, os.open(new, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, _PRIVATE)
        os.close(old)
        self._write(b"".join(_encode(record) + b"\n" for record in records))
        new.rename(self.path)

    def append(self, record: Record) -> None:
        """Raises LedgerError."""
        self._write(_encode(record) + b"\n")

    def _write(self, data: bytes) -> None:
        try:
            written = os.write(self._fd, data)
        except OSError as error:
            raise LedgerError(f"keys {self.path}: writing failed: {error.strerror}; free space on its disk") from error
        if written != len(data):
            raise LedgerError(f"keys {self.path}: only {written} of {len(data)} bytes were written; free space on its disk")

    def close(self) -> None:
        os.close(self._fd)
