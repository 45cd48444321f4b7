"""When an arbitrage that is not complete yet is given up (R16)."""

from __future__ import annotations

from decimal import Decimal

from genesis.core.money import text
from genesis.core.settings import ArbitrageSettings


def arbitrage_exit(gain: Decimal | None, age_ms: int, settings: ArbitrageSettings) -> str:
    """Why a trade that is worth `gain` (a fraction of what its first fills cost, fees included; None = cannot be told) after
    `age_ms` is to be unwound, or "" if it may go on: -1 %, +0.5 % or 5 min by default."""
    if gain is not None and gain <= -settings.exit_loss:
        return f"a loss of {text(-gain)} (limit {text(settings.exit_loss)})"
    if gain is not None and gain >= settings.exit_gain:
        return f"a gain of {text(gain)} (limit {text(settings.exit_gain)})"
    if age_ms >= settings.exit_after_ms:
        return f"{age_ms} ms old (limit {settings.exit_after_ms})"
    return ""
