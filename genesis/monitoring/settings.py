"""Where alerts go and how long each sink may take."""

from __future__ import annotations

from pathlib import Path

import msgspec

from genesis.core.secret import Secret


class Webhook(msgspec.Struct, frozen=True, kw_only=True):
    """`secret` signs what is sent there; None = nothing is signed."""

    url: str
    secret: Secret | None = None


class AlertSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Sinks in the order in which they are tried; the file is the last. Times in milliseconds."""

    file: Path
    webhooks: tuple[Webhook, ...] = ()
    timeout_ms: int = 1_500  # of one attempt at one webhook
    retry_ms: int = 1_000  # a webhook that failed is left alone so long; doubles up to `cooldown_ms`
    cooldown_ms: int = 30_000
    heartbeat: Webhook | None = None
    heartbeat_ms: int = 10_000
    check_ms: int = 1_000  # how often the health of each component is looked at

    @property
    def secrets(self) -> list[Secret]:
        """What no log may show."""
        webhooks = [*self.webhooks, *([self.heartbeat] if self.heartbeat is not None else [])]
        return [webhook.secret for webhook in webhooks if webhook.secret is not None]
