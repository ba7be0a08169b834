"""Coroutines whose body has not begun, and that the message of a failure speaks of."""

from __future__ import annotations

import gc
import inspect
import re
from types import CoroutineType
from typing import Any

_COROUTINE = r"<coroutine object \S+ at 0x([0-9a-f]+)>"
_NAMED = re.compile(_COROUTINE)
_COMPARES = r"(?:==|!=|<=?|>=?|is(?: not)?|(?:not )?in)"
#: One side of a comparison: of pytest's ``assert x == 1``, or of unittest's ``x != 1 : message``. What a list, a call
#: or a mock merely names may be there rightly.
_OPERAND = re.compile(
    rf"^(?:assert )?{_COROUTINE} {_COMPARES} |^assert not {_COROUTINE}$|^.* {_COMPARES} {_COROUTINE}(?: : |$)"
)

#: A failed assertion about how often a mock was called lists the calls; another one, what was expected.
_CALLS_OF_MOCK = re.compile(r"^Calls: \[.*", re.MULTILINE | re.DOTALL)
_EXPECTED_BY_MOCK = re.compile(r"^Expected: .*", re.MULTILINE)

# What the test has put in their place must not run here.
_objects = gc.get_objects
_state = inspect.getcoroutinestate


def is_waiting(value: object) -> bool:
    """True for a coroutine whose body has not begun."""
    # isinstance would ask an object of the test's for its __class__, which may raise.
    return type(value) is CoroutineType and _state(value) == inspect.CORO_CREATED


def named_in(message: str) -> list[CoroutineType[Any, Any, Any]]:
    """Those whose repr is part of ``message``, but for those that a mock may have been called with rightly."""
    message = _CALLS_OF_MOCK.sub("", message)
    expected = _EXPECTED_BY_MOCK.search(message)
    if expected is not None and (_NAMED.search(expected[0]) or "<ANY>" in expected[0]):
        return []
    return _alive(_NAMED.findall(message))


def compared_in(message: str) -> list[CoroutineType[Any, Any, Any]]:
    """Those that are compared, themselves, in a failed assertion with this message."""
    lines = message.splitlines()
    # Before pytest's own line comes what the test says.
    compared = [line for line in lines if line.startswith("assert ")] or lines[:1]
    found = [match for line in compared if (match := _OPERAND.search(line))]
    return _alive([address for match in found for address in match.groups() if address])


def _alive(addresses: list[str]) -> list[CoroutineType[Any, Any, Any]]:
    if not addresses:
        return []
    wanted = {int(address, 16) for address in addresses}
    return [each for each in _objects() if id(each) in wanted and is_waiting(each)]
