"""A process that we ourselves have started, with all that it starts: the module of the system that this is.

::

    _windows.py   a process group and a job object: what the host starts workers in, where there is no zygote
    _posix.py     the same with a session, for the tests of what starts workers: elsewhere zygotes do
"""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from . import _windows as _system
else:
    from . import _posix as _system

hear_of_ended_children = _system.hear_of_ended_children
own_interpreter = _system.own_interpreter
start_options = _system.start_options
Job = _system.Job
