"""`profiles/load.toml`: the one profile of load runs, and what it changes. It raises numbers and nothing else."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import tomli_w

REPOSITORY = Path(__file__).resolve().parents[2]
PROFILE = REPOSITORY / "profiles" / "load.toml"
DEFAULTS = REPOSITORY / "profiles" / "default.toml"
VENUE_DEFAULTS = {
    "request_weight": 6_000,
    "raw_requests": 61_000,
    "orders_10s": 100,
    "orders_1d": 200_000,
    "connections_5m": 300,
}
"""What the venue's documentation says (docs/mock-exchange.md, Limits)."""


class Change(msgspec.Struct, frozen=True):
    """One key of the profile. `default` None: there is no such key without the profile."""

    key: str
    default: str | None
    raised: str

    @property
    def only_raises(self) -> bool:
        """Whether it is a number above the default."""
        return self.default is not None and _number(self.default) is not None and (_number(self.raised) or 0) > (_number(self.default) or 0)


def engine_settings(profile: Path = PROFILE) -> dict[str, Any]:
    """The engine's sections."""
    return dict(_read(profile)["engine"])


def venue_limits(to: Path, profile: Path = PROFILE) -> Path:
    """The venue's limits as a file of its own (`--limits`)."""
    to.write_text(tomli_w.dumps(_read(profile)["venue"]), encoding="utf-8")
    return to


def changes(profile: Path = PROFILE) -> list[Change]:
    """Every key of the profile beside its default."""
    document, defaults = _read(profile), _flat(_read(DEFAULTS))
    engine = [Change(key, defaults.get(key), value) for key, value in _flat(document["engine"]).items()]
    known = {key: str(value) for key, value in VENUE_DEFAULTS.items()}
    return [*engine, *(Change(f"venue.{key}", known.get(key), value) for key, value in _flat(document["venue"]).items())]


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _flat(table: Mapping[str, Any], before: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, value in table.items():
        key = f"{before}{name}"
        if isinstance(value, Mapping):
            found |= _flat(value, f"{key}.")
        else:
            found[key] = str(value).lower() if isinstance(value, bool) else str(value)
    return found


def _number(text: str) -> Decimal | None:
    try:
        return Decimal(text)
    except ArithmeticError:
        return None
