"""The loop that anyio's plugin runs a test on with asyncio: that of the case, so that set-up code and test share it.

A backend that the suite gives a ``loop_factory`` or ``use_uvloop`` makes its own loop, and trio has none.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import importlib
import inspect
import sys
from collections.abc import Iterator
from typing import Any

from ..loop.case_loop import CaseLoop


class AnyioLoop:
    """Hands the loop over where the plugin asks for a runner: its fixtures say what the suite says."""

    def __init__(self, loop: CaseLoop) -> None:
        self._loop = loop
        self._lent: dict[asyncio.AbstractEventLoop, Any] = {}

    def install(self) -> None:
        """Take the place of what makes its runners, if the plugin is loaded."""
        plugin: Any = sys.modules.get("anyio.pytest_plugin")
        original = getattr(plugin, "get_runner", None)
        if original is None:
            return

        @functools.wraps(original)
        @contextlib.contextmanager
        def get_runner(backend_name: str, backend_options: dict[str, Any]) -> Iterator[Any]:
            options = backend_options or {}
            if backend_name == "asyncio" and not _chooses_a_loop(options) and _takes_loop_factories():
                options = {**options, "loop_factory": self._lend}
            try:
                with original(backend_name, options) as runner:
                    yield runner
            finally:
                # A runner is shared by the fixtures and the test that are open at the same time.
                if getattr(plugin, "_current_runner", None) is None:
                    self._take_back()

        plugin.get_runner = get_runner

    def _lend(self) -> asyncio.AbstractEventLoop:
        loop = self._loop.hand_over()
        # As when the runner makes its own: sync fixtures find it.
        asyncio.set_event_loop(loop)
        self._lent[loop] = loop.get_exception_handler()
        return loop

    def _take_back(self) -> None:
        while self._lent:
            loop, handler = self._lent.popitem()
            if not loop.is_closed():
                # The runner has put its own there, and nobody looks at what it hears any more.
                loop.set_exception_handler(handler)


def _chooses_a_loop(options: dict[str, Any]) -> bool:
    return bool(options.get("use_uvloop")) or options.get("loop_factory") is not None


@functools.cache
def _takes_loop_factories() -> bool:
    """True since anyio 4."""
    backend: Any = importlib.import_module("anyio._backends._asyncio")
    return "loop_factory" in inspect.signature(backend.TestRunner).parameters
