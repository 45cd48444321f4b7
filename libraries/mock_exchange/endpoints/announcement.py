"""The first line on a connection from an address process to the matching process: for whom it speaks.

In the manner of the PROXY protocol, version 1, with the name of the address and a token that only the venue's own processes know, so that
nobody else can claim to be another client.
"""

from __future__ import annotations

import hmac

import msgspec

DIRECT = "direct"
"""The name of the matching process's own port."""
LONGEST_LINE = 512
_WORD = "ADDRESS"
_PARTS = 5


class Announcement(msgspec.Struct, frozen=True):
    """`address` = name of the address process; `client` and `local` = the ends of the client's connection to it, (host, port)."""

    address: str
    client: tuple[str, int]
    local: tuple[str, int]


def written(announcement: Announcement, token: str) -> bytes:
    """The line, with its end."""
    client, local = announcement.client, announcement.local
    return f"{_WORD} {token} {announcement.address} {client[0]} {client[1]} {local[0]} {local[1]}\r\n".encode("ascii")


def read(line: bytes, token: str) -> Announcement:
    """The announcement of a line without its end.

    Raises:
        ValueError: it is none, or bears another token; nothing of the line is in the message.
    """
    word, _, rest = line.partition(b" ")
    given, _, rest = rest.partition(b" ")
    if word != _WORD.encode() or not hmac.compare_digest(given, token.encode()):
        raise ValueError("expected an announcement by one of this venue's address processes, came something else")
    parts = rest.decode("ascii", "replace").split(" ")
    if len(parts) != _PARTS or not (parts[2].isdigit() and parts[4].isdigit()):
        raise ValueError("expected ADDRESS TOKEN NAME HOST PORT HOST PORT, came another number of words")
    return Announcement(parts[0], (parts[1], int(parts[2])), (parts[3], int(parts[4])))
