"""Wide fixtures that isolated tests set up again and again, where in process several share one: what that took."""

from __future__ import annotations

from dataclasses import field
from typing import Any

import pytest

from isolated_async_workers.wire.light_dataclass import dataclass

#: Seconds that the further setups of a fixture must have taken to be told, and how many fixtures are.
_DEAR_S = 1.0
_NAMED = 3
_NODES: dict[str, type[pytest.Collector]] = {"class": pytest.Class, "module": pytest.Module, "package": pytest.Package}


@dataclass(slots=True)
class _Setups:
    """Of one fixture: how often, for how many seconds in all, and for what, each once: so often it is in process."""

    count: int = 0
    seconds: float = 0.0
    places: set[str] = field(default_factory=set)

    @property
    def further_s(self) -> float:
        """What those took that there would not be in process."""
        return self.seconds * (1 - len(self.places) / self.count)


class WideFixtures:
    """Those of one run."""

    def __init__(self) -> None:
        self._setups: dict[tuple[str, str], _Setups] = {}

    def note(self, item: pytest.Item, name: str, scope: str, variant: int, seconds: float) -> None:
        """A fixture of this scope was set up for this test."""
        node = item.getparent(_NODES[scope]) if scope in _NODES else None
        self._add(name, scope, _Setups(1, seconds, {f"{node.nodeid if node else ''}[{variant}]"}))

    def to_plain(self) -> list[list[Any]]:
        """The same in types that xdist can send."""
        return [
            [name, scope, each.count, each.seconds, sorted(each.places)] for (name, scope), each in self._setups.items()
        ]

    def add(self, plain: list[list[Any]]) -> None:
        """Add what another host has noted."""
        for name, scope, count, seconds, places in plain:
            self._add(name, scope, _Setups(count, seconds, set(places)))

    def describe(self) -> list[str]:
        """A line for each that is dear, the dearest first."""
        dear = [(key, each) for key, each in self._setups.items() if each.further_s >= _DEAR_S]
        dear.sort(key=lambda pair: -pair[1].further_s)
        return [
            f"{scope} fixture {name!r} was set up {each.count} times, in {each.seconds:.1f} s; in process "
            f"{_times(len(each.places))}. {_advice(scope)}"
            for (name, scope), each in dear[:_NAMED]
        ]

    def _add(self, name: str, scope: str, setups: _Setups) -> None:
        known = self._setups.setdefault((name, scope), _Setups())
        known.count += setups.count
        known.seconds += setups.seconds
        known.places |= setups.places


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def _advice(scope: str) -> str:
    if scope == "session":
        return "Shared (isolated_loop_shared_fixtures), it is set up once"
    return f'With @isolated_loop(scope="{"class" if scope == "class" else "module"}") its tests share a worker'
