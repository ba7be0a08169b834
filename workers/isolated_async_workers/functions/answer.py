"""What a worker answers to a call: the value or the exception, pickled, or why it cannot be."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from typing import TypeVar

import cloudpickle  # type: ignore[import-untyped] # it has no types

from .. import broken_protocol
from ..wire.messages import CallRaised, CallReturned
from ..wire.printed import printed
from ..wire.unpicklable import kind_of, why_unpicklable
from ..wire.value_text import MAX_CALL_BYTES, to_text

T = TypeVar("T")

_PACKAGE = os.path.dirname(os.path.dirname(__file__)) + os.sep
_MIB = 1024 * 1024
# What the function has put in its place must not run here.
_dumps = cloudpickle.dumps


#: Calls what must not fail; where it does, and the function has left the standard library patched, once more without.
Insist = Callable[[Callable[[], T]], T]


def returned(value: object, insist: Insist[bytes]) -> CallReturned:
    """The answer of a function that has returned ``value``."""
    try:
        pickled = insist(lambda: _pickled(value))
    except Exception as error:  # noqa: BLE001 - a user's __reduce__ may raise anything
        return CallReturned("", why_unpicklable("result", value, error, _dumps))
    if len(pickled) > MAX_CALL_BYTES:
        size = f"{len(pickled) / _MIB:.0f} MiB when pickled; at most {MAX_CALL_BYTES // _MIB} MiB are sent"
        return CallReturned("", f"result: {kind_of(value)!r} object takes {size}. Write it to a file, return the path")
    return CallReturned(to_text(pickled), "")


def raised(error: BaseException, insist: Insist[bytes]) -> CallRaised:
    """The answer of a function that has raised ``error``."""
    try:
        pickled = insist(lambda: _pickled(error))
    except BaseException:  # noqa: BLE001 - it may raise what is no Exception, too
        pickled = b""
    if len(pickled) > MAX_CALL_BYTES:
        pickled = b""
    return CallRaised(to_text(pickled), kind_of(error), printed(error), describe(error))


def _pickled(value: object) -> bytes:
    return _dumps(value)  # type: ignore[no-any-return] # it has no types


def describe(error: BaseException) -> str:
    """The traceback of ``error``, from the frame on at which the user's code begins."""
    try:
        whole = traceback.TracebackException.from_exception(error)
        whole.stack = traceback.StackSummary.from_list(
            [frame for frame in whole.stack if not frame.filename.startswith((_PACKAGE, "<frozen "))]
        )
        return "".join(whole.format())
    except BaseException:  # noqa: BLE001 - the exception's own methods may do anything
        return broken_protocol.describe(error)
