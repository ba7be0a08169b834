"""A test that fails with what is hard to print, to send, or to tell from the end of the run."""

from __future__ import annotations

from pathlib import Path

import pytest

from .fault import DIED_IN_CALL, FAILED, Fault, Outcome, check, check_in_process

_CLASS = """
class Broken(Exception):
    {body}

def test_fault():
    raise Broken("said")
"""

_BROKEN = {
    "str_raises": "def __str__(self): raise ValueError('in str')",
    "repr_raises": "def __repr__(self): raise ValueError('in repr')",
    "str_and_repr_raise": "def __repr__(self): raise ValueError('x')\n    __str__ = __repr__",
    "str_exits": "def __str__(self): raise SystemExit(3)",
    "str_interrupts": "def __str__(self): raise KeyboardInterrupt",
    "str_is_no_str": "def __str__(self): return 7",
    "repr_is_no_str": "def __repr__(self): return None",
    "str_recurses": "def __str__(self): return str(self)",
    "str_is_long": "def __str__(self): return 'x' * 5_000_000",
    "eq_raises": "def __eq__(self, other): raise ValueError('in eq')\n    __hash__ = None",
    "hash_raises": "def __hash__(self): raise ValueError('in hash')",
    "class_lies": "@property\n    def __class__(self): return int",
    "reduce_raises": "def __reduce__(self): raise TypeError('unpicklable')",
    "notes_are_none": "__notes__ = 7",
    "setattr_raises": "def __setattr__(self, name, value): raise ValueError('in setattr')",
}

OF_A_BROKEN_CLASS = [
    Fault(name, _CLASS.format(body=body), FAILED, says=("Broken",), says_not=("please report",))
    for name, body in _BROKEN.items()
]

_BROKEN_FOR_PYTEST = {
    "bool_raises": "def __bool__(self): raise ValueError('in Broken')",
    "class_raises": "@property\n    def __class__(self): raise ValueError('in Broken')",
    "getattr_raises": "def __getattribute__(self, name): raise ValueError('in Broken')",
    "traceback_raises": "@property\n    def __traceback__(self): raise ValueError('in Broken')",
}

#: In process each of them ends the session.
BEYOND_PYTEST = [
    Fault(
        name,
        _CLASS.format(body=body),
        DIED_IN_CALL,
        says=("pytest or a plugin failed to run or report this test during call", "in Broken"),
        says_not=("please report",),
    )
    for name, body in _BROKEN_FOR_PYTEST.items()
]

_RAISED = {
    "base_exception": "raise BaseException('said')",
    "own_base_exception": "raise type('Own', (BaseException,), {})('said')",
    "memory_error": "raise MemoryError('said')",
    "recursion_error": "raise RecursionError('said')",
    "cancelled_error": "import asyncio; raise asyncio.CancelledError('said')",
    "generator_exit": "raise GeneratorExit('said')",
    "stop_iteration": "raise StopIteration('said')",
    "stop_async_iteration": "raise StopAsyncIteration('said')",
    "unpicklable": "raise ValueError('said', lambda: 0, open('/dev/null'), iter([]))",
    "class_of_the_function": "class Local(Exception): pass\n    raise Local('said')",
    "caused_by_itself": "error = ValueError('said'); error.__cause__ = error; raise error",
    "context_of_itself": "error = ValueError('said'); error.__context__ = error; raise error",
    "cycle_of_causes": "a, b = ValueError('said'), KeyError(1); a.__cause__ = b; b.__cause__ = a; raise a",
    "cycle_of_contexts": "a, b = ValueError('said'), KeyError(1); a.__context__ = b; b.__context__ = a; raise a",
    "cleared_traceback": "error = ValueError('said'); error.with_traceback(None); raise error from None",
}

OF_EVERY_KIND = [
    Fault(
        f"{kind}_{name}",
        f"""
{kind.replace("_", " ")} test_fault():
    {code}
""",
        FAILED,
        says=("said",),
    )
    for name, code in _RAISED.items()
    for kind in ("def", "async_def")
]

AS_IN_PROCESS = [*OF_A_BROKEN_CLASS, *OF_EVERY_KIND]
FAULTS = [*AS_IN_PROCESS, *BEYOND_PYTEST]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_exceptions(fault: Fault, outcome: Outcome) -> None:
    check(fault, outcome)


def test_the_same_in_process(tmp_path: Path) -> None:
    check_in_process(AS_IN_PROCESS, tmp_path)
