"""The descriptors that travel with ``ForkWorker`` and ``SpawnWorker``.

They are all that a worker shares with the host by our doing. Each worker gets its own of every one, so that no two
workers share an open file description of ours.
"""

from __future__ import annotations

from typing import NamedTuple


class WorkerDescriptors(NamedTuple):
    """Descriptor numbers, in the order in which they are passed."""

    #: A connected stream socket to the host: ``RunCase``, ``SetUpShared``, ``SharedValue`` come in, the rest goes out.
    channel: int
    #: Anonymous files behind pytest's own descriptor capturing; the host reads them if the worker dies.
    captured_stdout: int
    captured_stderr: int
    #: Pipes for what is not captured (``-s``, ``capsys.disabled()``): the host copies them to its own streams.
    live_stdout: int
    live_stderr: int
    #: An anonymous file for faulthandler.
    crash: int
