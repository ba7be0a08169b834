"""What ``run_isolated`` raises of its own; everything else that it raises is what the function has raised.

::

    IsolatedError
     |- CouldNotStart                the function has not run: it may be called again
     |- NotShippable (TypeError)     an argument, or the value, cannot be sent
     |- IsolatedTimeout (TimeoutError)
     |- WorkerCrashed                its process has died
     |- RemoteError                  stands in for an exception that cannot be sent
     `- PoolClosed

All of them can be pickled: a function may have called ``run_isolated`` itself.
"""

from __future__ import annotations


class IsolatedError(Exception):
    """The base of all of them."""


class CouldNotStart(IsolatedError):
    """The function has not run: no process could be had for it, or it cannot load what was sent. The text says why."""


class NotShippable(IsolatedError, TypeError):
    """The function, an argument or the value cannot be sent to another process; the text begins with its path."""


class PoolClosed(IsolatedError):
    """The pool was closed before the call, or while it ran: what it had started was killed."""


class RemoteError(IsolatedError):
    """The function has raised an exception that cannot be sent, or not be loaded here: its name, text and traceback.

    Attributes:
        type_name: the name of its class, with the module.
        text: what it says.
        traceback: all that was to be printed of it.
    """

    type_name = ""
    text = ""
    traceback = ""


class _ProcessEnded(IsolatedError):
    """What is known of a process that has not told how its function has ended.

    Attributes:
        stacks: where its tasks and threads stood, as far as they could be asked; by faulthandler where it died.
        stdout, stderr: what it has printed, the last megabyte.
    """

    stacks = ""
    stdout = ""
    stderr = ""


class IsolatedTimeout(_ProcessEnded, TimeoutError):
    """The call took longer than its limit; its process and all that it has started are gone.

    Attributes:
        timeout: the limit, in seconds.
    """

    timeout = 0.0


class WorkerCrashed(_ProcessEnded):
    """The process died, or left, before the function had returned; all that it has started is gone.

    Attributes:
        signal: the number of the signal that has killed it; None if none has.
        exit_code: the status with which it left by itself; None if it has not.
    """

    signal: int | None = None
    exit_code: int | None = None
