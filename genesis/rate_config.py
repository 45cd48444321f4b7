"""The `[rate]` table of the configuration file (X31-X33, X36). Whatever is wrong is named by its key."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from genesis.core.money import ZERO
from genesis.core.settings import RateSettings
from genesis.core.strict import Table

_LIMITS: Final = ("weight_1m", "orders_10s", "orders_1d", "requests_5m")
_TIMES: Final = ("ban_ms", "rules_every_ms", "rules_retry_ms")
_MOST_KEPT: Final = Decimal("0.45")
_DAY_MS: Final = 86_400_000
_MOST: Final = 10**9


def rate(table: Table) -> RateSettings:
    """The rate budget's settings. Two reserves must leave something: each is at most 0.45 of a limit."""
    base = RateSettings()
    limits = {key: table.integer(key, getattr(base, key), low=1, high=_MOST) for key in _LIMITS}
    times = {key: table.integer(key, getattr(base, key), low=1, high=_DAY_MS) for key in _TIMES}
    if times["rules_retry_ms"] > times["rules_every_ms"]:
        table.wrong("rules_retry_ms", f"at most rules_every_ms ({times['rules_every_ms']})", str(times["rules_retry_ms"]))
    settings = RateSettings(
        weight_reserve=table.amount("weight_reserve", base.weight_reserve, low=ZERO, high=_MOST_KEPT),
        order_reserve=table.amount("order_reserve", base.order_reserve, low=ZERO, high=_MOST_KEPT),
        **limits,
        **times,
    )
    table.close()
    return settings
