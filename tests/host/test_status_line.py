"""The line of what runs now, on terminals that do not have every character."""

from __future__ import annotations

import io
from types import SimpleNamespace
from typing import Any, cast

import pytest

from isolated_async.terminal.status_line import StatusLine

WIDTH = 60


class Terminal(io.TextIOWrapper):
    """Takes what its encoding has, and raises for everything else, as stdout does."""

    def __init__(self, encoding: str) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, write_through=True)

    def isatty(self) -> bool:
        return True

    def shown(self) -> str:
        """What was written since the last time, without what moves the cursor and wipes."""
        written = cast(io.BytesIO, self.buffer).getvalue().decode(self.encoding)
        for control in ("\x1b7", "\x1b8", "\x1b[K"):
            written = written.replace(control, "")
        return written.strip()


def _status_line(terminal: Terminal) -> StatusLine:
    writer = SimpleNamespace(
        _file=terminal, hasmarkup=True, fullwidth=WIDTH, width_of_current_line=0, flush=terminal.flush
    )
    plugins = SimpleNamespace(has_plugin=lambda name: name == "terminalreporter")
    config: Any = SimpleNamespace(pluginmanager=plugins, get_terminal_writer=lambda: writer)
    return StatusLine(config)


@pytest.mark.parametrize(
    ("encoding", "name", "shown"),
    [
        ("utf-8", "test_\xe9.py", "test_\xe9.py"),
        ("utf-8", "test_\udce9.py", r"test_\udce9.py"),  # A file whose name is no UTF-8.
        ("ascii", "test_\xe9.py", r"test_\xe9.py"),
        ("latin-1", "test_\xe9.py::test[\N{EURO SIGN}]", "test_\xe9.py::test[\\u20ac]"),
    ],
)
def test_every_name_can_be_shown(encoding: str, name: str, shown: str) -> None:
    terminal = Terminal(encoding)
    _status_line(terminal).show([(name, 3.0)])
    assert terminal.shown() == f"running 3 s: {shown}"


def test_what_stands_for_a_character_has_its_room() -> None:
    terminal = Terminal("ascii")
    _status_line(terminal).show([("\N{EURO SIGN}" * 40, 3.0)])
    assert len(terminal.shown()) < WIDTH
