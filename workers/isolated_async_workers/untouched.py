"""What a worker calls after code of the test has run, out of reach of what that has patched.

Bound here before any test runs. Behind partials: freezegun and pyfakefs look through the attributes of all modules and
put their own in the place of every function of ``time`` and ``os`` that they find. time-machine changes what the clocks
of ``time`` do, but for ``clock_gettime``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from functools import partial
from typing import BinaryIO, NoReturn

from .wire import system


def _read_file(opener: Callable[..., BinaryIO], path: str) -> bytes:
    with opener(path, "rb") as file:
        return file.read()


#: Seconds.
monotonic: Callable[[], float] = system.monotonic
sleep: Callable[[float], None] = partial(time.sleep)
getpid: Callable[[], int] = partial(os.getpid)
read: Callable[[int, int], bytes] = partial(os.read)
write: Callable[[int, bytes | memoryview], int] = partial(os.write)
status: Callable[[int], os.stat_result] = partial(os.fstat)
close: Callable[[int], None] = partial(os.close)
set_blocking: Callable[[int, bool], None] = system.set_blocking
leave: Callable[[int], NoReturn] = partial(os._exit)
read_file: Callable[[str], bytes] = partial(_read_file, open)
