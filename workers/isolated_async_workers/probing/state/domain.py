"""One kind of state that tests share: a mapping of keys to values, wherever these really are."""

from __future__ import annotations

import ast
from collections.abc import Callable, MutableMapping
from types import MethodType
from typing import Any

from .text import short


class _Missing:
    def __repr__(self) -> str:
        return "nothing"


#: In the place of a value that is not there.
MISSING = _Missing()
#: Values of these are the same if they are equal; nothing of a test's runs to find that out.
_PLAIN = frozenset((bool, int, float, complex, str, bytes, type(None)))


def same(before: object, now: object) -> bool:
    """Nothing of a test's is called: what is no plain value is the same if it is the same object."""
    if before is now:
        return True
    kind = type(before)
    if kind is not type(now):
        return False
    if kind in _PLAIN:
        return before == now
    if kind is tuple:
        first: Any = before
        second: Any = now
        return len(first) == len(second) and all(map(same, first, second))
    if kind is MethodType:
        method: Any = before
        other: Any = now
        return method.__func__ is other.__func__ and method.__self__ is other.__self__
    return False


class Domain:
    """The state of one kind in one place; of a mapping, if nothing else is said.

    Attributes:
        kind: of state, as the diagnosis knows it.
        is_own: it is part of the suite's own code.
        can_be_put_back: what has changed can be undone.
    """

    can_be_put_back = True

    def __init__(self, kind: str, label: str, mapping: MutableMapping[Any, Any], *, is_own: bool = False) -> None:
        self.kind = kind
        self.label = label
        self.is_own = is_own
        self._mapping = mapping

    def content(self) -> dict[Any, Any]:
        """Everything, now."""
        return dict(self._mapping)

    def read(self, key: Any) -> object:
        """One value, now: this is asked after each line."""
        return self._mapping.get(key, MISSING)

    def put(self, key: Any, value: object) -> None:
        """Put back what was there; may raise anything."""
        if value is MISSING:
            self._mapping.pop(key, None)
        else:
            self._mapping[key] = value

    def name(self, key: Any) -> str:
        """Of a piece: the same in each process that has collected the same."""
        return f"{self.label}[{short(key)}]"

    def key_of(self, piece: str) -> object:
        """The key that has this name, also if nothing is there now; MISSING if it is none of this domain's."""
        if piece.startswith(f"{self.label}[") and piece.endswith("]"):
            try:
                return ast.literal_eval(piece[len(self.label) + 1 : -1])
            except (ValueError, SyntaxError, MemoryError):
                pass
        return next((key for key in self.content() if self.name(key) == piece), MISSING)

    def tell(self, key: Any, before: object, now: object) -> str:
        """What has become of a piece."""
        if now is MISSING:
            return f"{self.name(key)} is gone; it was {short(before)}"
        if before is MISSING:
            return f"{self.name(key)} is {short(now)}; there was none"
        return f"{self.name(key)} is {short(now)}; it was {short(before)}"

    def place(self, key: Any, now: object) -> str:
        """Where it was made, if that is known."""
        return ""


class Setting(Domain):
    """A single piece."""

    def __init__(
        self, kind: str, name: str, get: Callable[[], object], put: Callable[[Any], object], told: str = ""
    ) -> None:
        super().__init__(kind, name, {})
        self._get = get
        self._put = put
        self._told = told or name

    def content(self) -> dict[Any, Any]:
        return {"": self.read("")}

    def read(self, key: Any) -> object:
        try:
            return self._get()
        except Exception:  # noqa: BLE001 - a directory that is gone, a patched function
            return MISSING

    def put(self, key: Any, value: object) -> None:
        if value is not MISSING:
            self._put(value)

    def name(self, key: Any) -> str:
        return self.label

    def key_of(self, piece: str) -> object:
        return "" if piece == self.label else MISSING

    def tell(self, key: Any, before: object, now: object) -> str:
        if isinstance(before, tuple) and isinstance(now, tuple):
            return f"{self._told}: {told_elements(before, now)}"
        return f"{self._told} is {short(now)}; it was {short(before)}"


def told_elements(before: tuple[Any, ...], now: tuple[Any, ...]) -> str:
    """What has come, and what has gone."""
    known, left = [id(each) for each in before], [id(each) for each in now]
    came = [each for each in now if id(each) not in known and not any(same(each, other) for other in before)]
    went = [each for each in before if id(each) not in left and not any(same(each, other) for other in now)]
    parts = [
        f"{word} {', '.join(short(each) for each in some[:3])}{', ...' if len(some) > 3 else ''}"
        for word, some in (("has also", came), ("lacks", went))
        if some
    ]
    return " and ".join(parts) or f"has {len(now)} elements in another order or number; it had {len(before)}"
