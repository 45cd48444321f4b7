"""An alert as it is recorded: it is wanted from here until a sink has it."""

from __future__ import annotations

import re
import uuid
from typing import Final

from genesis.core.events import Now
from genesis.core.facts import AlertRaised

MOST_TEXT: Final = 2_000
_CODE: Final = re.compile(r"GENESIS-[0-9]{4}")


def raised(severity: str, text: str, now: Now) -> AlertRaised:
    """Its id is never used twice, by whatever process: sinks count by it."""
    alert_id = uuid.uuid4().hex
    code = _CODE.match(text)
    return AlertRaised(
        alert_id=alert_id,
        severity=severity,
        code=code[0] if code else "",
        text=text[:MOST_TEXT],
        at_ms=now.wall_ms,
        correlation_id=alert_id,
    )
