"""Pickles the value of a shared fixture, or says which part of it cannot be pickled."""

from __future__ import annotations

import cloudpickle  # type: ignore[import-untyped] # it has no types

from ..wire.unpicklable import find_culprit, kind_of
from ..wire.value_text import MAX_VALUE_BYTES

_MIB = 1024 * 1024


class NotShippable(Exception):
    """The value cannot be given to the tests; the text says what of it, and why."""


def pickle_value(name: str, value: object) -> bytes:
    """The value of the shared fixture ``name``, pickled.

    Raises:
        NotShippable: cloudpickle cannot pickle it, or it is too large.
    """
    try:
        pickled: bytes = cloudpickle.dumps(value)
    except Exception as error:  # noqa: BLE001 - a user's __reduce__ may raise anything
        path, part, cause = find_culprit(name, value, error, cloudpickle.dumps)
        where = "" if path == name else f", because of {path}"
        raise NotShippable(
            f"the value of shared fixture {name!r}, of type {kind_of(value)}, cannot be sent to the tests{where}: "
            f"{kind_of(part)} cannot be pickled ({type(cause).__name__}: {cause}). "
            "Share what tests need to reach it instead, like an address or a path"
        ) from None
    if len(pickled) > MAX_VALUE_BYTES:
        raise NotShippable(
            f"the value of shared fixture {name!r} takes {len(pickled) / _MIB:.0f} MiB when pickled; at most "
            f"{MAX_VALUE_BYTES // _MIB} MiB are sent to a test. Write it to a file, and share the path"
        )
    return pickled
