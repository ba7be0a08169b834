"""The value of a shared fixture in plain text, and back; and what ``run_isolated`` sends and gets.

::

    fixture's process --pickled, in base64--> host: opaque --> each test that asks for it
    caller: function and arguments --the same--> worker --the same: value or exception--> caller: loaded
"""

from __future__ import annotations

import base64
import pickle

#: The largest pickled value in bytes that is shared. Every test that asks for it gets a copy over a socket: what is
#: larger belongs into a file, whose path is shared.
MAX_VALUE_BYTES = 64 * 1024 * 1024
#: The same of a function with its arguments, and of its value: in base64 they fit into a frame, with what is needed
#: to make it of them into the memory of an ordinary machine. What is larger belongs into a file here too.
MAX_CALL_BYTES = 128 * 1024 * 1024


def to_text(pickled: bytes) -> str:
    """What a message can hold."""
    return base64.b64encode(pickled).decode("ascii")


def load(text: str) -> object:
    """The value. Only who has asked for it may call this: to load it is to run what its pickle says.

    Raises:
        Exception: whatever the classes of the value raise.
    """
    return pickle.loads(base64.b64decode(text))
