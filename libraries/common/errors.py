"""Errors that a QA engineer reads. Each says what was expected, what came and what to do."""

from __future__ import annotations


class WrongArgument(ValueError):
    """A value that a keyword cannot work with: never retried, whatever the timeout."""

    ROBOT_SUPPRESS_NAME = True


class NotYet(Exception):
    """What was asked for does not exist (yet): a getter with a timeout asks again until its deadline."""

    ROBOT_SUPPRESS_NAME = True


class DataMissing(Exception):
    """Recorded data is absent on this machine: the test is skipped with the reason, never green."""

    ROBOT_SUPPRESS_NAME = True
    ROBOT_SKIP_EXECUTION = True


class ClientMissing(Exception):
    """A public client cannot be installed on this machine: the test is skipped with the reason, never green."""

    ROBOT_SUPPRESS_NAME = True
    ROBOT_SKIP_EXECUTION = True


_MOST_SHOWN = 40


def refuse_unknown(kind: str, name: str, known: list[str]) -> WrongArgument:
    """The error for a name that does not exist: lists the names that do, of very many those that are like it; the nearest first."""
    from difflib import get_close_matches  # noqa: PLC0415 (only needed when something is wrong)

    near = get_close_matches(name, known, n=1, cutoff=0.6)
    hint = f"did you mean {near[0]!r}? " if near else ""
    shown = sorted(known) if len(known) <= _MOST_SHOWN else get_close_matches(name, known, n=_MOST_SHOWN, cutoff=0.0)
    more = f" and {len(known) - len(shown)} more" if len(shown) < len(known) else ""
    listed = ", ".join(shown) + more if known else "none yet"
    return WrongArgument(f"unknown {kind} {name!r}; {hint}known: {listed}")
