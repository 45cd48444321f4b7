"""What the proxy does to the bytes, as data; and the pure part of doing it."""

from __future__ import annotations

import random
from collections.abc import Iterator

import msgspec

LONGEST_MS = 600_000


class Weather(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """Fair by default. Times in ms, each way; `bytes_per_s` and `slice_bytes` 0 = as it comes.

    `jitter_ms` is added to the latency, evenly between 0 and so much. `half_open`: whatever is sent disappears, nothing is ever closed.
    `drop_answers`: so many answers still disappear, each with its connection, which is half open from then on. `corrupt_answers`: in so
    many answers one byte is still flipped. An answer is what the server sends after something was sent to it.
    """

    latency_ms: int = 0
    jitter_ms: int = 0
    bytes_per_s: int = 0
    slice_bytes: int = 0
    half_open: bool = False
    drop_answers: int = 0
    corrupt_answers: int = 0
    seed: int = 1

    def mistakes(self) -> list[str]:
        """What is wrong with it, one text each."""
        found = []
        for name in ("latency_ms", "jitter_ms"):
            if not 0 <= getattr(self, name) <= LONGEST_MS:
                found.append(f"{name}: expected 0 to {LONGEST_MS}, got {getattr(self, name)}")
        for name in ("bytes_per_s", "slice_bytes", "drop_answers", "corrupt_answers"):
            if getattr(self, name) < 0:
                found.append(f"{name}: expected 0 or more, got {getattr(self, name)}")
        return found


def delay_s(weather: Weather, dice: random.Random) -> float:
    """How much later a piece arrives, in seconds."""
    if not weather.latency_ms and not weather.jitter_ms:
        return 0.0
    return (weather.latency_ms + dice.uniform(0, weather.jitter_ms)) / 1_000


def pieces(weather: Weather, data: bytes) -> Iterator[tuple[bytes, float]]:
    """The data as it is written: (bytes, seconds that their writing takes)."""
    size = weather.slice_bytes or (max(weather.bytes_per_s // 20, 1) if weather.bytes_per_s else len(data))
    for start in range(0, len(data), size):
        piece = data[start : start + size]
        yield piece, len(piece) / weather.bytes_per_s if weather.bytes_per_s else 0.0


def flipped(data: bytes, dice: random.Random) -> bytes:
    """The data with one bit of one byte changed; which one is the seed's."""
    place = dice.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << dice.randrange(8))]) + data[place + 1 :]
