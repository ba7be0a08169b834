"""What is said about a coroutine that nobody has awaited, where a failure is due to it."""

from __future__ import annotations

import re

from ..leaks.coroutine_origin import CoroutineOrigin
from ..places import last_place
from ..wire.printed import printed
from .evidence import Evidence
from .explanation import Explanation
from .waiting_coroutines import compared_in, is_waiting

#: Python's warning, which a filter may have made an error of, and what pytest makes of that.
NEVER_AWAITED = re.compile(r"(coroutine '[^']+') was never awaited")


def in_place_of_result(error: BaseException, _: Evidence) -> Explanation:
    """A coroutine was used, or compared, as if it were its result."""
    owner = getattr(error, "obj", None)  # Of an AttributeError
    coroutines = [owner] if is_waiting(owner) else compared_in(printed(error))
    made = [f"the coroutine was made at {place}" for each in coroutines if (place := CoroutineOrigin.of(each).made)]
    return Explanation(
        "A coroutine stands where its result was meant: it was called, and never awaited, so its body has not run.",
        (f"used in {last_place(error.__traceback__)}", *made),
        "put `await` before the call. In sync code, run it: asyncio.run(...).",
        "never-awaited",
    )


def never_awaited(error: BaseException, evidence: Evidence) -> Explanation:
    """Python's warning, and the filter that makes an error of it."""
    message = printed(error)
    known = [f"{each.what}{each.origin}" for each in evidence.never_awaited() if each.text in message]
    return Explanation(
        "A coroutine was made and never awaited, so its body has not run. Python only warns of that; the warning "
        "filters of this run make an error of it.",
        tuple(known or NEVER_AWAITED.findall(message)),
        "put `await` before the call. What must go on beside the test becomes a task that is kept and awaited. "
        "close() a coroutine that is not needed.",
        "never-awaited",
    )
