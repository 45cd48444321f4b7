"""One row of the benchmark's table."""

from __future__ import annotations

from typing import Literal

import msgspec

Kind = Literal["ratio", "figure"]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """`goal` and `reached` as text with unit; `met` None = no goal. A "ratio" compares within this run and must be met; a "figure" depends
    on the machine and is reported.
    """

    name: str
    reached: str
    goal: str = ""
    met: bool | None = None
    kind: Kind = "figure"


def ratio(name: str, reached: float, goal: float) -> Row:
    return Row(name=name, reached=f"{reached:.3g} x", goal=f">= {goal:g} x", met=reached >= goal, kind="ratio")


def at_least(name: str, reached: float, goal: float, unit: str) -> Row:
    return Row(name=name, reached=f"{reached:,.0f} {unit}", goal=f">= {goal:,.0f} {unit}", met=reached >= goal)


def at_most(name: str, reached: float, goal: float, unit: str) -> Row:
    return Row(name=name, reached=f"{reached:.2f} {unit}", goal=f"<= {goal:g} {unit}", met=reached <= goal)


def must(name: str, holds: bool, reached: str, goal: str) -> Row:
    """What is right or wrong on any machine."""
    return Row(name=name, reached=reached, goal=goal, met=holds, kind="ratio")
