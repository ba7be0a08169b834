"""What runs now, while the host waits: to the right of the cursor, and wiped before anything else is written.

::

    test_a.py ..   running 3.1 s: test_a.py::test_slow, and 1 more
               ^ the cursor stays here
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from ..pytest_private import terminal_file

#: A case that has run for less is not worth a word.
_SHOWN_AFTER_S = 1.0
#: Narrower, it would say nothing.
_LEAST_WIDTH = 24

_SAVE_CURSOR, _RESTORE_CURSOR, _WIPE_TO_THE_END = "\x1b7", "\x1b8", "\x1b[K"
_GAP = "   "


class StatusLine:
    """On a terminal that shows colours, else nowhere."""

    def __init__(self, config: pytest.Config | None) -> None:
        self._writer: Any = None
        if config is not None and config.pluginmanager.has_plugin("terminalreporter"):
            writer: Any = config.get_terminal_writer()
            # pytest-sugar and the like draw lines of their own.
            if writer.hasmarkup and terminal_file(writer).isatty() and not config.pluginmanager.has_plugin("sugar"):
                self._writer = writer
        #: What stands there; empty if nothing does.
        self._shown = ""

    def show(self, running: Sequence[tuple[str, float]]) -> None:
        """``running`` are node ids and seconds, the one that the host waits for first."""
        if self._writer is None:
            return
        slow = [(node_id, seconds) for node_id, seconds in running if seconds >= _SHOWN_AFTER_S]
        room = self._writer.fullwidth - self._writer.width_of_current_line - len(_GAP) - 1
        if not slow or room < _LEAST_WIDTH:
            return
        node_id, seconds = slow[0]
        others = f", and {len(slow) - 1} more" if len(slow) > 1 else ""
        text = self._encodable(f"running {seconds:.0f} s: {node_id}{others}")
        if len(text) > room:
            # The end of a node id says more than its beginning.
            text = f"{text[: room // 3]}...{text[-(room - room // 3 - 3) :]}"
        # The host may look around more often than the text changes.
        if text != self._shown:
            self._write(f"{_SAVE_CURSOR}{_GAP}{text}{_WIPE_TO_THE_END}{_RESTORE_CURSOR}")
            self._shown = text

    def wipe(self) -> None:
        """Something else is about to be written."""
        if self._shown:
            self._shown = ""
            self._write(_WIPE_TO_THE_END)

    def _encodable(self, text: str) -> str:
        """The text with escapes for what the terminal's encoding does not have: a name of a file may be anything."""
        encoding = terminal_file(self._writer).encoding or "ascii"
        return text.encode(encoding, "backslashreplace").decode(encoding)

    def _write(self, text: str) -> None:
        assert self._writer is not None
        # Not by the writer, which would count it.
        terminal_file(self._writer).write(text)
        self._writer.flush()
