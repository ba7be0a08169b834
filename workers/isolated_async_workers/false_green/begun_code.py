"""Whether a piece of code has begun to run, in whatever thread.

Python 3.12 and later can watch one code. Before, every call has to be looked at, by a profiling function: only until
that code has begun, and not where somebody else measures already; then it is not known.
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Callable, Iterator
from types import CodeType, FrameType
from typing import Any

#: Numbers by which tools are told apart; those that Python gives to nobody are tried first.
_TOOLS = (4, 3, 5, 2)

# What the test has put in their place must not run here.
_getprofile = sys.getprofile
_setprofile = sys.setprofile
_setprofile_of_new_threads = threading.setprofile


@contextlib.contextmanager
def noticing_a_run(code: CodeType, begun: Callable[[], None]) -> Iterator[None]:
    """While it is open, ``begun`` is called when ``code`` begins to run."""
    with _monitoring(code, begun) if sys.version_info >= (3, 12) else _profiling(code, begun):
        yield


@contextlib.contextmanager
def _monitoring(code: CodeType, begun: Callable[[], None]) -> Iterator[None]:
    tool = _free_tool()
    if tool is None:
        yield
        return
    monitoring: Any = sys.monitoring  # type: ignore[attr-defined,unused-ignore]
    event = monitoring.events.PY_START

    def started(*_: object) -> object:
        begun()
        return monitoring.DISABLE

    monitoring.register_callback(tool, event, started)
    monitoring.set_local_events(tool, code, event)
    try:
        yield
    finally:
        monitoring.set_local_events(tool, code, 0)
        monitoring.register_callback(tool, event, None)
        monitoring.free_tool_id(tool)


def _free_tool() -> int | None:
    for tool in _TOOLS:
        with contextlib.suppress(ValueError):
            sys.monitoring.use_tool_id(tool, "isolated-async")  # type: ignore[attr-defined,unused-ignore]
            return tool
    return None


@contextlib.contextmanager
def _profiling(code: CodeType, begun: Callable[[], None]) -> Iterator[None]:
    if _getprofile() is not None:
        yield
        return
    has_begun = False
    of_new_threads: Any = threading.getprofile()

    def look(frame: FrameType, event: str, _: object) -> None:
        nonlocal has_begun
        if not has_begun and event == "call" and frame.f_code is code:
            has_begun = True
            _setprofile_of_new_threads(of_new_threads)
            begun()
        if has_begun:
            # Every thread has its own; the others end theirs at their next call.
            _setprofile(None)

    _setprofile_of_new_threads(look)
    _setprofile(look)
    try:
        yield
    finally:
        has_begun = True  # Or never will.
        _setprofile_of_new_threads(of_new_threads)
        if _getprofile() is look:
            _setprofile(None)
