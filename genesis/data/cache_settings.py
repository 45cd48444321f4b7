"""Where the cache is and how long it may take. Apart from the cache itself, whose client is slow to import and seldom needed."""

from __future__ import annotations

import msgspec

from genesis.core.secret import Secret


class CacheSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`[cache]`. `failures` in a row open the breaker for `cooldown_ms`; a value lives `ttl_ms` unless it is written again."""

    url: str
    password: Secret | None = None
    timeout_ms: int = 250
    failures: int = 3
    cooldown_ms: int = 1_000
    ttl_ms: int = 60_000
    most_keys: int = 10_000
