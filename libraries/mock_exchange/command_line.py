"""The command line of the venue."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Literal, NoReturn, get_args

import msgspec

from .core.accounts import HISTORY
from .errors import CommandLineError
from .leniencies import LENIENCIES, checked

MAX_PORT = 65_535
MAX_ADDRESSES = 64
MAX_HISTORY = 10_000_000
Certificate = Literal["valid", "expired", "wrong-host", "unknown-authority"]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """`market` is None (the built-in one), "demo" or a path."""

    port: int
    admin_port: int
    market: str | None
    accounts: Path | None
    ledger: Path | None
    seed: int
    history: int
    recording: Path | None
    limits: Path | None
    lenient: frozenset[str]
    address_ports: list[int]
    tls: Path | None
    certificate: Certificate

    @property
    def market_path(self) -> Path:
        assert self.market is not None
        return Path(self.market)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise CommandLineError(f"{message}; see --help")


def parse(arguments: list[str]) -> Options:
    """Raises CommandLineError. `--help` prints and ends the process with 0."""
    parser = _Parser(
        prog="python -m libraries.mock_exchange",
        description="A Binance Spot venue on 127.0.0.1. Prints one JSON line with its addresses when it is ready; SIGTERM ends it.",
        epilog="exit codes: 0 ended by signal, 2 command line, 3 market, accounts, recording or certificate file, 4 ledger, 5 port",
        allow_abbrev=False,
    )
    parser.add_argument("--port", type=_port, default=0, help="REST, streams and WebSocket API; 0 = chosen by the system")
    parser.add_argument("--admin-port", type=_port, default=0, help="admin API; 0 = chosen by the system")
    parser.add_argument("--market", help="market file (TOML), or 'demo' for a market that moves by itself")
    parser.add_argument("--accounts", type=Path, help="accounts file (TOML)")
    parser.add_argument("--ledger", type=Path, help="ledger file; an existing one is continued")
    parser.add_argument("--seed", type=int, default=0, help="seed of the demo market")
    parser.add_argument(
        "--history", type=_history, default=HISTORY, help="closed orders, fills and so on that memory keeps of each account"
    )
    parser.add_argument("--recording", type=Path, help="directory with exchangeInfo.json, depth-snapshots.jsonl, stream.jsonl")
    parser.add_argument("--limits", type=Path, help="limits file (TOML) instead of the documented limits; the market file's own come first")
    parser.add_argument("--lenient", action="append", default=[], metavar="NAME", help="a leniency (repeatable): " + ", ".join(LENIENCIES))
    parser.add_argument("--addresses", type=_count, help="how many address processes stand in front of the venue, each with its own port")
    parser.add_argument("--address-ports", type=_ports, help="their ports, as 9001,9002; 0 = chosen by the system")
    parser.add_argument(
        "--tls", type=Path, help="directory of server.pem and server.key; an empty one is filled; every public port speaks TLS"
    )
    parser.add_argument(
        "--certificate", choices=get_args(Certificate), default="valid", help="what an empty --tls directory is filled with"
    )
    given = parser.parse_args(arguments)
    try:
        given.lenient = checked(given.lenient, "--lenient")
    except ValueError as error:
        raise CommandLineError(str(error)) from None
    if given.recording is not None and given.market is not None:
        raise CommandLineError("expected --market or --recording, got both; leave one out")
    given.address_ports = _address_ports(given.addresses, given.address_ports)
    del given.addresses
    return Options(**vars(given))


def _address_ports(count: int | None, ports: list[int] | None) -> list[int]:
    """One port an address; 0 where none was given."""
    if ports is None:
        return [0] * (count or 0)
    if count is not None and count != len(ports):
        raise CommandLineError(f"expected as many --address-ports as --addresses ({count}), got {len(ports)}; leave one of them out")
    return ports


def _history(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) <= MAX_HISTORY:
        raise argparse.ArgumentTypeError(f"expected how many of each to keep, from 1 to {MAX_HISTORY}, got {text!r}")
    return int(text)


def _count(text: str) -> int:
    if not text.isdigit() or int(text) > MAX_ADDRESSES:
        raise argparse.ArgumentTypeError(f"expected a number of addresses from 0 to {MAX_ADDRESSES}, got {text!r}")
    return int(text)


def _ports(text: str) -> list[int]:
    ports = [_port(part) for part in text.split(",")]
    if len(ports) > MAX_ADDRESSES or len({port for port in ports if port}) != sum(1 for port in ports if port):
        raise argparse.ArgumentTypeError(f"expected at most {MAX_ADDRESSES} ports, each once, got {text!r}")
    return ports


def _port(text: str) -> int:
    if not text.isdigit() or int(text) > MAX_PORT:
        raise argparse.ArgumentTypeError(f"expected a port from 0 to {MAX_PORT}, got {text!r}")
    return int(text)
