"""The names of start methods, and which one is meant where nobody has said so."""

from __future__ import annotations

from typing import Literal, get_args

from isolated_async_workers.wire.system import WHY_NO_FORKS

#: Forked from a process that has collected, or a fresh interpreter that collects for itself.
StartName = Literal["fork", "spawn"]
STARTS: tuple[StartName, ...] = get_args(StartName) if not WHY_NO_FORKS else ("spawn",)
#: What a message about another one adds to these names.
WHY_NOT_ALL = f" ({WHY_NO_FORKS})" if WHY_NO_FORKS else ""

DEFAULT_START: StartName = STARTS[0]
