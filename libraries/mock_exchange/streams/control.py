"""Control messages of a market stream connection: SUBSCRIBE and its kin, with the documented replies and errors (1.9). Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import msgspec

from ..core.time_unit import MILLISECOND, TimeUnit

MAX_STREAMS = 1024
"""Streams per connection; the message that would exceed it changes nothing."""

_METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")
_METHOD_TEXT = re.compile(r'"method"\s*:\s*"(?:[^"\\]|\\.)*"')
_ID_TEXT = re.compile(r"[A-Za-z0-9-]{1,36}")
_INT64 = 2**63


class ControlError(Exception):
    """A request that the venue answers with an error. `with_id`: the documentation shows the id in this reply."""

    def __init__(self, code: int, msg: str, with_id: bool = False) -> None:
        super().__init__(msg)
        self.code = code
        self.msg = msg
        self.with_id = with_id


class Session:
    """What one connection is subscribed to (in order, each name once), whether its messages are wrapped, and the unit of its times."""

    def __init__(self, streams: list[str], combined: bool, time_unit: TimeUnit = MILLISECOND) -> None:
        self.streams: dict[str, None] = dict.fromkeys(streams)
        self.combined = combined
        self.time_unit = time_unit


class Outcome(msgspec.Struct, frozen=True):
    """The reply to a control message, and the streams that came and went. `code` is the error's or None."""

    reply: bytes
    method: str
    added: list[str]
    removed: list[str]
    code: int | None = None


def answer(session: Session, text: str) -> Outcome:
    """Handle one inbound text message; changes `session` only when the message is in order."""
    request_id: Any = None
    method = ""
    try:
        document = _parse(text)
        request_id = _request_id(document)
        method, params = _request(document, text)
        before = set(session.streams)
        result = _ACTIONS[method](session, params)
    except ControlError as error:
        body: dict[str, Any] = {"code": error.code, "msg": error.msg}
        if error.with_id:
            body["id"] = request_id
        return Outcome(msgspec.json.encode(body), method, [], [], error.code)
    added = [name for name in session.streams if name not in before]
    removed = [name for name in before if name not in session.streams]
    return Outcome(msgspec.json.encode({"result": result, "id": request_id}), method, added, removed)


def _parse(text: str) -> dict[str, Any]:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise ControlError(3, f"Invalid JSON: expected value at line {error.lineno} column {error.colno}") from None
    except RecursionError:
        raise ControlError(3, f"Invalid JSON: expected value at line 1 column {len(text)}") from None
    if not isinstance(document, dict):
        raise ControlError(2, f"Invalid request: missing field `method` at line 1 column {len(text)}")
    return document


def _request_id(document: dict[str, Any]) -> int | str | None:
    """An int64, an alphanumeric string of at most 36 characters (hyphens too: the official SDK sends UUIDs), or null (also when absent)."""
    value = document.get("id")
    integer = isinstance(value, int) and not isinstance(value, bool) and -_INT64 <= value < _INT64
    if value is None or integer or (isinstance(value, str) and _ID_TEXT.fullmatch(value)):
        return value
    raise ControlError(2, "Invalid request: request ID must be an unsigned integer")


def _request(document: dict[str, Any], text: str) -> tuple[str, list[Any]]:
    if "method" not in document:
        raise ControlError(2, f"Invalid request: missing field `method` at line {text.count(chr(10)) + 1} column {_last_column(text)}")
    method = document["method"]
    if method not in _METHODS:
        shown = method if isinstance(method, str) else json.dumps(method)
        expected = ", ".join(f"`{name}`" for name in _METHODS)
        line, column = _method_end(text)
        raise ControlError(2, f"Invalid request: unknown variant `{shown}`, expected one of {expected} at line {line} column {column}")
    if document.keys() - {"method", "params", "id"}:
        raise ControlError(2, "Invalid request: too many parameters")
    params = document.get("params")
    if params is not None and not isinstance(params, list):
        raise ControlError(2, "Invalid request: params must be an array")
    return method, params or []


def _last_column(text: str) -> int:
    return len(text.rstrip().rpartition("\n")[2])


def _method_end(text: str) -> tuple[int, int]:
    """Line and column where the value of `method` ends, as the venue's parser counts them."""
    found = _METHOD_TEXT.search(text)
    head = text[: found.end()] if found else text.rstrip()
    return head.count("\n") + 1, len(head.rpartition("\n")[2])


def _subscribe(session: Session, params: list[Any]) -> None:
    names = _names(params)
    wanted = session.streams | dict.fromkeys(names)
    if len(wanted) > MAX_STREAMS:
        raise ControlError(2, f"Invalid request: too many streams; at most {MAX_STREAMS} per connection, {len(wanted)} asked for")
    session.streams = wanted


def _unsubscribe(session: Session, params: list[Any]) -> None:
    for name in _names(params):
        session.streams.pop(name, None)


def _list(session: Session, params: list[Any]) -> list[str]:
    if params:
        raise ControlError(2, "Invalid request: too many parameters")
    return list(session.streams)


def _set_property(session: Session, params: list[Any]) -> None:
    _property(params, expected=2)
    value = params[1] if len(params) == 2 else None
    if not isinstance(value, bool):
        raise ControlError(1, "Invalid value type: expected Boolean")
    session.combined = value


def _get_property(session: Session, params: list[Any]) -> bool:
    _property(params, expected=1)
    return session.combined


def _names(params: list[Any]) -> list[str]:
    if not params:
        raise ControlError(2, "Invalid request: missing field `params`")
    for name in params:
        if not isinstance(name, str):
            raise ControlError(2, "Invalid request: stream name must be a string")
    return params


def _property(params: list[Any], expected: int) -> None:
    if len(params) > expected:
        raise ControlError(2, "Invalid request: too many parameters")
    if not params or not isinstance(params[0], str):
        raise ControlError(2, "Invalid request: property name must be a string")
    if params[0] != "combined":
        raise ControlError(0, "Unknown property", with_id=True)


_ACTIONS: dict[str, Callable[[Session, list[Any]], Any]] = {
    "SUBSCRIBE": _subscribe,
    "UNSUBSCRIBE": _unsubscribe,
    "LIST_SUBSCRIPTIONS": _list,
    "SET_PROPERTY": _set_property,
    "GET_PROPERTY": _get_property,
}
