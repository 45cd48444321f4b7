"""Two moments of the machine's monotonic clock, for whoever reads a finding: what counts is how far apart they are. Pure."""

from __future__ import annotations

NS_PER_MS = 1_000_000


def apart(moment_ns: int, other_ns: int) -> str:
    """`moment_ns` seen from `other_ns`, such as `1.250 ms after` or `0.004 ms before`; `at that moment`."""
    between = moment_ns - other_ns
    if not between:
        return "at that moment"
    return f"{abs(between) / NS_PER_MS:,.3f} ms {'after' if between > 0 else 'before'}"
