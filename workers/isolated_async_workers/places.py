"""Lines of the user's code, told apart from those of the machinery around it."""

from __future__ import annotations

import enum
import functools
import os
from collections.abc import Iterator
from types import FrameType, TracebackType

from .wire.light_dataclass import dataclass

#: Where this package is.
PACKAGE = os.path.dirname(__file__)
#: The file whose frame is the outermost one of a case: outside of it nothing belongs to the case.
OUTERMOST = os.path.join(PACKAGE, "worker.py")

_RUNNERS = (
    *("/_pytest/", "/pluggy/", "/isolated_async_workers/", "/isolated_async/unittest_host/"),
    *("/pytest_asyncio/", "/backports/asyncio/"),
)


def with_slashes(filename: str) -> str:
    """The name of a file as the parts of names above are written: Windows has backslashes."""
    return filename.replace("\\", "/")


_STANDARD_LIBRARY = with_slashes(os.path.dirname(os.__file__)) + "/"
#: Code that is nobody's party to a conflict: the runners, and what the standard library has of loops and tests. A suite
#: may have directories of these names.
_MACHINERY = (*_RUNNERS, f"{_STANDARD_LIBRARY}asyncio/", f"{_STANDARD_LIBRARY}unittest/", "uvloop/loop.pyx")
_INSTALLED = ("/site-packages/", "/dist-packages/")
#: What a user gives to ``exec`` is called so, and so are methods that dataclasses write, and commands that start our
#: processes: a line of a file that calls that is nearly as good.
WITHOUT_FILE = "<string>"
#: Code that has no file: also modules of Python's own, and methods that attrs writes.
_GENERATED = ("<frozen ", WITHOUT_FILE, "<attrs generated ", "<remote exec>")


class Owner(enum.Enum):
    """Who can change a line."""

    USER = enum.auto()
    LIBRARY = enum.auto()
    #: The standard library, pytest, what drives async tests, and this package.
    MACHINERY = enum.auto()


@functools.cache
def owner_of(filename: str) -> Owner:
    """Who owns the code of this file, as ``co_filename`` names it."""
    filename = with_slashes(filename)
    installed = any(part in filename for part in _INSTALLED)
    if filename.startswith(_GENERATED) or (filename.startswith(_STANDARD_LIBRARY) and not installed):
        return Owner.MACHINERY
    if any(part in filename for part in _RUNNERS):
        return Owner.MACHINERY
    return Owner.LIBRARY if installed else Owner.USER


@dataclass(frozen=True, slots=True)
class Place:
    """A line that took part."""

    filename: str
    lineno: int
    function: str

    @classmethod
    def of(cls, frame: FrameType, lineno: int) -> Place:
        """The place of a frame that stands, or stood, at this line."""
        return cls(frame.f_code.co_filename, lineno, frame.f_code.co_name)

    def __str__(self) -> str:
        return f"{self.filename}:{self.lineno} in {self.function}"


def is_machinery(frame: FrameType) -> bool:
    """True for a frame that the user did not write and cannot change."""
    filename = with_slashes(frame.f_code.co_filename)
    return any(part in filename for part in _MACHINERY)


def frames_of(traceback: TracebackType | None) -> Iterator[tuple[FrameType, int]]:
    """Every frame of a traceback with its line, outermost first."""
    while traceback is not None:
        yield traceback.tb_frame, traceback.tb_lineno
        traceback = traceback.tb_next


def last_place(traceback: TracebackType | None) -> Place | str:
    """The user's line that is closest to a failure."""
    places = [
        Place.of(frame, lineno)
        for frame, lineno in frames_of(traceback)
        if not (is_machinery(frame) or frame.f_code.co_filename.startswith(_GENERATED))
    ]
    return places[-1] if places else "an unknown place"
