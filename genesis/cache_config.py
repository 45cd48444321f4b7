"""The `[cache]` table of the configuration file. Whatever is wrong is named by its key; without the table there is no cache."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from genesis.core.strict import Table
from genesis.data.cache_settings import CacheSettings
from genesis.exchange.addresses import is_loopback

_URL: Final = re.compile(r"[^\x00-\x20]{1,2048}")
_DATABASE: Final = re.compile(r"(/[0-9]{0,4})?")
_EXPECTED: Final = "an address such as rediss://host:6380/0 (redis:// for loopback)"
_DAY_MS: Final = 86_400_000


def cache(table: Table, environment: Mapping[str, str]) -> CacheSettings:
    """Where the cache is, and how long it is waited for; times in milliseconds."""
    base = CacheSettings(url="")
    settings = CacheSettings(
        url=_url(table),
        password=table.secret("password_env", environment, "GENESIS_CACHE_PASSWORD") if "password_env" in table else None,
        timeout_ms=table.integer("timeout_ms", base.timeout_ms, low=1, high=5_000),
        failures=table.integer("failures", base.failures, low=1, high=1_000),
        cooldown_ms=table.integer("cooldown_ms", base.cooldown_ms, low=1, high=_DAY_MS),
        ttl_ms=table.integer("ttl_ms", base.ttl_ms, low=5_000, high=_DAY_MS),
        most_keys=table.integer("most_keys", base.most_keys, low=100, high=10**6),
    )
    table.close()
    return settings


def _url(table: Table) -> str:
    """The address; its text is shown in messages, so it may hold no password."""
    url = table.text("url", _URL, _EXPECTED)
    if not url:
        return ""
    try:
        parts = urlsplit(url)
        port_is_good = parts.port != 0
    except ValueError:
        table.wrong("url", _EXPECTED, "one that is no address")
        return ""
    if parts.username is not None or parts.password is not None:
        table.wrong(
            "url", "an address without user and password", f"one with, for host {parts.hostname}; name a variable with password_env"
        )
    elif parts.scheme not in ("redis", "rediss") or not parts.hostname or not port_is_good:
        table.wrong("url", _EXPECTED, f"{parts.scheme}://{parts.hostname or ''}")
    elif parts.query or parts.fragment or not _DATABASE.fullmatch(parts.path):
        table.wrong("url", "at most the number of a database behind the host", f"{parts.path[:40]}{'?...' if parts.query else ''}")
    elif parts.scheme == "redis" and not is_loopback(parts.hostname):
        table.wrong("url", f"rediss:// for host {parts.hostname}", "redis://, which is for loopback addresses only")
    return url
