"""Packs a call for its process, or says which part of it cannot be sent.

::

    function, args, kwargs, loop factory --cloudpickle--> CallFunction, with where this process is now --> worker
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import cloudpickle  # type: ignore[import-untyped] # it has no types

from isolated_async_workers.wire.messages import CallFunction
from isolated_async_workers.wire.unpicklable import kind_of, why_unpicklable
from isolated_async_workers.wire.value_text import MAX_CALL_BYTES, to_text

from ..processes.import_path import current_directory
from .errors import NotShippable
from .options import LoopFactory

_MIB = 1024 * 1024


def pack_call(
    function: Callable[..., object],
    arguments: tuple[object, ...],
    keywords: dict[str, object],
    loop_factory: LoopFactory | str | None,
) -> CallFunction:
    """The message.

    Raises:
        NotShippable: something in it cannot be pickled, or it is too large.
    """
    parts = {"function": function, "args": arguments, "kwargs": keywords, "loop_factory": loop_factory}
    try:
        # In one piece: what two of them share they share there too.
        pickled: bytes = cloudpickle.dumps(tuple(parts.values()))
    except Exception as error:  # noqa: BLE001 - a user's __reduce__ may raise anything
        raise NotShippable(f"{_culprit(parts, error)} ({_to(function)})") from None
    if len(pickled) > MAX_CALL_BYTES:
        raise NotShippable(f"{_largest(parts)} ({_to(function)}). Write it to a file, send the path")
    return CallFunction(
        to_text(pickled),
        current_directory(),
        [entry or current_directory() for entry in sys.path if isinstance(entry, str)],
        list(sys.argv),
        dict(os.environ),
    )


def name_of(function: object) -> str:
    """What a function is called in messages."""
    return getattr(function, "__qualname__", None) or repr(getattr(function, "func", function))


def _to(function: object) -> str:
    return f"to be sent to the process of {name_of(function)}"


def _culprit(parts: dict[str, Any], error: Exception) -> str:
    for name, part in parts.items():
        try:
            cloudpickle.dumps(part)
        except Exception as of_part:  # noqa: BLE001 - the same
            return why_unpicklable(name, part, of_part, cloudpickle.dumps)
    return f"the call: {type(error).__name__}: {error}"


def _largest(parts: dict[str, Any]) -> str:
    each = [("function", parts["function"]), ("loop_factory", parts["loop_factory"])]
    each += [(f"args[{at}]", part) for at, part in enumerate(parts["args"])]
    each += [(f"kwargs[{name!r}]", part) for name, part in parts["kwargs"].items()]
    size, name, part = max(((len(cloudpickle.dumps(part)), name, part) for name, part in each), key=lambda it: it[0])
    return (
        f"{name}: {kind_of(part)!r} object takes {size / _MIB:.0f} MiB when pickled; at most "
        f"{MAX_CALL_BYTES // _MIB} MiB are sent with a call"
    )
