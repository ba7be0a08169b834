"""Why a worker that cannot speak to the host any more leaves; they reach the host in ``WorkerExited``.

::

    worker --one of these--> a page of memory --read when the worker is gone--> zygote --WorkerExited--> host

An exit status would not do: a test may choose any.
"""

from __future__ import annotations

#: The test has closed the descriptor of its socket, or put another file in its place.
CHANNEL_LOST = "channel lost"
#: There was no memory for a report.
OUT_OF_MEMORY = "out of memory"
#: It failed in a way that nobody has foreseen; the traceback is where faulthandler writes.
FAILED = "failed"
