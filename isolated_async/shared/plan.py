"""Which shared fixtures this session has, and which questions for one are questions for the same value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest

from isolated_async_workers.wire.light_dataclass import dataclass
from isolated_async_workers.wire.messages import ProtocolError
from isolated_async_workers.wire.shared_definitions import SharedDefinition, SharedDefinitions

from ..choice.start import DEFAULT_START, StartName
from ..pytest_private import definitions_of_item, parameters_of
from .collection import needed

#: Parameters of these types are told apart by what they are; others by where they are written.
_PLAIN = (str, bytes, int, float, bool, type(None))


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a test has asked for.

    Attributes:
        key: of the value; two tests that ask for fixtures of one key get the same.
        item: the test.
        occurrence: which one of those with its node id.
    """

    key: str
    definition: SharedDefinition
    item: pytest.Item
    occurrence: int


@dataclass(frozen=True, slots=True)
class SharedPlan:
    """All that is known before the first test.

    Attributes:
        items: by node id and occurrence.
        limit_s: of the setup of each, in seconds; None is no limit.
        loop_factory: dotted name of what makes their loops; empty for asyncio's own choice.
        start_of: how the process comes to be of one that this test asks for.
    """

    definitions: SharedDefinitions
    items: dict[tuple[str, int], pytest.Item]
    limit_s: float | None
    loop_factory: str
    start_of: Callable[[pytest.Item], StartName]

    def wanted(self, definition_id: str, node_id: str, occurrence: int) -> Wanted:
        """What a process asks for.

        Raises:
            ProtocolError: there is no such fixture, or no such test.
        """
        definition = self.definitions.by_id.get(definition_id)
        item = self.items.get((node_id, occurrence))
        if definition is None or item is None:
            raise ProtocolError(f"there is no shared fixture {definition_id[:80]!r} for {node_id[:80]!r}")
        return Wanted(self._key(definition, item), definition, item, occurrence)

    def occurrence_of(self, item: pytest.Item) -> int:
        """Which one of those with its node id this test is."""
        return next(occurrence for (_, occurrence), each in self.items.items() if each is item)

    def _key(self, definition: SharedDefinition, item: pytest.Item) -> str:
        known = definitions_of_item(item)
        written = {id(each.fixturedef): each.argnames for each in self.definitions.by_id.values()}
        names = needed(definition.argnames, known, lambda each: written.get(id(each), each.argnames))
        parameters = parameters_of(item)
        chosen = sorted((names | {definition.name}) & parameters.keys())
        return " ".join([definition.id, *(_parameter(item, name, *parameters[name], known) for name in chosen)])


def _parameter(item: pytest.Item, name: str, index: int, value: object, known: Any) -> str:
    """A parameter as part of a key: one of the fixture's own is the same for all tests."""
    if any(_is_one_of(fixturedef.params, index, value) for fixturedef in known.get(name, ())):
        return f"{name}[{index}]"
    if type(value) in _PLAIN:
        return f"{name}={value!r}"
    # Given by a test itself (indirect=True): another test's first one is another.
    where = "" if item.parent is None else item.parent.nodeid
    return f"{name}[{index}] of {where}::{getattr(item, 'originalname', item.name)}"


def _is_one_of(parameters: Sequence[Any] | None, index: int, value: object) -> bool:
    if parameters is None or index >= len(parameters):
        return False
    own = parameters[index]
    # pytest.param(value, id=..., marks=...)
    return own is value or (hasattr(own, "marks") and len(own.values) == 1 and own.values[0] is value)


#: For a run that has no shared fixtures.
NOTHING_SHARED = SharedPlan(SharedDefinitions(), {}, None, "", lambda item: DEFAULT_START)
