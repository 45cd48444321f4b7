"""Where a system bends: the highest offered rate at which it still keeps up. Pure.

A step is offered for itself, or is a second of a ramp.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One offered rate (a second), what came of it (a second), and its p99 (ms)."""

    offered: float
    achieved: float
    p99_ms: float


class Knee(msgspec.Struct, frozen=True):
    """`rate`: the highest offered rate before the first step that did not keep up; None = the first one did not. `why`: what bent.
    `reached`: whether anything did; else the knee lies beyond every step."""

    rate: float | None
    why: str
    reached: bool = True

    def text(self) -> str:
        """In one line."""
        if not self.reached:
            return f"not reached; {self.why}"
        return f"{'none' if self.rate is None else f'{self.rate:g}/s'}; {self.why}"


def find(steps: Sequence[Step], *, limit_ms: float, least_share: float = 0.98) -> Knee:
    """The knee of rising steps: one keeps up while it achieves `least_share` of what is offered and its p99 stays within `limit_ms`.

    Raises:
        ValueError: no steps, or rates that do not rise.
    """
    rates = [step.offered for step in steps]
    if not steps or rates != sorted(set(rates)):
        raise ValueError(f"steps: expected rates that rise, got {', '.join(f'{rate:g}' for rate in rates) or 'none'}")
    last: float | None = None
    for step in steps:
        if step.achieved < least_share * step.offered:
            return Knee(last, f"at {step.offered:g}/s only {step.achieved:.0f}/s came through")
        if step.p99_ms > limit_ms:
            return Knee(last, f"at {step.offered:g}/s p99 was {step.p99_ms:.1f} ms, above {limit_ms:g} ms")
        last = step.offered
    return Knee(last, f"it kept up with every step: the knee lies beyond {last:g}/s", reached=False)
