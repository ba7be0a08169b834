"""Where a coroutine comes from, as far as the interpreter has noted it."""

from __future__ import annotations

from typing import Any

from ..places import Owner, Place, owner_of, with_slashes
from ..wire.light_dataclass import dataclass

#: Its frames stand between an AsyncMock's caller and the coroutine that the caller gets.
_MOCK = "/unittest/mock.py"


@dataclass(frozen=True, slots=True)
class CoroutineOrigin:
    """The two parties.

    Attributes:
        made: the call that made it: the user's line, else a library's; None if that was not noted.
        defined: the function that it is of; None if it has no code that can be told.
        is_of_user: the user's own line called that function, or a mock in its place, and no library did.
    """

    made: Place | None
    defined: Place | None
    is_of_user: bool

    @classmethod
    def of(cls, coroutine: Any) -> CoroutineOrigin:
        """Of a coroutine, or of a generator that a task runs."""
        calls = [
            (Place(*call), owner_of(call[0]))
            for call in getattr(coroutine, "cr_origin", None) or ()
            if not with_slashes(call[0]).endswith(_MOCK)
        ]
        found = [place for kind in (Owner.USER, Owner.LIBRARY) for place, owner in calls if owner is kind]
        code = getattr(coroutine, "cr_code", None) or getattr(coroutine, "gi_code", None)
        defined = None if code is None else Place(code.co_filename, code.co_firstlineno, code.co_name)
        return cls(found[0] if found else None, defined, bool(calls) and calls[0][1] is Owner.USER)

    @property
    def place(self) -> Place | None:
        """The best that is known."""
        return self.made or self.defined

    def __str__(self) -> str:
        """To be put behind the name of the thing."""
        defined = self.defined
        if defined is not None and self.made is not None and owner_of(defined.filename) is Owner.MACHINERY:
            defined = None  # Nobody looks there.
        of = "" if defined is None else f", defined at {defined.filename}:{defined.lineno}"
        return of if self.made is None else f"{of}, made at {self.made}"
