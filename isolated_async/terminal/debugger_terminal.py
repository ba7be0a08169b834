"""The user's terminal, while a debugger in a worker has it.

::

    DebuggerOpened --> lend: stop capturing, make the worker's process group the foreground one --descriptors--> worker
    DebuggerClosed, or the worker's end --> take_back: everything as it was

In the foreground, the worker gets Ctrl-C, and not this process: the debugger's prompt answers it, as in process.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .system import give_foreground, same_settings

_STREAMS = [0, 1, 2]


class DebuggerTerminal:
    """Standard input, output and error of this process, which one worker at a time may use."""

    def __init__(self, config: pytest.Config | None) -> None:
        """``config`` is None where pytest captures nothing here, in a run of unittest."""
        self._config = config
        self._restore = contextlib.ExitStack()
        self.is_lent = False

    def lend(self, process_group: int, interrupt: Callable[[], None]) -> list[int]:
        """The descriptors for a worker.

        ``interrupt`` is called at Ctrl-C where the worker cannot get it by itself.
        """
        self.take_back()
        self.is_lent = True
        self._restore.enter_context(self._uncaptured())
        if os.isatty(0):
            self._restore.enter_context(same_settings())
        # Only the main thread may handle signals; pytest may run in another.
        if not self._give_foreground(process_group) and threading.current_thread() is threading.main_thread():
            before = signal.signal(signal.SIGINT, lambda *_: interrupt())
            self._restore.callback(signal.signal, signal.SIGINT, before)
        return _STREAMS

    def take_back(self) -> None:
        """Have everything as it was before it was lent."""
        self.is_lent = False
        self._restore.close()

    @contextlib.contextmanager
    def _uncaptured(self) -> Iterator[None]:
        plugins = None if self._config is None else self._config.pluginmanager
        manager: Any = None if plugins is None else plugins.get_plugin("capturemanager")
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        if manager is None or not manager.is_globally_capturing():
            yield
            return
        manager.suspend_global_capture(in_=True)
        yield
        # As it is between two tests: only standard input is captured.
        manager.resume_global_capture()
        manager.suspend_global_capture(in_=False)

    def _give_foreground(self, process_group: int) -> bool:
        """True if the terminal of this process has made it its foreground group."""
        take_back = give_foreground(process_group)
        if take_back is None:
            return False  # No terminal, or one of another session than that of a fresh zygote.
        self._restore.callback(take_back)
        return True
