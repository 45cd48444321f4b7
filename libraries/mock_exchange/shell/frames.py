"""Server-to-client WebSocket frames (RFC 6455), written without awaiting.

aiohttp's own `send_str` is a coroutine; events must be written inside the command that caused them, in order with its reply.
"""

from __future__ import annotations

TEXT = 0x1
CLOSE = 0x8
PING = 0x9
PONG = 0xA
_FINAL = 0x80
_ONE_BYTE = 126
_TWO_BYTES = 1 << 16


def frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """One whole, unmasked frame."""
    size = len(payload)
    first = _FINAL | opcode
    if size < _ONE_BYTE:
        return bytes((first, size)) + payload
    if size < _TWO_BYTES:
        return bytes((first, 126, size >> 8, size & 0xFF)) + payload
    return bytes((first, 127)) + size.to_bytes(8, "big") + payload
