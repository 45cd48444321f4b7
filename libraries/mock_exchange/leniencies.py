"""Named leniencies: where the real venue is strict and a test may want it otherwise. None of them makes anything faster."""

from __future__ import annotations

from collections.abc import Iterable

LENIENCIES = {
    "hmac_session_logon": "session.logon takes HMAC and RSA keys too; the venue takes Ed25519 keys only",
    "listen_key_on": "userDataStream requests hand out listenKeys, as they did until the venue removed them",
    "pong_payload_any": "any pong of a WebSocket client answers the pings before it; the venue wants their payload",
    "unencoded_payload": "a signed REST payload may hold characters that are not ASCII; the venue wants them percent-encoded first",
}
"""Name -> what is accepted with it. Strict is the default; `--lenient NAME` and `lenient` of the market file switch one on."""


def checked(names: Iterable[str], where: str) -> frozenset[str]:
    """The leniencies of that name. Raises ValueError: one that does not exist, with the list of those that do."""
    chosen = frozenset(names)
    unknown = sorted(chosen - LENIENCIES.keys())
    if unknown:
        raise ValueError(f"{where}: expected one of {', '.join(LENIENCIES)}, got {unknown[0]!r}; choose one of those or leave it out")
    return chosen
