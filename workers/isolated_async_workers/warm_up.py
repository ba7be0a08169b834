"""What every worker would do for itself, done once by the zygote; numbers: docs/explanation/performance.md."""

from __future__ import annotations

import contextlib
import sys
import warnings

import pytest

from .hot_pages import HotPages
from .immortal import make_immortal
from .rehearsal import rehearse
from .wire.framing import FrameDecoder, encode
from .wire.messages import RunCase
from .wire.warm_up_setting import WARM_UP

#: By which pytest-asyncio filters a warning at the end of each loop of its own: a pattern that has to be compiled.
_FILTERED_BY_PYTEST_ASYNCIO = ".*BaseEventLoop.shutdown_asyncgens.*"
#: Tests from which on it pays to spend a few milliseconds once, to spare each worker a third of one.
_SOME = 20
#: Workers after which it pays to spend tens of milliseconds once, to spare each one half a millisecond; and tests from
#: which on enough are to come.
_WORKERS = 20
_MANY = 200


class WarmUp:
    """What is worth it for the tests of this session."""

    def __init__(self, session: pytest.Session) -> None:
        """What is done before the first fork."""
        fill_caches()
        # Plain unittest has no such option.
        tests = len(session.items) if getattr(session.config.option, WARM_UP, True) else 0
        # Of the workers of a few large groups there are not many.
        self._workers_left = _WORKERS if tests >= _MANY else 0
        self._hot_pages: HotPages | None = None
        if tests >= _SOME:
            locate(session)
            rehearse(session)
            self._hot_pages = HotPages()

    def before_fork(self) -> None:
        """In the zygote."""
        self._workers_left -= 1
        if self._workers_left == 0:
            make_immortal()
            # From now on, workers write to fewer pages.
            self._hot_pages = HotPages()
        if self._hot_pages is not None:
            self._hot_pages.adopt()

    def before_case(self) -> None:
        """In a worker that has no case yet."""
        if self._hot_pages is not None:
            self._hot_pages.copy()

    def after_case(self) -> None:
        """In a worker that has only to leave."""
        if self._hot_pages is not None:
            self._hot_pages.learn()


def locate(session: pytest.Session) -> None:
    """Let pytest find out where each test stands, which it keeps with the test."""
    for item in session.items:
        # A plugin may have tests that stand nowhere.
        with contextlib.suppress(Exception):
            item.location  # noqa: B018


def fill_caches() -> None:
    """Fill the caches; nothing else is changed."""
    # The types of its fields are evaluated when the first one arrives.
    FrameDecoder().feed(encode(RunCase("", 0, "", 0, "warn", False, "", 0, "", 0, 0)))
    if "pytest_asyncio" in sys.modules:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", _FILTERED_BY_PYTEST_ASYNCIO, RuntimeWarning)
