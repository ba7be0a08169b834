"""A zygote that starts as a fresh interpreter: safe to start from a thread, a running loop, anywhere.

::

    host --exec--> python -c BOOTSTRAP (interpreter.py) --> main of a module
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess

from .anonymous_file import open_anonymous_file
from .interpreter import interpreter_command
from .zygote_handle import ZygoteHandle


def start_interpreter(module: str) -> ZygoteHandle:
    """Start a zygote as a fresh interpreter, with the path of this one: ``main`` of this module.

    Raises:
        OSError: the system has no process or no descriptor for it.
    """
    with contextlib.ExitStack() as opened:
        ours, theirs = socket.socketpair()
        opened.callback(theirs.close)
        ends = contextlib.ExitStack()
        opened.enter_context(ends)
        ends.callback(ours.close)
        output = open_anonymous_file("zygote")
        ends.callback(os.close, output)
        process = subprocess.Popen(
            interpreter_command(module, theirs.fileno(), os.getpid()),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        ends.pop_all()
    process.returncode = 0  # Reaped by the handle, not by Popen.
    return ZygoteHandle(ours, process.pid, output)
