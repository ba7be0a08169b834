"""What every worker would do for itself, done once by the zygote before it forks; docs/performance.md has numbers."""

from __future__ import annotations

import sys
import warnings

import pytest

from .immortal import make_immortal
from .rehearsal import rehearse
from .wire.framing import FrameDecoder, encode
from .wire.messages import RunCase
from .wire.warm_up_setting import WARM_UP

#: By which pytest-asyncio filters a warning at the end of each loop of its own: a pattern that has to be compiled.
_FILTERED_BY_PYTEST_ASYNCIO = ".*BaseEventLoop.shutdown_asyncgens.*"
#: Tests from which on it pays to spend tens of milliseconds once, to spare each of them one.
_MANY = 100


def warm_up(session: pytest.Session) -> None:
    """Whatever is worth it for the tests of this session."""
    fill_caches()
    if len(session.items) >= _MANY and _is_wanted(session.config):
        rehearse(session)
        # Afterwards, so that what the rehearsal has made for good is among it.
        make_immortal()


def _is_wanted(config: pytest.Config) -> bool:
    try:
        return bool(config.getini(WARM_UP))
    except ValueError:
        return True  # Plain unittest has no ini file.


def fill_caches() -> None:
    """Fill the caches; nothing else is changed."""
    # The types of its fields are evaluated when the first one arrives.
    FrameDecoder().feed(encode(RunCase("", 0, "", 0, "warn", False, "", 0, "", 0, 0)))
    if "pytest_asyncio" in sys.modules:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", _FILTERED_BY_PYTEST_ASYNCIO, RuntimeWarning)
