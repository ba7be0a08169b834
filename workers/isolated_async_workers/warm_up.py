"""What every worker would compute for itself, computed once by the zygote before it forks: it fills caches."""

from __future__ import annotations

import sys
import warnings

from .wire.framing import FrameDecoder, encode
from .wire.messages import RunCase

#: By which pytest-asyncio filters a warning at the end of each loop of its own: a pattern that has to be compiled.
_FILTERED_BY_PYTEST_ASYNCIO = ".*BaseEventLoop.shutdown_asyncgens.*"


def warm_up() -> None:
    """Fill the caches; nothing else is changed."""
    # The types of its fields are evaluated when the first one arrives.
    FrameDecoder().feed(encode(RunCase("", 0, "", 0, "warn", False, "", 0, "", 0, 0)))
    if "pytest_asyncio" in sys.modules:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", _FILTERED_BY_PYTEST_ASYNCIO, RuntimeWarning)
