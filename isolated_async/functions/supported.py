"""Whether functions can be run in processes of their own on this platform."""

from __future__ import annotations

import os

from .errors import CouldNotStart


def check_platform() -> None:
    """Make sure that this platform has what a zygote needs.

    Raises:
        CouldNotStart: it has not.
    """
    if not hasattr(os, "pidfd_open"):
        # Only here: it needs pytest, which this process may not have loaded.
        from ..processes.launch import why_unsupported

        raise CouldNotStart(why_unsupported())
