"""The shared fixtures of one session, as both sides find them on it.

::

    collected: FixtureDef.func, .argnames  --kept here, replaced by--> a function that asks ``answer``
                                           <--put back in the one process in which the fixture is set up--

The host's plugin makes the table when collection ends, in the pytest process and in a zygote that collects for itself;
a zygote that was forked has the host's. So outside of its own process nothing that a shared fixture needs is set up.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING, Any

from .light_dataclass import dataclass

if TYPE_CHECKING:
    from .messages import SharedValue

#: Attribute of the session that holds its :class:`SharedDefinitions`.
SHARED_DEFINITIONS = "isolated_loop_shared_definitions"


@dataclass(frozen=True, slots=True)
class SharedDefinition:
    """One shared fixture, its parameters not yet chosen.

    Attributes:
        id: the same in every process that has collected this suite.
        name: by which it is asked for.
        fixturedef: pytest's own object.
        function: what its author wrote.
        argnames: the fixtures that it needs.
    """

    id: str
    name: str
    fixturedef: Any
    function: Any
    argnames: tuple[str, ...]


@dataclass(slots=True)
class SharedDefinitions:
    """All of a session.

    Attributes:
        by_id: the definitions.
        answer: gives a ``SharedValue`` to what asks for it (definition, pytest's request); None where nobody can.
    """

    by_id: dict[str, SharedDefinition] = field(default_factory=dict)
    answer: Callable[[SharedDefinition, Any], SharedValue] | None = None

    def of(self, fixturedef: object) -> SharedDefinition | None:
        """The definition that this object of pytest's stands for, if it is a shared fixture's."""
        return next((each for each in self.by_id.values() if each.fixturedef is fixturedef), None)
