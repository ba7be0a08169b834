"""``dataclass(frozen=True, slots=True)``, for a quarter of the time that it takes to make such a class.

The standard one writes and compiles six methods for each class. An isolated run imports more than a hundred of them:
that was a tenth of the time that a small run took, and a spawned worker pays for it again. Here only ``__init__`` is
written, and the classes share the other methods. To a type checker this is the standard decorator; it alone sees to it
that nothing sets a field again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
else:
    import dataclasses
    from operator import attrgetter

    def dataclass(*, slots, frozen=False):
        """The decorator, without the arguments that nobody here uses."""

        def make(cls):
            made = dataclasses.dataclass(cls, slots=slots, eq=False, repr=False)
            names = [field.name for field in dataclasses.fields(made)]
            made._values = staticmethod(attrgetter(*names) if names else lambda _: ())
            made.__eq__, made.__repr__ = _eq, _repr
            made.__hash__ = _hash if frozen else None
            return made

        return make

    def _eq(self, other):
        return self._values(self) == other._values(other) if other.__class__ is self.__class__ else NotImplemented

    def _hash(self):
        return hash(self._values(self))

    def _repr(self):
        values = (f"{field.name}={getattr(self, field.name)!r}" for field in dataclasses.fields(self))
        return f"{type(self).__qualname__}({', '.join(values)})"
