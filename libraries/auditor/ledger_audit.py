"""The audit of a ledger alone: no engine, no database. Double entry, locks, quantities and the lives of orders (docs/auditor.md)."""

from __future__ import annotations

import decimal
import hashlib
from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from libraries.auditor import amounts
from libraries.auditor.amounts import ZERO, truncate8
from libraries.auditor.examination import Examination
from libraries.auditor.invariants.money import Conservation
from libraries.auditor.order_lives import Life, Lives
from libraries.auditor.witnesses.ledger import LedgerLine, parse_lines, read_bytes

Results = dict[str, Examination]


def examine_ledger(path: Path, lines: list[LedgerLine]) -> Results:
    """I01, I05, I10 and I11 as far as one ledger tells. Lines that cannot be evaluated violate I11: nothing held that was not seen to."""
    return _Fold(path.name).examine(lines)


class GrowingLedger:
    """A ledger that is audited again and again while it grows: each time only what is new, as long as what was read still stands there."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = _Read(path.name)

    def examine(self, offset: int | None) -> Results:
        """What the lines since the last time show, up to `offset` bytes (None = to the end); I05 is asked of all that stands then.

        A ledger whose earlier bytes are no longer the same is read from its beginning.

        Raises:
            WitnessError: missing, too short, cut inside a line or a command, not JSON, or not a venue's ledger.
        """
        body = read_bytes(self._path, offset)
        if hashlib.sha256(body[: self._read.size]).digest() != self._read.digest:
            self._read = _Read(self._path.name)
        known = self._read
        lines = parse_lines(body[known.size :], self._path, known.lines + 1, timed=False)
        known.size, known.digest = len(body), hashlib.sha256(body).digest()
        known.lines += len(lines)
        with decimal.localcontext(amounts.CONTEXT):
            return known.fold.examine(lines)


def counts_of_ledger(lines: list[LedgerLine]) -> dict[str, int]:
    kinds: dict[str, int] = defaultdict(int)
    for line in lines:
        kinds[line.kind] += 1
    return {"ledger_lines": len(lines), "requests": kinds["request"], "orders": kinds["order"], "trades": kinds["trade"]}


class _Fold:
    """What a ledger's lines so far add up to."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._conservation = Conservation(name)
        self._lives = Lives(name)
        self._stuck: dict[str, str] = {}
        """Invariant -> the line behind which it could not be followed any more."""

    def examine(self, lines: list[LedgerLine]) -> Results:
        """What these lines show, which follow those of the last call."""
        self._conservation.found = Examination()
        self._lives.legal, self._lives.quantities = Examination(), Examination()
        self._follow("I01", self._conservation.found, self._conservation.follow, lines)
        self._follow("I11", self._lives.legal, self._lives.follow, lines)
        locks = Examination()
        _try(locks, lambda: _locks(locks, self._name, self._lives), f"ledger {self._name}")
        return {"I01": self._conservation.found, "I05": locks, "I10": self._lives.quantities, "I11": self._lives.legal}

    def _follow(self, invariant: str, found: Examination, follow: Callable[[LedgerLine], None], lines: list[LedgerLine]) -> None:
        if invariant in self._stuck:
            found.fail("evaluation", "data that can be evaluated", "none since then", self._stuck[invariant])
            return
        for line in lines:
            where = f"ledger {self._name} line {line.number}"
            if not _try(found, lambda line=line: follow(line), where):  # type: ignore[misc]
                self._stuck[invariant] = where
                return


class _Read:
    """How much of a ledger was read (`size` in bytes), and what it adds up to."""

    def __init__(self, name: str) -> None:
        self.fold = _Fold(name)
        self.size = self.lines = 0
        self.digest = hashlib.sha256(b"").digest()


def _try(found: Examination, examine: Callable[[], None], where: str) -> bool:
    try:
        examine()
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        found.fail("evaluation", "data that can be evaluated", f"{type(error).__name__}: {error}", where)
        return False
    return True


def _locks(found: Examination, name: str, lives: Lives) -> None:
    """I05: what is locked of an account is what its open orders hold; a closed order holds nothing, and a LIMIT order on its own holds its
    price x remaining (BUY) or its remaining quantity (SELL). Objects: orders and balances.
    """
    held: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for life in lives.orders.values():
        found.look()
        where = f"ledger {name} line {life.line} (order {life.order_id})"
        base, quote = lives.assets[life.symbol]
        held[life.account, quote if life.side == "BUY" else base] += life.locked
        if not life.open:
            found.equal("locked by a closed order", ZERO, life.locked, where)
        elif life.holds_alone:
            found.equal("locked by an open order", _need(life), life.locked, where)
        else:
            found.require(life.locked >= 0, "locked by an open order", "at least 0", life.locked, where)
    for (account, asset, bucket), balance in sorted(lives.balances.items()):
        if bucket == "locked":
            found.look()
            found.equal(f"locked {asset} of {account} = what its open orders hold", held[account, asset], balance, f"ledger {name}")


def _need(life: Life) -> Decimal:
    return life.remaining if life.side == "SELL" else truncate8(life.price * life.remaining)
