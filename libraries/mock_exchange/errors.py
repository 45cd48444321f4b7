"""Failures that end the process: each names what was expected, what came and what to do, and carries its exit code."""

from __future__ import annotations


class FatalError(Exception):
    """A failure that ends the process with `exit_code` and the line `mock-exchange: <message>` on stderr."""

    exit_code = 1


class CommandLineError(FatalError):
    """The command line is wrong: exit code 2."""

    exit_code = 2


class MarketError(FatalError):
    """A market, accounts or recording file is missing or wrong: exit code 3. Name file, line and column or key."""

    exit_code = 3


class CertificateError(FatalError):
    """The directory of `--tls` cannot be used: exit code 3."""

    exit_code = 3


class LedgerError(FatalError):
    """The ledger, or the keys beside it, cannot be read, continued or written: exit code 4."""

    exit_code = 4


class PortError(FatalError):
    """A port cannot be opened: exit code 5."""

    exit_code = 5
