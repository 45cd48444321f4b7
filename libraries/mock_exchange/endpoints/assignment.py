"""What the matching process tells an address process, on its stdin: the token is nobody else's business."""

from __future__ import annotations

import msgspec


class Assignment(msgspec.Struct, frozen=True, kw_only=True):
    """`port` = where to listen, `venue_port` = where the matching process hears addresses, `tls` = directory of the certificate or ""."""

    name: str
    port: int
    venue_port: int
    venue_pid: int
    token: str
    tls: str
