"""The history of a test: what its keywords asked, and what came of it, with monotonic times (the auditor's witness H, I14, I15).

One flat JSON line per record in `<world>/history.jsonl`, as `libraries/auditor/witnesses/history.py` reads it:
`{"op": "invoke|ok|fail|info", "id": "h1", "action": "signal", "mono_ns": ..., ...}`. `id` joins the two records of one invocation.
"""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

from libraries.evidence.redaction import redact


class History:
    """Appends to one file; every line is handed to the operating system before the call returns.

    Values are flat keywords, for `action="signal"` at least `signal_id`, `symbol`, `side`, and `client_order_id` as soon as it is known.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._count = 0
        self._asked: dict[str, tuple[str, str]] = {}
        self._lock = threading.Lock()  # a request that nobody waits for is answered on a thread of its own
        self._file = path.open("a", encoding="utf-8", buffering=1)

    def invoke(self, action: str, *, engine: str, **values: Any) -> str:
        """Right before a request (`action`: signal, cancel, pause, ...) to the engine of that alias; returns the id for its outcome.

        Every record names the engine: an audit reads the history of its own engine only.
        """
        invocation = self._next()
        self._asked[invocation] = (action, engine)
        self._write("invoke", invocation, action, {"engine": engine, **values})
        return invocation

    def ok(self, invocation: str, **values: Any) -> None:
        """The process acknowledged: from here on the effect must be found in database and audit chain (I14)."""
        self._outcome("ok", invocation, values)

    def fail(self, invocation: str, **values: Any) -> None:
        """It surely did not happen (4xx, refused): no effect may be found (I15)."""
        self._outcome("fail", invocation, values)

    def answered(self, invocation: str, status: int, **values: Any) -> None:
        """The outcome that an HTTP status tells: 2xx acknowledged; 3xx, 4xx and 503 (not now) surely not done; of anything else
        (504 above all) nobody knows."""
        if 200 <= status < 300:
            self.ok(invocation, **values)
        elif status < 500 or status == 503:
            self.fail(invocation, **(values | {"status": status}))
        else:
            self.unknown(invocation, **(values | {"status": status}))

    def unknown(self, invocation: str, **values: Any) -> None:
        """Nobody knows (timeout, answer lost): either is right."""
        self._outcome("info", invocation, values)

    def note(self, action: str, **values: Any) -> None:
        """Something that was done to the world without a question: a kill, a fault, an order of another participant."""
        self._write("info", self._next(), action, values)

    def close(self) -> None:
        self._file.close()

    def _outcome(self, op: str, invocation: str, values: dict[str, Any]) -> None:
        action, engine = self._asked[invocation]
        self._write(op, invocation, action, {"engine": engine, **values})

    def _next(self) -> str:
        with self._lock:
            self._count += 1
            return f"h{self._count}"

    def _write(self, op: str, invocation: str, action: str, values: dict[str, Any]) -> None:
        record = {"op": op, "id": invocation, "action": action, "mono_ns": time.monotonic_ns(), **values}
        line = redact(json.dumps(record, default=str)) + "\n"
        with self._lock:
            self._file.write(line)
