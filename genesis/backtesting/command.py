"""`python -m genesis backtest`: configuration and tape in, result.json and report.html out."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from genesis.backtesting import configuration, sources
from genesis.backtesting.page import page
from genesis.backtesting.pictures import curves
from genesis.backtesting.result import Origin, document, encoded, metrics_of
from genesis.backtesting.runner import Backtest, Outcome
from genesis.core.errors import EXIT_HALTED, EXIT_OK, INTERNAL, CommandLineError
from genesis.core.money import install_context

RESULT: Final = "result.json"
PAGE: Final = "report.html"
FAILURE: Final = "failure.txt"
INTERRUPTED: Final = 130
_EVERY_PRINTS: Final = 2_000


def main(arguments: argparse.Namespace) -> int:
    """Run one backtest; the exit code.

    Raises:
        GenesisError: command line, configuration or data are wrong; nothing was written.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    install_context()
    plan = configuration.load(Path(arguments.config))
    if (arguments.data is None) is (arguments.generate is None):
        raise CommandLineError("expected either --data FILE ... or --generate BARS, got " + ("both" if arguments.data else "neither"))
    out = _directory(Path(arguments.out))
    if arguments.data is not None:
        source = sources.from_files(plan, arguments.data)
    else:
        source = sources.from_generator(plan, arguments.seed, arguments.generate)
    try:
        outcome = _played(plan, source, quiet=arguments.quiet)
    except KeyboardInterrupt:
        sys.stderr.write("genesis: interrupted, no result was written\n")
        return INTERRUPTED
    except (AssertionError, KeyError, ValueError, ArithmeticError) as error:
        return _defect(error, out)
    metrics = metrics_of(outcome, plan.backtest.sample_ms, plan.backtest.risk_free)
    result = document(outcome, metrics, Origin(seed=arguments.seed, config_digest=plan.digest, data=source.described))
    quote = plan.engine.quote_asset
    _write(out / RESULT, encoded(result))
    _write(out / PAGE, page(result, curves(outcome.samples, outcome.drawdowns, quote), quote).encode())
    _say(result, out, quote)
    return EXIT_OK


def _directory(out: Path) -> Path:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandLineError(f"--out {out}: expected a directory that can be made, got: {error.strerror or error}") from error
    if not os.access(out, os.W_OK | os.X_OK):
        raise CommandLineError(f"--out {out}: expected a directory that this user may write, got one without permission")
    return out


def _write(file: Path, content: bytes) -> None:
    try:
        file.write_bytes(content)
    except OSError as error:
        raise CommandLineError(f"--out: {file}: expected a file that can be written, got: {error.strerror or error}") from error


def _played(plan: configuration.Plan, source: sources.Source, *, quiet: bool) -> Outcome:
    """Play the tape under a progress bar on stderr."""
    backtest = Backtest(plan.engine, plan.backtest, digest=plan.digest)
    columns = (TextColumn("backtest"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress:
        task = progress.add_task("backtest", total=source.size)
        read = pending = 0

        def meter(amount: int) -> None:
            nonlocal read, pending
            read += amount
            pending += 1
            if pending >= _EVERY_PRINTS:
                pending = 0
                progress.update(task, completed=read)

        outcome = backtest.run(source.play(meter))
        progress.update(task, completed=source.size)
    return outcome


def _defect(error: Exception, out: Path) -> int:
    """What only a programmer can cause: no result is to be believed; where it happened goes into a file."""
    _write(out / FAILURE, "".join(traceback.format_exception(error)).encode())
    said = (str(error) or type(error).__name__).splitlines()[0][:300]
    sys.stderr.write(f"genesis: {INTERNAL} a defect, no result was written: {said}; {out / FAILURE} says where\n")
    return EXIT_HALTED


def _say(result: dict[str, Any], out: Path, quote: str) -> None:
    """The result in a few lines on stdout."""
    metrics, balance = result["metrics"], result["balance"]
    lines = [f"{name.replace('_', ' '):<16}{'not defined' if value is None else value}" for name, value in metrics.items()]
    lines += [f"{'balance':<16}{balance['start']} -> {balance['end']} {quote}", f"{'fees':<16}{balance['fees']} {quote}"]
    if result["stopped"] is not None:
        lines.append(f"{'stopped':<16}{result['stopped']} above the limit")
    lines += [f"{'result':<16}{out / RESULT}", f"{'page':<16}{out / PAGE}"]
    sys.stdout.write("\n".join(lines) + "\n")
