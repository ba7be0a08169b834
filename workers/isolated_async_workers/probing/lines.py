"""Finds the line that has changed a piece of state last: after each line, the pieces are looked at."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from types import FrameType
from typing import Any

from ..places import with_slashes
from ..wire.probes import Change
from .own_code import OwnCode
from .state.domain import same
from .state.snapshot import Snapshot

#: Of a stack, so many frames are looked at for the user's line.
_FRAMES = 200

# A test may replace these.
_set_trace = sys.settrace
_this_thread = threading.get_ident


class Lines:
    """Watches ``pieces`` from :meth:`begin` to :meth:`end`."""

    def __init__(self, snapshot: Snapshot, pieces: Sequence[str], own: OwnCode) -> None:
        self._reads: dict[str, Callable[[], object]] = {piece: snapshot.reader(piece) for piece in pieces}
        self._values = {piece: read() for piece, read in self._reads.items()}
        self._own = own
        self._changes: dict[str, Change] = {}
        self._test, self._stage = "", "collection"
        #: Of each thread, the line that it was last seen to begin.
        self._last: dict[int, tuple[FrameType, int]] = {}
        self._is_on = False

    def begin(self) -> None:
        self._is_on = True
        self._attach()

    def end(self) -> None:
        self._look()
        self._is_on = False
        _set_trace(None)
        threading.settrace(None)

    def begin_stage(self, test: str, stage: str) -> None:
        if self._is_on:
            self._test, self._stage = test, stage
            self._attach()

    def end_stage(self) -> None:
        if self._is_on:
            self._look()
            self._last.pop(_this_thread(), None)

    def changes(self) -> Iterator[Change]:
        """Of each piece that has changed."""
        yield from self._changes.values()

    def _attach(self) -> None:
        # What traces here else (coverage) does without.
        threading.settrace(self._call)
        _set_trace(self._call)

    def _call(self, frame: FrameType, event: str, argument: Any) -> Any:
        if not self._is_on or self._own.is_machinery(frame.f_code.co_filename):
            return None
        self._look()
        return self._line

    def _line(self, frame: FrameType, event: str, argument: Any) -> Any:
        if not self._is_on:
            return None
        self._look()
        if event == "line":
            self._last[_this_thread()] = frame, frame.f_lineno
        elif event == "return":
            caller = frame.f_back
            while caller is not None and self._own.is_machinery(caller.f_code.co_filename):
                caller = caller.f_back
            if caller is None:
                self._last.pop(_this_thread(), None)
            else:
                self._last[_this_thread()] = caller, caller.f_lineno
        return self._line

    def _look(self) -> None:
        for piece, read in self._reads.items():
            value = read()
            if not same(value, self._values[piece]):
                self._values[piece] = value
                self._changes[piece] = self._change(piece)

    def _change(self, piece: str) -> Change:
        frame, line = self._last.get(_this_thread(), (None, 0))
        library = ""
        for _ in range(_FRAMES):
            if frame is None:
                break
            code = frame.f_code
            if self._own.is_own(code.co_filename):
                name: str = getattr(code, "co_qualname", code.co_name)  # Python 3.10 has none.
                return Change(piece, self._test, self._stage, _shown(code.co_filename), line, name, library)
            library = library or _in_library(code.co_filename, line)
            frame = frame.f_back
            line = 0 if frame is None else frame.f_lineno
        return Change(piece, self._test, self._stage, through=library)


def _in_library(filename: str, line: int) -> str:
    """Empty for any other code: what Python itself does on the way is nobody's business."""
    _, separator, within = with_slashes(filename).rpartition("/site-packages/")
    return f"{within}:{line}" if separator else ""


def _shown(filename: str) -> str:
    """From the current directory, if it stands below."""
    try:
        relative = os.path.relpath(filename, _directory)
    except ValueError:  # On another drive.
        return filename
    return filename if relative.startswith("..") else relative


# A test may leave another one.
_directory = os.getcwd()
