"""A stand-in for the auditor: does what the file `audit-mode` in its working directory says."""

import json
import signal
import sys
from pathlib import Path

report = Path(sys.argv[sys.argv.index("--report") + 1])
mode_file = Path("audit-mode")
mode = mode_file.read_text() if mode_file.exists() else "held"
Path("audit-arguments").write_text("\n".join(sys.argv[1:]))


def conclude(verdict: str, code: int, **extra: object) -> None:
    violations = [{"what": "total of BTC", "expected": "1.0", "got": "0.9", "where": "balances binance/BTC"}]
    invariants = {
        "I01": {"status": "held", "objects": 3, "violations": []},
        "I02": {"status": "violated", "objects": 2, "violations": violations}
        if verdict == "violated"
        else {"status": "held", "objects": 2, "violations": []},
        "I19": {"status": "not exercised", "objects": 0, "violations": []},
    }
    report.write_text(json.dumps({"verdict": verdict, "invariants": invariants, "counts": {}, "elapsed_ms": 1, **extra}))
    sys.exit(code)


if mode == "raise":
    raise RuntimeError("the auditor stumbled")
if mode == "hang":
    signal.pause()
if mode == "no witness":
    conclude("error", 3, error="ledger: expected a file, found none")
if mode == "liar":
    conclude("violated", 0)
if mode == "mute":
    sys.exit(0)
conclude(*(("violated", 1) if mode == "violated" else ("held", 0)))
