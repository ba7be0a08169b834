"""The descriptor numbers of a worker that are ours: out of the way of a test that counts on low ones.

They are claimed in the zygote, once, so that nothing else gets them there, and faulthandler writes to one of them from
then on. Each worker puts its own socket and its own file in their place; a spawned one does so first of all.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os

from . import system, untouched
from .wire.descriptors import WorkerDescriptors

#: Numbers above this are not used, even if the limit allows them: the kernel's table grows with the highest one.
_HIGHEST_LIMIT = 1024
_LIMIT = system.descriptor_limit(_HIGHEST_LIMIT)

#: The socket to the host, and the file for faulthandler. Fixed at import: a test may change the limit.
CHANNEL = _LIMIT - 2
CRASH = _LIMIT - 1
#: The second half of a channel that is two pipes: what goes to the host.
ANSWERS = _LIMIT - 3

OURS = frozenset((CHANNEL, CRASH, ANSWERS))


def reserve() -> None:
    """In the zygote: claim both numbers, and let faulthandler write to :data:`CRASH`."""
    empty = os.open(os.devnull, os.O_RDWR)
    for number in (CHANNEL, CRASH):
        os.dup2(empty, number, inheritable=False)
    os.close(empty)
    watch_for_crashes()


def watch_for_crashes() -> None:
    """Let faulthandler write to :data:`CRASH`."""
    faulthandler.enable(file=CRASH, all_threads=True)


def occupy(descriptors: WorkerDescriptors) -> None:
    """In a worker: put its own in the reserved places."""
    os.dup2(descriptors.channel, CHANNEL, inheritable=False)
    os.dup2(descriptors.crash, CRASH, inheritable=False)


def keep_out_of_the_way(descriptor: int) -> int:
    """A duplicate for a worker's own use, above the numbers that a test counts on, and not inherited."""
    return system.duplicate_above(descriptor, CHANNEL // 2)


def report_crash(text: str) -> None:
    """In a worker that cannot speak to the host any more: leave ``text`` where the host looks after its end."""
    with contextlib.suppress(OSError):
        untouched.write(CRASH, text.encode("utf-8", "backslashreplace"))
