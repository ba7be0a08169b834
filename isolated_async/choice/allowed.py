"""What a limit of time and a dotted name may be, wherever they are given."""

from __future__ import annotations

#: A month: a longer limit is a mistake, and overflows some system's timers.
LONGEST_TIMEOUT_S = 31 * 86400.0


def is_timeout(value: object) -> bool:
    """True for a number of seconds above 0, a month at most."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value <= LONGEST_TIMEOUT_S


def is_dotted_name(text: str) -> bool:
    """True if ``text`` may name something in a module: ``package.module.name`` or ``package.module:name``."""
    return all(part.isidentifier() for part in text.replace(":", ".").split("."))
