"""The event loop policy, without the warning that Python 3.14 has for whoever asks for it."""

from __future__ import annotations

import asyncio
import warnings
from typing import Any


def policy() -> Any:
    """The one that is set; if none is, the default one is from here on."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return asyncio.get_event_loop_policy()


def set_policy(new: Any) -> None:
    """None sets the default one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        asyncio.set_event_loop_policy(new)
