"""What the control API takes for an emergency: a reason, a phrase, a dry run, a venue. Whatever is wrong is named by its field."""

from __future__ import annotations

import re
from typing import Final

from genesis.core.errors import INVALID_PARAMETERS
from genesis.core.events import OperatorAction
from genesis.core.strict import Table
from genesis.monitoring.guard import Refusal
from genesis.monitoring.signals import decoded

_WHO: Final = re.compile(r"[^\x00-\x1f:]{2,60}")
_WHY: Final = re.compile(r"[^\x00-\x1f]{3,200}")
_REASON: Final = re.compile(r"[^\x00-\x1f]{1,200}")


def emergency_from(action: str, body: bytes) -> OperatorAction:
    """KILL (`reason`), RELEASE and OVERRIDE (`phrase`), EMERGENCY_CLOSE (`reason`, `dry_run`), ADOPT (`venue`, `phrase`) or GO_ON_ALONE
    (`who`, `why`); without an address for the answer yet.

    Raises:
        Refusal: 400, every field that is unknown, missing or of the wrong kind.
    """
    table = Table(decoded(body or b"{}"), "", [])
    dry_run = action == "EMERGENCY_CLOSE" and table.boolean("dry_run", False)
    venue = table.text("venue", _REASON, "a venue that is blocked") if action == "ADOPT" else ""
    if action in ("RELEASE", "OVERRIDE", "ADOPT"):
        detail = table.text("phrase", _REASON, "the phrase that releases, overrides or adopts (docs/risk.md, docs/engine.md)")
    elif action == "GO_ON_ALONE":
        detail = f"{table.text('who', _WHO, 'the name of a person')}: {table.text('why', _WHY, 'a reason of at most 200 characters')}"
    else:
        detail = table.text("reason", _REASON, "a reason of at most 200 characters", "operator")
    table.close()
    if table.errors:
        raise Refusal(400, INVALID_PARAMETERS, "\n".join(table.errors))
    return OperatorAction(action=action, reply_to=0, detail=detail, dry_run=dry_run, venue=venue)
