"""The text of a value that is a user's."""

from __future__ import annotations


def printed(value: object) -> str:
    """What ``str`` makes of it; of what cannot be printed, its class and why."""
    try:
        return str(value)
    except BaseException as error:  # noqa: BLE001 - the class is a user's; its __str__ may do anything
        return f"<unprintable {type(value).__qualname__}: {type(error).__qualname__}>"
