"""A text that must not be seen: keys, tokens. Only `reveal()` gives it back (I35)."""

from __future__ import annotations

from typing import NoReturn

_MASK = "***"


class Secret:
    """Holds a secret text; `repr`, `str`, `format` show `***`, and it refuses to be pickled or copied into JSON."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself: for the one call that needs it, never for a message, a log or a store."""
        return self._text

    def __repr__(self) -> str:
        return _MASK

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(_MASK, spec)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._text == self._text

    def __hash__(self) -> int:
        return hash((Secret, self._text))

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret is never serialised")
