"""`python -m genesis COMMAND`: run, check-config, audit, rebuild, backup, restore, backtest. Exit codes: `genesis.core.errors` (EXIT_*), 2
for a bad command line.

Whatever the outside can cause ends in one line per mistake on stderr, `genesis: ...`, never in a traceback.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType, ModuleType
from typing import Final, NoReturn

from genesis import process
from genesis.core.errors import EXIT_COMMAND_LINE, EXIT_OK, ConfigError, GenesisError

_EXIT_CODES: Final = (
    "exit codes: 0 clean stop, 2 command line, 3 configuration, 4 database, 5 venue, 6 audit found a violation, "
    "7 halted by an internal failure, 8 control port, 9 recorded data, 10 a strategy did not end its cycle, "
    "11 stopped at the deadline of its shutdown with something left, 12 too few open files, 13 another engine has taken over, "
    "130 backtest interrupted, 143 left without waiting at a second SIGTERM, SIGINT or SIGHUP"
)

_COMMANDS: Final = "run|check-config|audit|rebuild|backup|restore|backtest"
_URL: Final = "sqlite:////absolute/path, or postgresql://user@host:port/name with the password in GENESIS_DATABASE_PASSWORD"
_LONGEST_COUNT: Final = 12
_AUTHORITIES: Final = "SSL_CERT_FILE"


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        sys.stderr.write(f"genesis: {message.encode('unicode_escape').decode()[:300]}; see python -m genesis --help\n")
        raise SystemExit(EXIT_COMMAND_LINE)


class _Once(argparse.Action):
    """An option that is given twice is a mistake, not a choice."""

    def __call__(self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: object, option: str | None = None) -> None:
        if getattr(namespace, self.dest, None) is not None:
            parser.error(f"{option}: expected once, got twice")
        setattr(namespace, self.dest, values)


def _arguments(words: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(prog="python -m genesis", description="A Binance-spot trading engine.", epilog=_EXIT_CODES, allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True, metavar=_COMMANDS, parser_class=_Parser)
    for name, text in (("run", "run the engine"), ("check-config", "say whether the configuration is valid")):
        command = commands.add_parser(name, help=text, allow_abbrev=False)
        command.add_argument("--config", required=True, action=_Once, metavar="FILE", help="TOML file")
    audit = commands.add_parser("audit", help="verify the journal's chain and refold it", allow_abbrev=False)
    audit.add_argument("--database", required=True, action=_Once, metavar="URL", help=_URL)
    _add_rebuild(commands)
    _add_backup(commands)
    _add_backtest(commands)
    return parser.parse_args(words)


def _add_rebuild(commands: argparse._SubParsersAction[_Parser]) -> None:
    command = commands.add_parser(
        "rebuild",
        help="write all tables anew from the journal",
        description="Verifies the journal and folds all of it into a new file, which takes the old one's place in one step; prints the "
        "digests of the tables before and after as JSON. The events stay as they are. What differed is kept in <database>.quarantine. "
        "Refused while an engine runs on the database.",
        epilog=_EXIT_CODES,
        allow_abbrev=False,
    )
    command.add_argument("--database", required=True, action=_Once, metavar="URL", help=_URL)
    command.add_argument(
        "--anchor", action=_Once, metavar="FILE", help="the anchor file, if it is not <database>.anchor; needed with postgresql://"
    )
    command.add_argument(
        "--accept-loss",
        action="store_true",
        help="take the journal as far as it is whole although its anchor or log tells of more; orders bear a new instance from then on",
    )


def _add_backup(commands: argparse._SubParsersAction[_Parser]) -> None:
    backup = commands.add_parser(
        "backup",
        help="copy the database while the engine trades",
        description="Copies the database and its anchor as of one moment, verifies and folds all of the copy, and only then gives it its "
        "name. A file that is there is never overwritten.",
        epilog=_EXIT_CODES,
        allow_abbrev=False,
    )
    restore = commands.add_parser(
        "restore",
        help="make a database of a backup",
        description="Verifies a backup and makes the engine's database of it. Orders bear a new instance from then on; what the engine did "
        "after the backup is read from the venue at the next start. Refused where there is a database already, or an engine runs.",
        epilog=_EXIT_CODES,
        allow_abbrev=False,
    )
    backup.add_argument("--to", required=True, action=_Once, metavar="FILE", help="the new file; its anchor is FILE.anchor")
    restore.add_argument("--from", required=True, action=_Once, metavar="FILE", dest="source", help="the backup; its anchor is FILE.anchor")
    for command in (backup, restore):
        command.add_argument("--database", required=True, action=_Once, metavar="URL", help="sqlite:////absolute/path")
        command.add_argument("--anchor", action=_Once, metavar="FILE", help="the anchor file, if it is not <database>.anchor")


def _add_backtest(commands: argparse._SubParsersAction[_Parser]) -> None:
    command = commands.add_parser(
        "backtest",
        help="run the engine and its strategies on recorded or generated trades",
        description="Runs the same engine and strategies as `run`, on a simulated venue and simulated time: recorded or generated "
        "trades in, result.json and report.html out. Same configuration, data and seed give the same bytes. Nothing leaves this machine.",
        epilog="Example: python -m genesis backtest --config engine.toml --data BTCUSDT-1m-2025-01.zip --seed 1 --out results. "
        + _EXIT_CODES,
        allow_abbrev=False,
    )
    command.add_argument(
        "--config",
        required=True,
        action=_Once,
        metavar="FILE",
        help="the engine's TOML file; its table [backtest] sets balances, slippage, latency (docs/backtesting.md)",
    )
    command.add_argument(
        "--data",
        nargs="+",
        action="extend",
        metavar="FILE",
        help="public dumps (.csv, or the .zip of one) of klines, trades or aggregated trades, told apart by their columns. The name begins "
        "with the symbol, or write SYMBOL=FILE or VENUE/SYMBOL=FILE. Several files of one symbol in order of time",
    )
    command.add_argument("--generate", type=_count, action=_Once, metavar="BARS", help="instead of --data: so many generated bars a symbol")
    command.add_argument(
        "--seed", type=_count, default=1, metavar="N", help="seed of the generated bars; written into the result (default 1)"
    )
    command.add_argument("--out", required=True, action=_Once, metavar="DIR", help="where result.json and report.html go; made if missing")
    command.add_argument("--quiet", action="store_true", help="no progress bar on stderr")


def _count(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_COUNT and int(text) > 0):
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, got {text[:40]!r}")
    return int(text)


# each command imports what it needs: starting is fast


def _audit(arguments: argparse.Namespace) -> int:
    from genesis.data import audit  # noqa: PLC0415

    return audit.main(arguments.database)


def _rebuild(arguments: argparse.Namespace) -> int:
    from genesis.data import rebuild  # noqa: PLC0415

    return rebuild.main(arguments.database, arguments.anchor, accept_loss=arguments.accept_loss)


def _backup(arguments: argparse.Namespace) -> int:
    from genesis.data import backup  # noqa: PLC0415

    return backup.backup_main(arguments.database, arguments.anchor, arguments.to)


def _restore(arguments: argparse.Namespace) -> int:
    from genesis.data import backup  # noqa: PLC0415

    return backup.restore_main(arguments.source, arguments.database, arguments.anchor)


def _backtest(arguments: argparse.Namespace) -> int:
    from genesis.backtesting import command  # noqa: PLC0415

    return command.main(arguments)


_OFFLINE: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = {
    "audit": _audit,
    "rebuild": _rebuild,
    "backup": _backup,
    "restore": _restore,
    "backtest": _backtest,
}
"""What is done without a configuration and without a loop."""


def main(words: Sequence[str]) -> int:
    """Carry out one command; the exit code."""
    arguments = _arguments(words)
    try:
        if arguments.command in _OFFLINE:
            return _OFFLINE[arguments.command](arguments)
        from genesis import config  # noqa: PLC0415

        settings = config.load(Path(arguments.config))
        if arguments.command == "check-config":
            sys.stdout.write(f"valid, digest {settings.digest}\n")
            return EXIT_OK
        run: Callable[[config.Config], int] = _engine().run
        return run(settings)
    except GenesisError as error:
        _complain(error)
        return error.exit_code


def _engine() -> ModuleType:
    """The application's module, without what its libraries do at their import for nothing, which would be a third of a start: structlog
    imports rich where it is installed, for a console that this process never shows, and aiohttp reads the machine's authorities into a
    context that no request of ours is given (`exchange.trust`, `monitoring.sinks`)."""
    sys.modules["rich"] = None  # type: ignore[assignment]
    authorities = os.environ.get(_AUTHORITIES)
    os.environ[_AUTHORITIES] = os.devnull
    try:
        from genesis import app  # noqa: PLC0415
    finally:
        del sys.modules["rich"]
        del os.environ[_AUTHORITIES]
        if authorities is not None:
            os.environ[_AUTHORITIES] = authorities
    return app


def _complain(error: GenesisError) -> None:
    area = "configuration: " if isinstance(error, ConfigError) else f"{error.code} "
    for line in error.message.splitlines():
        sys.stderr.write(f"genesis: {area}{line}\n")


def _stopped_early(_number: int, _frame: FrameType | None) -> NoReturn:
    """SIGTERM, SIGINT or SIGHUP before the journal was recovered: nothing was sent, nothing is half written."""
    raise SystemExit(EXIT_OK)


if __name__ == "__main__":
    process.keep_standard_descriptors()
    process.until_it_begins(_stopped_early)
    gc.disable()  # until the imports are done: they leave no garbage, only work for the collector
    code = main(sys.argv[1:])
    process.let_go_of_output()
    raise SystemExit(code)
