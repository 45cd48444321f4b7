"""Secrets never reach a message, a log or a report: one `redact()`, used at the source and by the listener.

Two nets: values registered while the world hands them out (tokens, keys), and shapes that carry a secret in any client's output.
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import Any
from urllib.parse import quote

from libraries.common.canary import is_canary

REDACTED = "***"
_SHORTEST = 8  # shorter values would blank harmless text

_values: set[str] = set()
_secrets: set[str] = set()  # the values in all their forms
_longest_first: list[str] = []  # looked for one by one: a pattern of them all would be made anew with every account of every test

_NAMES = (
    "(?:authorization|proxy-authorization|x-mbx-apikey|x-api-key|api[-_]?key|api[-_]?secret|secret[-_]?key"
    "|admin[-_]?token|access[-_]?token|listenkey|password|token|secret|signature)"
)
_SHAPES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)\b(bearer|basic)\s+(?!\*\*\*)[A-Za-z0-9._~+/=-]{6,}"), rf"\1 {REDACTED}"),
    # "name": "value", 'name': b'value', name='value'
    (re.compile(rf"(?i)(['\"]?\b{_NAMES}['\"]?\s*[:=]\s*b?(['\"]))(?!\*\*\*|bearer )(?:(?!\2).)+(\2)"), rf"\1{REDACTED}\3"),
    # signature=..., apiKey=... in a query or a body
    (re.compile(rf"(?i)((?:^|[?&\s;,{{(]){_NAMES}=)(?![\"'*\s]|b['\"])[^\s&\"',;)}}]+"), rf"\1{REDACTED}"),
    # a header line
    (re.compile(r"(?im)^(\s*(?:authorization|x-mbx-apikey|x-api-key)\s*:\s*)(?!\*\*\*|bearer )\S.*$"), rf"\1{REDACTED}"),
)


def register_secret(value: str) -> str:
    """From now on `value` (and its URL and base64 forms) is blanked in everything that is raised, logged or reported. Returns it."""
    forms = {value, quote(value, safe=""), b64encode(value.encode()).decode()}
    if len(value) >= _SHORTEST and not forms <= _secrets:
        _values.add(value)
        _secrets.update(forms)
        _longest_first[:] = sorted(_secrets, key=len, reverse=True)
    return value


def register_told(answer: Any) -> Any:
    """A key of a stream that a venue has told (`listenKey`) is a secret from now on, wherever it stands alone. Returns the answer."""
    if isinstance(answer, dict) and isinstance(answer.get("listenKey"), str):
        register_secret(answer["listenKey"])
    return answer


def canaries() -> int:
    """How many registered secrets would be found if they leaked."""
    return sum(is_canary(secret) for secret in _values)


def redact(text: str) -> str:
    """`text` without any registered secret and without any value that stands where a secret stands."""
    for secret in _longest_first:
        if secret in text:
            text = text.replace(secret, REDACTED)
    for pattern, replacement in _SHAPES:
        text = pattern.sub(replacement, text)
    return text


def refuse_literal_secret(argument: str, value: Any) -> str:
    """The text of a `Secret`; a plain value is refused, since plain arguments land in output.xml.

    Raises:
        ValueError: `value` is not a `robot.api.types.Secret`.
    """
    from robot.api.types import Secret  # noqa: PLC0415 - child processes and pytest need no Robot Framework

    if isinstance(value, Secret):
        return register_secret(str(value.value))
    raise ValueError(
        f"argument '{argument}' must be a Secret, got a literal {type(value).__name__}; "
        "write  VAR    ${key: Secret}    %{MY_KEY}  and pass ${key}, so that the value never reaches output.xml"
    )
