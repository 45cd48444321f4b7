"""Moments of a test's timeline out of its witnesses: keywords' history, engine's journal, exchange's ledger. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from libraries.evidence.pictures.timeline import ENGINE, TEST, VENUE, Moment, short

Row = Mapping[str, Any]

_SILENT_FACTS = frozenset(
    {"LimitsChanged", "RulesLoaded", "BalanceOpened", "TierAssigned", "DayBegan", "TiltMeasured", "TargetAdjusted", "AlertDelivered"}
)
"""Every start has them, or every signal; the table of facts below the picture shows them."""
_GRAVE_FACTS = frozenset({"RiskDenied", "ErrorRecorded", "HaltBegan", "MarketDataRejected", "StrategyErred", "ConflictLost", "TiltAnomaly"})
_UNWELL = frozenset({"DOWN", "DEGRADED", "CRITICAL", "FAILED"})
_GRAVE_STATES = frozenset({"REJECTED", "FAILED", "NOT_SENT", "EXPIRED"})
_OF_THE_AUDIT = frozenset({"quiesce"})
_UNSAID = frozenset({"alert_id", "config_digest", "digest", "answer"})
"""Numbers that no reader compares, and what is told elsewhere."""
_LONGEST_VALUE = 70
_MOST_VALUES = 7
_FRAME = frozenset({"op", "id", "action", "mono_ns"})
_STAMPS = frozenset({"timestamp", "recvWindow"})
_OUTCOMES = {"ok": "acknowledged", "fail": "refused", "info": "outcome not known"}


def of_history(records: Iterable[Row]) -> Iterator[Moment]:
    """What the keywords asked and did; a refusal is grave."""
    asked: set[str] = set()
    for record in records:
        op, action = record["op"], str(record["action"])
        if action in _OF_THE_AUDIT:
            continue
        if op == "invoke":
            asked.add(record["id"])
        outcome = f"{_OUTCOMES[op]}: " if op in _OUTCOMES and record["id"] in asked else ""
        said = _book(record) if action == "book" else _values(record, [key for key in record if key not in _FRAME])
        yield Moment(int(record["mono_ns"]), TEST, f"{outcome}{action} {said}".rstrip(), grave=op == "fail")


def of_facts(facts: Iterable[Row]) -> Iterator[Moment]:
    """What the engine decided, as its journal holds it: rows with `seq`, `mono_ns`, `kind` and the decoded `payload`."""
    for fact in facts:
        kind, payload = str(fact["kind"]), fact["payload"]
        if kind in _SILENT_FACTS or (kind == "OperatorActed" and payload.get("action") == "QUIESCE"):
            continue
        order, state = _order_of(kind, payload)
        grave = kind in _GRAVE_FACTS or state in _GRAVE_STATES or payload.get("state") in _UNWELL
        yield Moment(int(fact["mono_ns"]), ENGINE, f"{kind} {_said(kind, payload)}  [event {fact['seq']}]", order, state, grave)


def of_requests(requests: Iterable[Row]) -> Iterator[Moment]:
    """What an exchange was asked, where no engine's ledger lines tell it: an error is grave."""
    for request in requests:
        asked = " ".join(f"{name}={value}" for name, value in request["params"].items() if name not in _STAMPS)
        code = "" if request["code"] is None else f" {request['code']}"
        text = f"{request['method']} {request['path']} {asked}: {request['status']}{code}  [request {request['seq']}]"
        yield Moment(int(request["mono_ns"]), VENUE, text, grave=not 200 <= request["status"] < 300)


def of_ledger(lines: Iterable[Row], accounts: Collection[str]) -> Iterator[Moment]:
    """What the exchange accepted, traded and ended for accounts, and faults that were injected."""
    for line in lines:
        said = ledger_text(line, accounts)
        if said:
            refused = line["type"] == "request" and line.get("outcome") != "accepted"
            yield Moment(int(line["mono"]), VENUE, f"{said}  [ledger {line['seq']}]", grave=line["type"] == "fault" or refused)


def concerns(line: Row, accounts: Collection[str]) -> bool:
    """Whether a line of the ledger is about one of these accounts."""
    if line["type"] == "trade":
        return line["maker"]["account"] in accounts or line["taker"]["account"] in accounts
    return line.get("account") in accounts


def ledger_text(line: Row, accounts: Collection[str]) -> str:
    """A line of the ledger as one short text, seen by the owner of these accounts; empty if it is about none of them."""
    if line["type"] == "fault":
        return _fault(line)
    if not concerns(line, accounts) or line["type"] in ("order", "account"):  # a request's line says the same
        return ""
    if line["type"] == "trade":
        return _trade(line, accounts)
    return _WORDS.get(line["type"], _other)(line)


def _other(line: Row) -> str:
    return f"{line['type']} {_name(line)}"


def _fault(line: Row) -> str:
    hit = " ".join(str(line[name]) for name in ("api", "stream", "event", "client_order_id") if line.get(name))
    return f"fault {line['rule']} (hit {line['number']}) at {line['point']}: {', '.join(map(str, line['actions']))} {hit}"


def _request(line: Row) -> str:
    end = "accepted" if line["outcome"] == "accepted" else f"{line['outcome']} {line['code']} {line['msg']}"
    return f"{line['action']} {_name(line)} {_terms(line)}: {end}".replace("  ", " ")


def _closed(line: Row) -> str:
    why = f" ({line['reason']})" if line.get("reason") else ""
    return f"order {_name(line)} {line['status']}{why}, executed {line['executed']}"


def _transfer(line: Row) -> str:
    return f"transfer {line['amount']} {line['asset']}"


_WORDS: Mapping[str, Callable[[Row], str]] = {"request": _request, "closed": _closed, "transfer": _transfer}


def _trade(line: Row, accounts: Collection[str]) -> str:
    role = "maker" if line["maker"]["account"] in accounts else "taker"
    own = line[role]
    terms = f"{line['quantity']} x {line['price']}, {role}, fee {own['fee']} {own['fee_asset']}"
    return f"trade {line['trade_id']} of {_name(own)}: {terms}"


def _name(row: Row) -> str:
    return short(str(row["client_order_id"])) if row.get("client_order_id") else ""


def _terms(row: Row) -> str:
    """What an order asks for."""
    price = f"@ {row['price']}" if row.get("price") else ""
    force = "" if row.get("time_in_force") == "GTC" else row.get("time_in_force")
    parts = (row.get("side"), row.get("quantity"), row.get("symbol"), price, row.get("order_type"), force)
    return " ".join(str(part) for part in parts if part)


def _order_of(kind: str, payload: Row) -> tuple[str, str]:
    """(client order id, state from here on); empty where a fact changes no order's state."""
    if kind == "OrderIntended":
        return str(payload["order"]["client_order_id"]), "PENDING"
    if kind == "OrderChanged":
        unknown = payload.get("knowledge") == "UNKNOWN"
        return str(payload["client_order_id"]), "UNKNOWN" if unknown else str(payload["after"])
    return "", ""


def _said(kind: str, payload: Row) -> str:
    """The payload in a few words; of a kind without words of its own its first plain values."""
    if kind == "OrderIntended":
        order = payload["order"]
        return f"{short(order['client_order_id'])} {_terms(order)}"
    if kind == "OrderChanged":
        knowledge = "" if payload["knowledge"] == "KNOWN" else f" {payload['knowledge']}"
        why = f": {payload['reason']}" if payload["reason"] else ""
        states = f"{payload['before']} -> {payload['after']}{knowledge}"
        return f"{_name(payload)} {states}, executed {payload['executed']} ({payload['source']}){why}"
    if kind == "OrderFilled":
        fill = payload["fill"]
        return f"{_name(fill)} {fill['quantity']} x {fill['price']}, fee {fill['fee']} {fill['fee_asset']}, trade {fill['trade_id']}"
    if kind == "SignalReceived":
        signal = payload["signal"]
        return f"{signal['signal_id']} {_terms(signal)}"
    if kind == "AlertRaised":
        return f"{payload['severity']}: {payload['text']}"
    inner = next((value for value in payload.values() if isinstance(value, dict)), {})
    payload = {**inner, **payload}
    return _values(payload, [key for key in payload if not key.endswith("_ms")])


def _values(row: Row, keys: Iterable[str]) -> str:
    """The first values of these keys, each cut; lists and the answers of others are too long for a line."""
    said = ((key, str(row[key])) for key in keys if key not in _UNSAID and row[key] not in (None, "") and not isinstance(row[key], list))
    cut = (f"{key}={value if len(value) <= _LONGEST_VALUE else value[:_LONGEST_VALUE] + '…'}" for key, value in said)
    return " ".join(islice(cut, _MOST_VALUES))


def _book(record: Row) -> str:
    best = [record[side][0][0] if record.get(side) else "empty" for side in ("bids", "asks")]
    return f"{record['symbol']} {' / '.join(best)}"
