"""Every GENESIS-CSNN code in one table, and the exceptions of the engine.

C: 1 exchange, 2 network, 3 database, 4 validation, 5 business, 6 system. S: 5 medium, 7 high, 9 critical.
An exception of this module is what the outside can cause: the shell prints its one line and leaves with its exit code.
What only a programmer can cause is an assertion or a built-in exception, and ends in HALTED.
"""

from __future__ import annotations

ORDER_REJECTED = "GENESIS-1701"
ORDER_NOT_FOUND = "GENESIS-1502"
FOREIGN_ACTIVITY = "GENESIS-1702"
BALANCES_DIFFER = "GENESIS-1703"
VENUE_REFUSED_CREDENTIALS = "GENESIS-1901"
TIMEOUT = "GENESIS-2501"
RATE_LIMITED = "GENESIS-2502"
CIRCUIT_OPEN = "GENESIS-2901"
ADDRESS_FAILED = "GENESIS-2701"
VENUE_OUT = "GENESIS-2905"
CERTIFICATE_HOST = "GENESIS-2902"
CERTIFICATE_EXPIRED = "GENESIS-2903"
CERTIFICATE_UNTRUSTED = "GENESIS-2904"
DATABASE_LOCKED = "GENESIS-3501"
ROLLBACK = "GENESIS-3701"
MIGRATION = "GENESIS-3901"
CHAIN_BROKEN = "GENESIS-3902"
DAMAGED = "GENESIS-3903"
SERVER_BEHIND = "GENESIS-3904"
SUPERSEDED = "GENESIS-3702"
NO_STANDBY = "GENESIS-3703"
INVALID_PARAMETERS = "GENESIS-4501"
RISK_LIMIT = "GENESIS-5701"
TIER_VIOLATION = "GENESIS-5702"
NOT_ACCEPTING = "GENESIS-5501"
HALTED = "GENESIS-5901"
EMERGENCY_BUSY = "GENESIS-5502"
STRATEGY_FAILED = "GENESIS-5703"
TILT = "GENESIS-5903"
CONFIGURATION = "GENESIS-6701"
DATA = "GENESIS-4701"
ILLEGAL_TRANSITION = "GENESIS-6702"
PORT_UNAVAILABLE = "GENESIS-6703"
FEW_DESCRIPTORS = "GENESIS-6704"
COMPONENT_FAILED = "GENESIS-6705"
OUT_OF_MEMORY = "GENESIS-6901"
INTERNAL = "GENESIS-6902"

CODES: dict[str, str] = {
    ORDER_REJECTED: "order rejected by the venue",
    ORDER_NOT_FOUND: "order not found",
    FOREIGN_ACTIVITY: "the venue reports an order or a trade on our account that this engine never made",
    BALANCES_DIFFER: "the venue's balances differ from our accounting",
    VENUE_REFUSED_CREDENTIALS: "the venue refuses the credentials",
    TIMEOUT: "no answer in time",
    RATE_LIMITED: "rate limited by the venue",
    CIRCUIT_OPEN: "circuit breaker open",
    ADDRESS_FAILED: "an address of the venue does not serve, another is used",
    VENUE_OUT: "the venue cannot be reached by any of its addresses",
    CERTIFICATE_HOST: "the venue's certificate is for another host",
    CERTIFICATE_EXPIRED: "the venue's certificate is not valid now",
    CERTIFICATE_UNTRUSTED: "the venue's certificate is of an unknown authority, or cannot be verified",
    DATABASE_LOCKED: "database locked",
    ROLLBACK: "transaction rolled back",
    MIGRATION: "schema unknown, newer, or migration failed",
    CHAIN_BROKEN: "the journal's hash chain is broken",
    DAMAGED: "the database's files are damaged",
    SERVER_BEHIND: "the database server is behind what was acknowledged: an old primary, or an old backup",
    SUPERSEDED: "another engine has taken over",
    NO_STANDBY: "the database has too few synchronous standbys",
    INVALID_PARAMETERS: "invalid parameters",
    DATA: "recorded data missing or wrong",
    NOT_ACCEPTING: "the engine accepts no such order in its present state",
    RISK_LIMIT: "risk limit",
    TIER_VIOLATION: "not allowed in this tier",
    HALTED: "entries are blocked: kill switch, emergency close, flash crash or the ladder of the day's loss",
    EMERGENCY_BUSY: "an emergency close is under way already",
    STRATEGY_FAILED: "a strategy raised, wished nonsense, took too long, or did not end",
    TILT: "tilt intervention",
    CONFIGURATION: "configuration missing or invalid",
    ILLEGAL_TRANSITION: "illegal transition or impossible message",
    PORT_UNAVAILABLE: "control port unavailable",
    FEW_DESCRIPTORS: "the machine allows too few open files",
    COMPONENT_FAILED: "a component failed several times in a row, or is back",
    OUT_OF_MEMORY: "out of memory",
    INTERNAL: "internal failure",
}
"""Code -> what it means, in words for people."""

EXIT_OK = 0
EXIT_COMMAND_LINE = 2
EXIT_CONFIGURATION = 3
EXIT_DATABASE = 4
EXIT_VENUE = 5
EXIT_AUDIT = 6
EXIT_HALTED = 7
EXIT_PORT = 8
EXIT_DATA = 9
EXIT_STRATEGY = 10
EXIT_REMAINS = 11
EXIT_MACHINE = 12
EXIT_SUPERSEDED = 13
EXIT_HURRIED = 143


class GenesisError(Exception):
    """A failure the outside can cause. `message` says what was expected, what came, and what to do.

    Attributes: code (a key of `CODES`), message, exit_code (of the process, if it ends by this).
    """

    default_code = INTERNAL
    exit_code = EXIT_HALTED

    def __init__(self, message: str, code: str | None = None) -> None:
        self.code = code if code is not None else self.default_code
        assert self.code in CODES, self.code
        self.message = message
        super().__init__(f"{self.code}: {message}")


class CommandLineError(GenesisError):
    """An option is unknown, missing or malformed (exit 2)."""

    default_code = INVALID_PARAMETERS
    exit_code = EXIT_COMMAND_LINE


class ConfigError(GenesisError):
    """The configuration is missing or invalid (exit 3); the message names the key."""

    default_code = CONFIGURATION
    exit_code = EXIT_CONFIGURATION


class DatabaseError(GenesisError):
    """The database is locked, of an unknown schema, or its chain is broken (exit 4)."""

    default_code = DATABASE_LOCKED
    exit_code = EXIT_DATABASE


class DamagedDatabase(DatabaseError):
    """What the files of the database say cannot be believed: nothing is written to them, a copy is kept, `way_out` says what helps."""

    default_code = DAMAGED

    def __init__(self, message: str, code: str | None = None, *, way_out: str = "restore a backup (python -m genesis restore)") -> None:
        self.way_out = way_out
        super().__init__(message, code)


class ControlPortError(GenesisError):
    """The control port cannot be opened (exit 8)."""

    default_code = PORT_UNAVAILABLE
    exit_code = EXIT_PORT


class MachineError(GenesisError):
    """The machine gives the process less than it needs (exit 12)."""

    default_code = FEW_DESCRIPTORS
    exit_code = EXIT_MACHINE
