"""The object and the loop that a classic failure is about, found in the frames that it went through."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator
from types import CodeType, FrameType
from typing import Any

from ..places import frames_of, is_machinery


def find_foreign(error: BaseException) -> tuple[object, asyncio.AbstractEventLoop] | None:
    """The object that was awaited on a loop that is not its own, and that loop of its own."""
    frames = [frame for frame, _ in frames_of(error.__traceback__)]
    for frame in reversed(frames):
        # A lock, an event, a queue: asyncio's own method has found out.
        own: Any = frame.f_locals.get("self") if frame.f_code.co_name == "_get_loop" else None
        if own is not None and isinstance(getattr(own, "_loop", None), asyncio.AbstractEventLoop):
            return own, own._loop
    awaiting = [frame for frame in frames if not is_machinery(frame)]
    for frame in reversed(awaiting):
        for value in _named_values(frame):
            # Not isinstance, which would ask an object of the test's for its __class__: that may raise.
            if issubclass(type(value), asyncio.Future) and _is_meant(value, str(error)):
                return value, value.get_loop()
    return None


def find_loop(error: BaseException) -> asyncio.AbstractEventLoop | None:
    """The loop whose own method has raised."""
    for frame, _ in reversed(list(frames_of(error.__traceback__))):
        if isinstance(own := frame.f_locals.get("self"), asyncio.AbstractEventLoop):
            return own
    return None


def _named_values(frame: FrameType) -> Iterator[Any]:
    """What the code of this frame has names for: its locals, its globals, and attributes of both."""
    code: CodeType = frame.f_code
    values = list(frame.f_locals.values())
    values += [frame.f_globals[name] for name in code.co_names if name in frame.f_globals]
    yield from values
    for value in values:
        attributes: object = None
        with contextlib.suppress(Exception):
            attributes = getattr(value, "__dict__", None)
        if isinstance(attributes, dict):
            yield from (attributes[name] for name in code.co_names if name in attributes)


def _is_meant(future: asyncio.Future[Any], message: str) -> bool:
    """True if ``message`` ends with "got Future <...> attached to a different loop", and means this one."""
    awaited = message.partition(" got Future ")[2]
    if isinstance(future, asyncio.Task):
        return f"name={future.get_name()!r}" in awaited
    return awaited.startswith(f"<{type(future).__name__} ")
