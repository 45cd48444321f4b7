"""Strict reading of one TOML table or JSON object: every key is known, typed and bounded, or a sentence says what is wrong."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from genesis.core import money
from genesis.core.secret import Secret

SECRET: Final = re.compile(r"[!-~]{1,512}")
_VARIABLE: Final = re.compile(r"[A-Z_][A-Z0-9_]{0,63}")
_SHOWN: Final = 60
_KIND: Final = {bool: "boolean", int: "integer", float: "float", str: "text", list: "list", dict: "table"}
HUGE: Final = Decimal(10) ** 15


def shown(value: Any) -> str:
    """A value as a message may show it: short, on one line, with its type."""
    text = repr(value)
    return f"{text if len(text) <= _SHOWN else text[:_SHOWN] + '...'} ({_KIND.get(type(value), type(value).__name__)})"


class Table:
    """One table. Readers return a value to go on with even when it is wrong: `errors` has the sentence then."""

    def __init__(self, values: Any, path: str, errors: list[str]) -> None:
        self.path = path
        self.errors = errors
        self._known: list[str] = []
        self._values: Mapping[str, Any] = values if isinstance(values, dict) else {}
        if not isinstance(values, dict):
            self.errors.append(f"{path}: expected a table, got {shown(values)}")

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def name(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key

    def wrong(self, key: str, expected: str, got: str) -> None:
        self.errors.append(f"{self.name(key)}: expected {expected}, got {got}")

    def raw(self, key: str) -> Any:
        """The value as it stands, None when absent."""
        self._known.append(key)
        return self._values.get(key)

    def ignore(self, *keys: str) -> None:
        """These keys may be there; somebody else reads them."""
        self._known += keys

    def table(self, key: str) -> Table:
        """A table inside this one; absent = empty."""
        value = self.raw(key)
        return Table({} if value is None else value, self.name(key), self.errors)

    def text(self, key: str, pattern: re.Pattern[str], expected: str, default: str | None = None) -> str:
        """A text that matches `pattern` wholly; required when there is no default."""
        value = self.raw(key)
        if value is None and default is not None:
            return default
        if value is None:
            self.wrong(key, expected, "nothing; add the key")
        elif not isinstance(value, str) or not pattern.fullmatch(value):
            self.wrong(key, expected, shown(value))
        else:
            return value
        return default or ""

    def secret(self, key: str, environment: Mapping[str, str], example: str) -> Secret:
        """The secret in the environment variable that `key` names, such as `example`; its text is never part of a message."""
        variable = self.text(key, _VARIABLE, f'the name of an environment variable such as "{example}"')
        value = environment.get(variable, "")
        if variable and not SECRET.fullmatch(value):
            what = "one with blanks, line ends or other characters" if value else "nothing; set it"
            self.wrong(key, f"a secret in the environment variable {variable}", what)
        return Secret(value)

    def texts(self, key: str, pattern: re.Pattern[str], expected: str) -> tuple[str, ...]:
        """A list of at least one text, each once."""
        value = self.raw(key)
        if not isinstance(value, list) or not value:
            self.wrong(key, f"a list of at least one {expected}", "nothing; add the key" if value is None else shown(value))
            return ()
        for index, item in enumerate(value):
            if not isinstance(item, str) or not pattern.fullmatch(item):
                self.wrong(f"{key}[{index}]", expected, shown(item))
            elif item in value[:index]:
                self.wrong(f"{key}[{index}]", "each entry once", f"{item!r} again; remove it")
        return tuple(item for item in value if isinstance(item, str))

    def amount(self, key: str, default: Decimal, *, low: Decimal, high: Decimal = HUGE, above: bool = False) -> Decimal:
        """A decimal text in `low`..`high`; with `above` it must be greater than `low`. Absent = `default`."""
        value = self.raw(key)
        return default if value is None else self._amount(key, value, default, low, high, above=above)

    def needed_amount(self, key: str, example: Decimal, *, low: Decimal, high: Decimal = HUGE, above: bool = False) -> Decimal:
        """Like `amount`, but it must be there; `example` is shown in messages."""
        value = self.raw(key)
        return self._amount(key, value, example, low, high, above=above)

    def _amount(self, key: str, value: Any, example: Decimal, low: Decimal, high: Decimal, *, above: bool) -> Decimal:
        try:
            amount = money.parse(value) if isinstance(value, str) else None
        except ValueError:
            amount = None
        if amount is None or not low <= amount <= high or (above and amount == low) or value.startswith("-"):
            span = f"{'above' if above else 'from'} {money.text(low)} to {money.text(high)}"
            expected = f'a decimal text {span} such as "{money.text(example)}"'
            self.wrong(key, expected, "nothing; add the key" if value is None else shown(value))
            return example
        return amount

    def integer(self, key: str, default: int, *, low: int, high: int) -> int:
        value = self.raw(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            self.wrong(key, f"an integer from {low} to {high} such as {default}", shown(value))
            return default
        return value

    def boolean(self, key: str, default: bool) -> bool:
        value = self.raw(key)
        if value is None:
            return default
        if not isinstance(value, bool):
            self.wrong(key, "true or false", shown(value))
            return default
        return value

    def close(self) -> None:
        """Every key that nobody asked for is a mistake: a typing error must not silently keep a default."""
        for key in self._values:
            if key not in self._known:
                near = difflib.get_close_matches(key, self._known, n=1)
                hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(sorted(self._known))}"
                self.errors.append(f"{self.name(key)[:_SHOWN]}: expected a known key, got this one; {hint}")
