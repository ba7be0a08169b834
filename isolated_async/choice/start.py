"""The names of start methods, and which one is meant where nobody has said so."""

from __future__ import annotations

import sys
from typing import Literal, get_args

#: Forked from a process that has collected, or a fresh interpreter that collects for itself.
StartName = Literal["fork", "spawn"]
STARTS: tuple[StartName, ...] = get_args(StartName)

#: Elsewhere forks are unsafe (macOS: system libraries die in them) or there are none.
DEFAULT_START: StartName = "fork" if sys.platform == "linux" else "spawn"
