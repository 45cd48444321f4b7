"""Crash points (reliability A3): named places at which a test makes this process die, freeze or fail.

Inert unless `switch_on` was called, which the application does only with test hooks: every configured address is loopback then.
A point is armed before the start by the environment, `GENESIS_CRASH=CP-O4:1:kill` (several: separated by commas), or while the
process runs, by `POST /control/crash`. Each point that is reached is noted once in the file that `GENESIS_CRASH_LOG` names, so that a
campaign knows which points no run has ever come to.
"""

from __future__ import annotations

import errno
import os
import re
import signal
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Mapping
from typing import Final

import msgspec

CRASH_VARIABLE: Final = "GENESIS_CRASH"
LOG_VARIABLE: Final = "GENESIS_CRASH_LOG"

POINTS: Final[Mapping[str, str]] = {
    "CP-S1": "start: the configuration is read, the database is not locked yet",
    "CP-S2": "start: the database is locked, not opened yet",
    "CP-S3": "start: the database is open, its schema is not looked at yet",
    "CP-S4a": "start: the state is folded, no connection is opened yet",
    "CP-S4b": "a book's snapshot is taken in, no change after it",
    "CP-O1": "a signal is received, risk has not judged it yet",
    "CP-O2": "funds are reserved and the intent is decided, nothing is committed",
    "CP-O3a": "in the transaction of an intent: its fact is inserted, its row is not",
    "CP-O3b": "in the transaction of an intent: all is inserted, nothing is committed",
    "CP-O3c": "the transaction of an intent is committed, its writer does not know yet",
    "CP-O3d": "a commit has failed, what became of it is not read yet",
    "CP-O4": "the intent is committed, the order is not sent",
    "CP-O5": "half of the bytes of an order are written",
    "CP-O6": "an order is sent, no answer has come",
    "CP-O7": "the venue says that it does not know what became of an order, or says nothing; nothing is committed of that",
    "CP-O8": "the venue has accepted an order, nothing is committed of that",
    "CP-O9": "a batch is committed, the anchor that is due is not written",
    "CP-O10": "the venue has refused an order, nothing is committed of that",
    "CP-F1": "a part of an order's fills is committed, the rest is to come",
    "CP-F2": "a fill has come by the stream, nothing is committed of it",
    "CP-F3": "in the transaction of a fill: its row is inserted, the balances are not",
    "CP-F4": "a fill comes by a second way",
    "CP-F5": "a fill comes before the answer to its order",
    "CP-F6": "the last fill of an order is booked, the order's state is not",
    "CP-C1a": "the wish to cancel is committed, the cancel is not sent",
    "CP-C1b": "a cancel is sent, no answer has come",
    "CP-C2": "the stop at the venue is cancelled, the one that replaces it is not placed",
    "CP-C3": "an entry is filled and committed, its protective stop is not sent",
    "CP-C4": "of orders that leave together one is sent, the next is not",
    "CP-R1": "recovery: the open orders are known, the venue has not been asked",
    "CP-R2": "recovery: one order is moved by the venue's word, the next is not",
    "CP-R3": "recovery: missed fills are booked, the orders are not moved",
    "CP-R4": "recovery: a difference is found, it is not recorded",
    "CP-D1": "shutdown: the signal has come, new orders are not blocked yet",
    "CP-D2": "shutdown: the end of an order is committed while others are still open",
    "CP-D3": "shutdown: all is committed, the last checkpoint is not done",
    "CP-D4": "shutdown: a second signal has come",
    "CP-M1a": "migration: not begun",
    "CP-M1b": "migration: one step is done, the next is not",
    "CP-M1c": "migration: all steps are done, the version is not written",
    "CP-M1d": "migration: committed, the start goes on",
    "CP-M2": "migration: one batch of rows is filled in, the next is not",
    "CP-A1a": "half a line of the anchor file is written",
    "CP-A1b": "a line of the anchor file is written, not on disk",
    "CP-A1c": "a line of the anchor file is on disk, the loop does not know yet",
    "CP-A2": "an archive is written, it does not bear its name yet",
    "CP-A2b": "an archive bears its name, its events are still in the database",
    "CP-K1": "a fill is committed, the cache still has what was before it",
    "CP-L1": "the lease was looked at and holds, the order is not written",
    "CP-L2": "an order is written under a lease, no answer has come",
    "CP-T1": "a request is signed, it is not sent",
    "CP-W1": "in the transaction of a snapshot: it is inserted, nothing is committed",
}
"""Name -> the state that a death there leaves."""

MODES: Final = ("kill", "stop", "raise", "delay")
_SQLITE: Final = {
    "SQLITE_IOERR": (sqlite3.SQLITE_IOERR, "disk I/O error"),
    "SQLITE_IOERR_FSYNC": (sqlite3.SQLITE_IOERR_FSYNC, "disk I/O error"),
    "SQLITE_FULL": (sqlite3.SQLITE_FULL, "database or disk is full"),
}
_ERRNO: Final = ("EIO", "ENOSPC", "ECONNRESET", "EMFILE")
_FORM: Final = re.compile(r"(?P<point>CP-[A-Z]\d+[a-d]?):(?P<nth>[1-9]\d{0,5})(?P<onward>\+?):(?P<mode>[a-z]+)(?::(?P<detail>[A-Z_0-9]+))?")


class NotACrash(ValueError):
    """What should have been armed is none; the text says what is."""


class Crash(msgspec.Struct, frozen=True, kw_only=True):
    """What happens at the `nth` time that `point` is reached, or also at every later one (`onward`).

    `detail`: of raise the error (EIO unless given), of delay the milliseconds.
    """

    point: str
    nth: int
    onward: bool
    mode: str
    detail: str


_on = False
_armed: dict[str, Crash] = {}
_hits: Counter[str] = Counter()
_noted: set[str] = set()
_happened: list[str] = []
_log_path = ""


def parse(text: str) -> Crash:
    """`POINT:NTH[+]:MODE[:DETAIL]`, such as `CP-O4:1:kill`, `CP-O3b:1+:raise:SQLITE_FULL`, `CP-T1:1:delay:200`.

    Raises:
        NotACrash: another form, an unknown point, mode or error.
    """
    found = _FORM.fullmatch(text)
    if found is None or found["mode"] not in MODES:
        raise NotACrash(f"expected POINT:NTH:MODE[:DETAIL] with MODE one of {', '.join(MODES)}, got {text[:80]!r}")
    if found["point"] not in POINTS:
        raise NotACrash(f"expected one of {', '.join(POINTS)}, got {found['point']}")
    detail = found["detail"] or {"raise": "EIO", "delay": "100"}.get(found["mode"], "")
    allowed = (*_SQLITE, *_ERRNO)
    if found["mode"] == "raise" and detail not in allowed:
        raise NotACrash(f"expected one of {', '.join(allowed)} to raise, got {detail}")
    if found["mode"] == "delay" and not detail.isdigit():
        raise NotACrash(f"expected milliseconds to delay by, got {detail}")
    return Crash(point=found["point"], nth=int(found["nth"]), onward=bool(found["onward"]), mode=found["mode"], detail=detail)


def switch_on(environment: Mapping[str, str]) -> None:
    """From here on points are counted, and what the environment arms happens.

    Raises:
        NotACrash: the variable holds something else.
    """
    global _on, _log_path  # noqa: PLW0603 - one process, one set of points
    armed = environment.get(CRASH_VARIABLE, "")
    for text in armed.split(",") if armed else ():
        arm(parse(text))
    _log_path = environment.get(LOG_VARIABLE, "")
    _on = True


def arm(crash: Crash) -> None:
    """From now on, counted from now."""
    _armed[crash.point] = crash
    _hits[crash.point] = 0


def disarm() -> None:
    """Nothing is armed any more."""
    _armed.clear()


def active() -> bool:
    """Whether points are counted at all: what is costly to find out is asked only then."""
    return _on


def fires_next(point: str) -> bool:
    """Whether something happens when `point` is reached the next time: what has to be prepared for it is prepared only then."""
    crash = _armed.get(point) if _on else None
    return crash is not None and (_hits[point] + 1 == crash.nth or (crash.onward and _hits[point] + 1 > crash.nth))


def reached(point: str) -> None:
    """This place was reached. Nothing happens unless a test has armed it.

    Raises:
        OSError, sqlite3.OperationalError: armed with mode raise.
    """
    if _on:
        _reached(point)


def _reached(point: str) -> None:
    assert point in POINTS, point
    _hits[point] += 1
    if point not in _noted:
        _noted.add(point)
        _note(point)
    crash = _armed.get(point)
    if crash is not None and (_hits[point] == crash.nth or (crash.onward and _hits[point] > crash.nth)):
        _happen(crash)


def happened() -> list[str]:
    """What was armed and came to pass in this process, as `POINT:MODE`, the first one first."""
    return list(_happened)


def _happen(crash: Crash) -> None:
    _happened.append(f"{crash.point}:{crash.mode}")
    _note(f"{crash.point}:{crash.mode}")
    if crash.mode == "kill":
        _save_coverage()
        os.kill(os.getpid(), signal.SIGKILL)
    elif crash.mode == "stop":
        os.kill(os.getpid(), signal.SIGSTOP)
    elif crash.mode == "delay":
        time.sleep(int(crash.detail) / 1_000)
    else:
        raise _error(crash.detail)


def _error(detail: str) -> Exception:
    if detail in _SQLITE:
        code, text = _SQLITE[detail]
        error = sqlite3.OperationalError(text)
        error.sqlite_errorcode, error.sqlite_errorname = code, detail
        return error
    number = getattr(errno, detail)
    return OSError(number, os.strerror(number))


def _note(line: str) -> None:
    """Append a line to the log of points; whole, whatever comes next."""
    if not _log_path:
        return
    descriptor = os.open(_log_path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        os.write(descriptor, f"{line}\n".encode())
    finally:
        os.close(descriptor)


def _save_coverage() -> None:
    """Where the process is measured, what it ran until here counts."""
    coverage = sys.modules.get("coverage")
    measured = coverage.Coverage.current() if coverage is not None else None
    if measured is not None:
        measured.save()
