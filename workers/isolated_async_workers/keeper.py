"""The keeper: the parent of the zygote, which does nothing but wait for its end and kill what that leaves behind.

::

    host --fork or exec--> keeper --fork--> zygote --fork--> workers --> what tests start
                             `-- child subreaper: it inherits what is left when a zygote is killed with its workers

The zygote does the same for its workers, but a SIGKILL may hit the zygote too. Whichever of the two dies, the other
ends everything; and when the keeper has ended after its zygote, nothing is left.
"""

from __future__ import annotations

import contextlib
import os
import signal
from typing import NoReturn

from . import process_tree, system
from .wire.control_socket import ControlSocket
from .wire.messages import ZygoteFailed


def follow_a_keeper(control: ControlSocket, host: int) -> None:
    """Fork: return in the child, which becomes the zygote; the parent, which ``host`` has started, keeps it."""
    system.follow_parent(host, signal.SIGTERM)
    system.adopt_orphans()
    keeper = os.getpid()
    # Before there is a child: one that has ended must be there to be waited for.
    ends_of_children = signal.signal(system.CHILD_SIGNAL, signal.SIG_DFL)
    try:
        zygote = system.fork()
    except OSError as error:
        control.send(ZygoteFailed(f"fork failed: {error.strerror} (errno {error.errno})"))
        os._exit(1)
    if zygote != 0:
        _keep(zygote, host, control)
    # What the zygote may still import finds it as it was; a handler that is not Python's cannot be put back.
    signal.signal(system.CHILD_SIGNAL, ends_of_children or signal.SIG_DFL)
    system.follow_parent(keeper, signal.SIGTERM)


def _keep(zygote: int, host: int, control: ControlSocket) -> NoReturn:
    status = 1
    try:
        # The host sees it closed when the zygote is gone.
        control.close()
        signal.signal(signal.SIGTERM, lambda *_: _tell(zygote))
        status = system.wait_for_zygote(zygote, host)
        # There is nobody left to be told, and what follows must not be broken off.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        process_tree.kill_strays(frozenset(), system.left_behind)
        if status < 0:
            # The host learns from this process how the zygote has ended.
            system.die_by(-status)
    finally:
        os._exit(abs(status))


def _tell(zygote: int) -> None:
    # It may have ended just now, and have been waited for.
    with contextlib.suppress(ProcessLookupError):
        os.kill(zygote, signal.SIGTERM)
