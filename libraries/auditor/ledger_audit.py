"""The audit of a ledger alone: no engine, no database. Double entry, locks, quantities and the lives of orders (docs/auditor.md)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

from libraries.auditor.amounts import ZERO, truncate8
from libraries.auditor.examination import Examination
from libraries.auditor.invariants.money import conserved
from libraries.auditor.order_lives import Life, Lives
from libraries.auditor.witnesses.ledger import LedgerLine, symbol_specs

Results = dict[str, Examination]


def examine_ledger(path: Path, lines: list[LedgerLine]) -> Results:
    """I01, I05, I10 and I11 as far as one ledger tells. Lines that cannot be evaluated violate I11: nothing held that was not seen to."""
    name = path.name
    conservation = Examination()
    _try(conservation, lambda: conserved(conservation, name, lines))
    lives = Lives(name)
    for line in lines:
        if not _try(lives.legal, lambda line=line: lives.follow(line), f"ledger {name} line {line.number}"):  # type: ignore[misc]
            break
    locks = Examination()
    _try(locks, lambda: _locks(locks, name, lines, lives))
    return {"I01": conservation, "I05": locks, "I10": lives.quantities, "I11": lives.legal}


def counts_of_ledger(lines: list[LedgerLine]) -> dict[str, int]:
    kinds: dict[str, int] = defaultdict(int)
    for line in lines:
        kinds[line.kind] += 1
    return {"ledger_lines": len(lines), "requests": kinds["request"], "orders": kinds["order"], "trades": kinds["trade"]}


def _try(found: Examination, examine: Callable[[], None], where: str = "ledger") -> bool:
    try:
        examine()
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
        found.fail("evaluation", "data that can be evaluated", f"{type(error).__name__}: {error}", where)
        return False
    return True


def _locks(found: Examination, name: str, lines: list[LedgerLine], lives: Lives) -> None:
    """I05: what is locked of an account is what its open orders hold; a closed order holds nothing, and a LIMIT order on its own holds its
    price x remaining (BUY) or its remaining quantity (SELL). Objects: orders and balances.
    """
    held: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    specs = symbol_specs(lines)
    for life in lives.orders.values():
        found.look()
        where = f"ledger {name} line {life.line} (order {life.order_id})"
        spec = specs[life.symbol]
        held[life.account, spec.quote if life.side == "BUY" else spec.base] += life.locked
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
