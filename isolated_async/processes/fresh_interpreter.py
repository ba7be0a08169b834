"""A zygote that starts as a fresh interpreter: safe to start from a thread, a running loop, anywhere.

::

    host --exec--> python -c BOOTSTRAP: our modules first, then the whole path --> main of a module of the worker side
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys

from .anonymous_file import open_anonymous_file
from .import_path import standard_library_first
from .zygote_handle import ZygoteHandle

#: Run by ``python -c`` with a module of the worker side, a descriptor, our process id, how many entries of the path
#: come first while we import, these entries, and the whole path: a suite's own ``json.py`` must not win.
_BOOTSTRAP = (
    "import sys; module = sys.argv[1]; descriptor, host, count = map(int, sys.argv[2:5]); "
    "first, path = sys.argv[5:5+count], sys.argv[5+count:]; "
    "sys.argv[:] = ['pytest']; sys.path[:] = first; "
    "import importlib; main = importlib.import_module(module).main; sys.path[:] = path; main(descriptor, host)"
)


def start_interpreter(module: str) -> ZygoteHandle:
    """Start a fresh interpreter, with the path of this one, that calls ``main`` of this module of the worker side.

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
            _command(module, theirs.fileno()),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=[theirs.fileno()],
            start_new_session=True,
        )
        ends.pop_all()
    process.returncode = 0  # Reaped by the handle, not by Popen.
    return ZygoteHandle(ours, process.pid, output)


def _command(module: str, descriptor: int) -> list[str]:
    safe_path = ["-P"] if sys.version_info >= (3, 11) else []
    path = [entry or os.getcwd() for entry in sys.path]
    with standard_library_first():
        first = [entry or os.getcwd() for entry in sys.path]
    numbers = [str(number) for number in (descriptor, os.getpid(), len(first))]
    warning_filters = [f"-W{option}" for option in sys.warnoptions]
    return [sys.executable, *safe_path, *warning_filters, "-c", _BOOTSTRAP, module, *numbers, *first, *path]
