"""How a call has ended, for whoever has asked for it.

Here is unpickled what a worker has sent; elsewhere in the host, the values of shared fixtures alone are.
"""

from __future__ import annotations

import contextlib
import sys

from isolated_async_workers.wire.light_dataclass import dataclass
from isolated_async_workers.wire.messages import CallRaised, CallReturned
from isolated_async_workers.wire.value_text import load

from .errors import IsolatedError, NotShippable, RemoteError


@dataclass(frozen=True, slots=True)
class Ended:
    """What the worker has answered, or why it has not; and what is to be shown of its output."""

    answer: CallReturned | CallRaised | IsolatedError
    stdout: str = ""
    stderr: str = ""

    def show_output(self) -> None:
        """Write it to this process's own streams, whatever these are now."""
        for stream, text in ((sys.stdout, self.stdout), (sys.stderr, self.stderr)):
            # None, closed, or of an encoding that does not have these characters: no reason to lose the value.
            with contextlib.suppress(OSError, ValueError, AttributeError):
                if text:
                    stream.write(text)
                    stream.flush()

    def result(self) -> object:
        """The value; or raise what the function has raised, or why there is neither."""
        __tracebackhide__ = True
        match self.answer:
            case CallReturned(_, problem) if problem:
                raise NotShippable(f"{problem} (the function has run, and its value cannot be sent)")
            case CallReturned(value):
                return _loaded_value(value)
            case CallRaised() as raised:
                raise _loaded_error(raised)
            case IsolatedError() as error:
                raise error
        raise AssertionError("unreachable")


def _loaded_value(value: str) -> object:
    try:
        return load(value)
    except Exception as error:
        raise NotShippable(
            f"result: cannot be loaded here: {type(error).__name__}: {error} (the function has run)"
        ) from error


def _loaded_error(raised: CallRaised) -> BaseException:
    try:
        error = load(raised.error) if raised.error else None
    except Exception:  # noqa: BLE001 - its class may do anything when it is made anew
        error = None
    if not isinstance(error, BaseException):
        error = RemoteError(f"{raised.kind}: {raised.text}")
        error.type_name, error.text, error.traceback = raised.kind, raised.text, raised.traceback
    note = f"In the process of the function:\n{raised.traceback.rstrip()}"
    if sys.version_info >= (3, 11):
        error.add_note(note)
    elif error.__cause__ is None:
        # Nobody shows notes there.
        error.__cause__ = RemoteError(f"\n{note}")
    return error
