"""The terminal that a process has, as its system gives it: the module of the system that this is, picked once."""

from __future__ import annotations

import sys

if sys.platform == "linux" or sys.platform == "darwin":
    from . import _posix as _system
else:
    from . import _windows as _system

give_foreground = _system.give_foreground
same_settings = _system.same_settings
