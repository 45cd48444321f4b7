"""Server-to-client WebSocket frames (RFC 6455), written without awaiting.

aiohttp's own `send_str` is a coroutine; events must be written inside the command that caused them, in order with its reply.
"""

from __future__ import annotations

CONTINUATION = 0x0
TEXT = 0x1
BINARY = 0x2
CLOSE = 0x8
PING = 0x9
PONG = 0xA
_FINAL = 0x80
_ONE_BYTE = 126
_TWO_BYTES = 1 << 16


class Framed(bytes):
    """Frames already: what a fault made of a message."""


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """One whole, unmasked frame; frames stay what they are."""
    if payload.__class__ is Framed:
        return payload
    return _written(payload, _FINAL | opcode)


def binary(message: bytes) -> Framed:
    """The message as no venue sends it."""
    return Framed(_written(message, _FINAL | BINARY))


def invalid_utf8(message: bytes) -> Framed:
    """A text frame with a byte in its middle that no UTF-8 has."""
    half = len(message) // 2
    return Framed(_written(message[:half] + b"\xff" + message[half:], _FINAL | TEXT))


def fragments(message: bytes) -> Framed:
    """The message in three frames."""
    third = len(message) // 3
    first, second, last = message[:third], message[third : 2 * third], message[2 * third :]
    return Framed(_written(first, TEXT) + _written(second, CONTINUATION) + _written(last, _FINAL | CONTINUATION))


def _written(payload: bytes, first: int) -> bytes:
    size = len(payload)
    if size < _ONE_BYTE:
        return bytes((first, size)) + payload
    if size < _TWO_BYTES:
        return bytes((first, 126, size >> 8, size & 0xFF)) + payload
    return bytes((first, 127)) + size.to_bytes(8, "big") + payload
