"""The last requests that the venue saw, without keys and signatures."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import Call

KEEP = 2_000
NO_ANSWER = 0
"""Status of a request that a fault left without an answer."""
_SECRET = frozenset({"signature", "apiKey"})
Entry = tuple[int, int, str | None, str, str, str, Mapping[str, str], int, int | None]


class Transcript:
    """Bounded; the numbers of entries go on, so that `since` works after old ones fell out."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque(maxlen=KEEP)
        self._seq = 0

    @property
    def seen(self) -> int:
        """How many requests were answered so far."""
        return self._seq

    def add(self, call: Call, method: str, path: str, *, status: int, code: int | None) -> None:
        self._seq += 1
        self._entries.append((self._seq, call.received_ns, call.account or None, call.via, method, path, call.params, status, code))

    def shown(self, account: str, since: int) -> list[dict[str, Any]]:
        """Entries after number `since` of one account, or of "all" (also those of nobody)."""
        return [
            {
                "seq": seq,
                "mono_ns": mono_ns,
                "account": owner,
                "via": via,
                "method": method,
                "path": path,
                "params": {name: value for name, value in params.items() if name not in _SECRET},
                "status": status,
                "code": code,
            }
            for seq, mono_ns, owner, via, method, path, params, status, code in self._entries
            if seq > since and account in ("all", owner)
        ]
