"""A clock that no test of the host can stop.

freezegun puts its own in the place of every clock function that it finds as an attribute of a module, and time-machine
changes what those of ``time`` do: neither does so to a partial of ``clock_gettime``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from isolated_async_workers.wire.system import monotonic

#: Seconds, monotonic.
now: Callable[[], float] = monotonic
sleep: Callable[[float], None] = partial(time.sleep)
