"""The value of a shared fixture in plain text, and back.

::

    fixture's process --pickled, in base64--> host: opaque --> each test that asks for it
"""

from __future__ import annotations

import base64
import pickle

#: The largest pickled value in bytes that is shared. Every test that asks for it gets a copy over a socket: what is
#: larger belongs into a file, whose path is shared.
MAX_VALUE_BYTES = 64 * 1024 * 1024


def to_text(pickled: bytes) -> str:
    """What a message can hold."""
    return base64.b64encode(pickled).decode("ascii")


def load(text: str) -> object:
    """The value. Only a test that asks for it may call this: to load it is to run what its pickle says.

    Raises:
        Exception: whatever the classes of the value raise.
    """
    return pickle.loads(base64.b64decode(text))
