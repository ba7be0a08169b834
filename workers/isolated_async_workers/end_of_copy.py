"""How a copy of the worker ends that a test or function has made with ``os.fork()``, when it comes back to us."""

from __future__ import annotations

import sys
import traceback
from typing import NoReturn

from . import untouched


def leave_as_a_script(error: BaseException | None) -> NoReturn:
    """As a script would that ends with ``error``; whatever the test has broken, this process goes no further."""
    status = 1
    try:
        if error is None:
            status = 0
        elif isinstance(error, SystemExit):
            status = error.code if isinstance(error.code, int) else int(error.code is not None)
        else:
            traceback.print_exception(type(error), error, error.__traceback__)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
    finally:
        untouched.leave(status & 0xFF)
