"""I01 conservation at the venue, I02 reconciliation, I03 own accounting, I05 what is locked."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal

from libraries.auditor.amounts import NOT_AN_AMOUNT, ZERO, amount, truncate8
from libraries.auditor.average_cost import asset_changes
from libraries.auditor.examination import Examination
from libraries.auditor.witnesses.ledger import KINDS, AccountView, LedgerLine, SymbolSpec, VenueOrder, symbol_specs
from libraries.auditor.witnesses.rows import OrderRow
from libraries.auditor.world import Venue, World

EXTERNAL = "external"
FEES = "fees"


@dataclass
class _Sums:
    """Running sums over the prefix of a ledger."""

    accounts: dict[tuple[str, str, str], Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    held: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))  # all accounts but the outside
    deposited: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))


def conservation(world: World) -> Examination:
    """I01: at every prefix of each ledger, what all accounts and the fee account hold = deposits - withdrawals, per asset.

    Also: entries are numbered without a gap, each balances to zero, no account but the outside is negative, and each
    trade moves exactly price x quantity (cut to 8 places) and the published fees. Objects: entries that move money.
    """
    found = Examination()
    for venue in world.venues.values():
        ledger = Conservation(venue.name)
        ledger.found = found
        for line in venue.lines:
            ledger.follow(line)
    return found


class Conservation:
    """I01 of one ledger, line by line from its first one on."""

    def __init__(self, name: str) -> None:
        self.found = Examination()
        self._name = name
        self._sums = _Sums()
        self._specs: dict[str, SymbolSpec] = {}
        self._rates: dict[str, Decimal] = {}
        self._lines = 0

    def follow(self, line: LedgerLine) -> None:
        where = f"ledger {self._name} line {line.number}"
        self._lines += 1
        self._rates = self._rates or _fee_rates(line)
        self._specs.update(symbol_specs([line]))
        self.found.equal("ledger sequence", self._lines, line.seq, where)
        self.found.require(line.kind in KINDS, "kind of a line", "one of the ledger", line.kind, where)
        if line.data.get("postings"):
            self.found.look()
            _post(self.found, self._sums, line, where)
        if line.kind == "trade":
            _trade(self.found, line, self._specs[line.data["symbol"]], self._rates, where)


def _post(found: Examination, sums: _Sums, line: LedgerLine, where: str) -> None:
    entry: dict[str, Decimal] = defaultdict(lambda: ZERO)
    if line.kind == "transfer":
        sums.deposited[line.data["asset"]] += amount(line.data["amount"])
        moved = [posting for posting in line.postings if posting.account == line.data["account"]]
        found.equal("posting of the account of a transfer", amount(line.data["amount"]), sum((one.amount for one in moved), ZERO), where)
    for posting in line.postings:
        key = (posting.account, posting.asset, posting.bucket)
        found.require(posting.bucket in ("free", "locked"), "bucket of a posting", "free or locked", posting.bucket, where)
        sums.accounts[key] += posting.amount
        entry[posting.asset] += posting.amount
        if posting.account != EXTERNAL:
            sums.held[posting.asset] += posting.amount
    for posting in line.postings:
        balance = sums.accounts[(posting.account, posting.asset, posting.bucket)]
        if posting.account != EXTERNAL and not balance >= 0:
            found.fail(f"{posting.bucket} {posting.asset} of {posting.account}", "at least 0", str(balance), where)
    for asset, total in entry.items():
        found.equal(f"sum of the entry's postings in {asset}", ZERO, total, where)
        found.equal(f"{asset} held by all accounts and fees", sums.deposited[asset], sums.held[asset], where)


def _fee_rates(venue_line: LedgerLine) -> dict[str, Decimal]:
    return {role: amount(venue_line.data.get(role)) for role in ("maker", "taker")}


def _trade(found: Examination, line: LedgerLine, spec: SymbolSpec, rates: dict[str, Decimal], where: str) -> None:
    """A trade's quote, fees and postings follow from price, quantity and who bought."""
    data = line.data
    found.require(data["taker_side"] in ("BUY", "SELL"), "side of the taker", "BUY or SELL", data["taker_side"], where)
    quantity, quote = amount(data["quantity"]), amount(data["quote_quantity"])
    found.equal("quote of the trade", truncate8(amount(data["price"]) * quantity), quote, where)
    expected: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for role in ("maker", "taker"):
        side = data[role]
        buys = (data["taker_side"] == "BUY") == (role == "taker")
        received, received_asset = (quantity, spec.base) if buys else (quote, spec.quote)
        paid, paid_asset = (quote, spec.quote) if buys else (quantity, spec.base)
        fee = amount(side["fee"])
        found.equal(f"fee of the {role}", truncate8(received * rates[role]), fee, where)
        found.equal(f"fee asset of the {role}", received_asset, side["fee_asset"], where)
        expected[(side["account"], received_asset)] += received - fee
        expected[(side["account"], paid_asset)] -= paid
        expected[(FEES, side["fee_asset"])] += fee
    moved: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for posting in line.postings:
        moved[(posting.account, posting.asset)] += posting.amount
    for key in sorted(expected.keys() | moved.keys()):
        found.equal(f"{key[1]} that the trade gives {key[0]}", expected[key], moved[key], where)


def reconciliation(world: World) -> Examination:
    """I02: total, free and locked of every asset of the engine = those of its account at the venue, exactly.

    Asked of a quiet or cleanly stopped engine only, and of venues whose balances it ever took over. Objects: assets.
    """
    found = Examination()
    if not world.agreed:
        return found
    rows = {(row.venue, row.asset): row for row in world.store.balances}
    for venue in world.venues.values():
        view = venue.seen
        ours = {asset for name, asset in rows if name == venue.name}
        if not ours and not any(event.data.get("venue") == venue.name for event in world.journal.by_kind["BalanceOpened"]):
            continue
        theirs = {asset for bucket in (view.free, view.locked) for asset, held in bucket.items() if held}
        for asset in sorted(ours | theirs):
            found.look()
            where = f"balances {venue.name} {asset}; ledger account {view.account}"
            row = rows.get((venue.name, asset))
            free, locked = view.free[asset], view.locked[asset]
            if row is None:
                found.fail(f"balance of {asset}", f"a row with total {free + locked}", "no row", where)
                continue
            found.equal(f"total {asset}", free + locked, row.total, where)
            found.equal(f"free {asset}", free, row.free, where)
            found.equal(f"locked {asset}", locked, row.locked, where)
    return found


def own_accounting(world: World) -> Examination:
    """I03: opening + signed fills - fees + transfers = total, out of the engine's own rows and BalanceTransferred facts.

    Objects: balances.
    """
    found = Examination()
    changes: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for fill in world.store.fills:
        assets = world.folded.assets.get((fill.venue, fill.symbol))
        if assets is None:
            found.fail(
                f"rules of {fill.symbol}", "a RulesLoaded fact that names base and quote", "none", f"fills {fill.venue} {fill.trade_id}"
            )
            continue
        for asset, change in asset_changes(fill, *assets):
            changes[(fill.venue, asset)] += change
    for event in world.journal.by_kind["BalanceTransferred"]:
        changes[(event.data.get("venue", ""), event.data.get("asset", ""))] += amount(event.data.get("amount"))
    rows = {(row.venue, row.asset): row for row in world.store.balances}
    for key in sorted(rows.keys() | {key for key, change in changes.items() if change}):
        found.look()
        where = f"balances {key[0]} {key[1]}"
        if key not in rows:
            found.fail(f"balance of {key[1]}", f"a row that carries {changes[key]}", "no row", where)
            continue
        row = rows[key]
        found.equal(f"total {key[1]} = opening + fills - fees + transfers", row.opening + changes[key], row.total, where)
    return found


def locked_funds(world: World) -> Examination:
    """I05: locked = what open orders still need: BUY price x remaining cut to 8 places, SELL remaining. None open = 0.

    At the venue per asset of the account; in the engine per balance, per order (`reserved`), and free = total - locked.
    An order that is held back (a stop is in its way) reserves nothing. A MARKET BUY reserves an estimate until it is terminal, so only
    its sign is checked; at the venue, an order of a list and one that
    waits without a price hold what their lines locked. Objects: balances and orders.
    """
    found = Examination()
    for venue in world.venues.values():
        _locked_at_venue(found, venue)
    reserved: dict[tuple[str, str], Decimal] = defaultdict(lambda: ZERO)
    for order in world.store.orders:
        found.look()
        reserved[(order.venue, order.reserved_asset)] += order.reserved
        _reservation(found, world, order)
    for row in world.store.balances:
        found.look()
        where = f"balances {row.venue} {row.asset}"
        found.equal(f"locked {row.asset} = sum of the orders' reservations", reserved[(row.venue, row.asset)], row.locked, where)
        found.equal(f"free {row.asset} = total - locked", row.total - row.locked, row.free, where)
    return found


def _locked_at_venue(found: Examination, venue: Venue) -> None:
    view = venue.whole
    needed: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for order in view.every_order:
        if order.open:
            asset, need = _need(view, order)
            needed[asset] += need
    for asset in sorted(needed.keys() | view.locked.keys()):
        found.look()
        where = f"ledger {venue.name} account {view.account}"
        found.equal(f"locked {asset} at the venue = what its open orders need", needed[asset], view.locked[asset], where)


def _need(view: AccountView, order: VenueOrder) -> tuple[str, Decimal]:
    spec = view.symbols[order.symbol]
    if order.listed or (order.conditional and order.side == "BUY" and order.price is None):
        return spec.base if order.side == "SELL" else spec.quote, order.locked
    remaining = NOT_AN_AMOUNT if order.quantity is None else order.quantity - order.executed - order.prevented
    if order.side == "SELL":
        return spec.base, remaining
    return spec.quote, NOT_AN_AMOUNT if order.price is None else truncate8(order.price * remaining)


def _reservation(found: Examination, world: World, order: OrderRow) -> None:
    where = f"orders {order.client_order_id}"
    if order.terminal:
        found.equal("reservation of a terminal order", ZERO, order.reserved, where)
        return
    remaining = order.quantity - order.executed
    assets = world.folded.assets.get((order.venue, order.symbol), ("", ""))
    found.equal("reserved asset", assets[0] if order.side == "SELL" else assets[1], order.reserved_asset, where)
    if order.pending == "HOLD":
        found.equal("reservation of an order that is held back", ZERO, order.reserved, where)
    elif order.side == "SELL":
        found.equal("reservation of a SELL = remaining", remaining, order.reserved, where)
    elif order.price is not None:
        found.equal("reservation of a BUY = price x remaining", truncate8(order.price * remaining), order.reserved, where)
    else:
        found.require(order.reserved >= 0, "reservation of a MARKET BUY", "at least 0", order.reserved, where)
