"""Whether functions can be run in processes of their own on this platform."""

from __future__ import annotations

from isolated_async_workers.wire.system import why_unsupported

from .errors import CouldNotStart


def check_platform() -> None:
    """Make sure that this platform has what a zygote needs.

    Raises:
        CouldNotStart: it has not.
    """
    if problem := why_unsupported():
        raise CouldNotStart(problem)
