"""How a task is named in a report."""

from __future__ import annotations

import asyncio
import re
from typing import Any

#: The names that asyncio itself gives: they say nothing, and differ from run to run.
_NUMBERED = re.compile(r"Task-\d+")


def describe_task(task: asyncio.Task[Any]) -> str:
    """``task 'name' of coroutine_function()``; without a name that only numbers it."""
    coroutine: Any = task.get_coro()
    function = getattr(coroutine, "__qualname__", None) or type(coroutine).__name__
    name = task.get_name()
    return f"task of {function}()" if _NUMBERED.fullmatch(name) else f"task {name!r} of {function}()"
