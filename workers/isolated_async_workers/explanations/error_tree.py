"""The exceptions that an exception comes from: its causes, and the members of groups, nested ones too."""

from __future__ import annotations

import builtins
import re
import sys
from collections.abc import Iterator
from typing import Any

from ..wire.printed import printed

#: Exceptions that are looked at, of one failure.
MOST_LOOKED_AT = 100

#: What Python says where no loop runs, or none is current.
NO_LOOP = re.compile(r"There is no current event loop|no running event loop")

# Before Python 3.11 it is a backport's, which pytest itself needs there.
_GROUP: Any = getattr(builtins, "BaseExceptionGroup", None) or getattr(
    sys.modules.get("exceptiongroup"), "BaseExceptionGroup", ()
)


def causes(error: BaseException, seen: set[int]) -> Iterator[BaseException]:
    """``error``, what it was raised from, and so on; none of ``seen``, and no more than the limit allows."""
    following: BaseException | None = error
    while following is not None and id(following) not in seen and len(seen) < MOST_LOOKED_AT:
        seen.add(id(following))
        yield following
        if following.__cause__ is None and NO_LOOP.search(printed(following.__context__)):
            # The usual way to ask whether a loop runs. What follows on the answer has reasons of its own.
            return
        following = following.__cause__ or following.__context__


def members(error: BaseException) -> tuple[BaseException, ...]:
    """Of a group; none of any other exception."""
    return tuple(error.exceptions) if isinstance(error, _GROUP) else ()


def whole_tree(error: BaseException, seen: set[int] | None = None) -> Iterator[BaseException]:
    """``error``, its causes and their members, to the limit."""
    seen = set() if seen is None else seen
    for each in causes(error, seen):
        yield each
        for member in members(each):
            yield from whole_tree(member, seen)
