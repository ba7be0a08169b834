"""What faulthandler wrote in a dying worker, cut to what concerns the test."""

from __future__ import annotations

import re

_FRAME = re.compile(r'^  File "(?P<file>[^"]+)", line (?P<line>\d+) in (?P<function>.*)')
#: The outermost frame of a case, or of a function; those outside it (faulthandler prints them below) never differ.
_OUTERMOST = ("isolated_async_workers/worker.py", "isolated_async_workers/functions/worker.py")
#: The machinery between a case's outermost frame and the test.
_MACHINERY = ("/_pytest/", "/pluggy/", "/isolated_async_workers/", "/isolated_async/unittest_host/")


def innermost_place(text: str) -> str:
    """The line of the test's own code at which the thread stood that was asked; empty if nobody knows."""
    current = text.rpartition("Current thread ")[2].partition("\n\n")[0]
    # On Windows a thread that knows nothing of the test writes of all the others: the main thread comes last.
    last = text.rpartition("Thread ")[2]
    for line in shorten(f"{current}\n{last}").splitlines():
        # A fresh interpreter begins with a command of ours, "<string>".
        if (frame := _FRAME.match(line)) and not frame["file"].startswith("<"):
            return f"{frame['file']}:{frame['line']} in {frame['function']}"
    return ""


def shorten(text: str) -> str:
    """Leave out of each thread's stack the frames of pytest, of ours, and of whatever started the worker."""
    lines: list[str] = []
    outside = False
    for line in text.splitlines():
        frame = _FRAME.match(line)
        if frame is None:
            outside = False
            lines.append(line)
            continue
        # Windows has backslashes.
        file = frame["file"].replace("\\", "/")
        outside = outside or file.endswith(_OUTERMOST)
        if not outside and not any(part in file for part in _MACHINERY):
            lines.append(line)
    return "\n".join(lines)
