"""The marker ``@isolated_loop``: what it accepts, and what it says about one test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal, get_args

import pytest

from isolated_async_workers.wire.light_dataclass import dataclass

from .allowed import is_dotted_name, is_timeout
from .start import STARTS, WHY_NOT_ALL, StartName

if TYPE_CHECKING:
    import asyncio

MARKER_NAME = "isolated_loop"
MARKER_HELP = (
    "isolated_loop(enabled=True, *, scope=None, timeout=None, leaks=None, nested=None, loop_factory=None, start=None): "
    "run this test in a worker process of its own with a clean event loop; scope='class' or 'module' gives the whole "
    "class or module one worker; timeout is the limit in seconds of each of setup, call and teardown; leaks is ignore, "
    "warn or error; nested is explain or allow; loop_factory makes the loop; start is fork or spawn. "
    "isolated_loop(False) keeps the test in the pytest process."
)

#: What a test that leaves something behind gets.
Leaks = Literal["ignore", "warn", "error"]
LEAKS: tuple[Leaks, ...] = get_args(Leaks)
#: What becomes of a loop that is run while another one runs in the same thread.
Nested = Literal["explain", "allow"]
NESTED: tuple[Nested, ...] = get_args(Nested)

#: Which tests share a worker: none, those of the class, those of the module.
Scope = Literal["function", "class", "module"]
SCOPES: tuple[Scope, ...] = get_args(Scope)

LoopFactory = Callable[[], "asyncio.AbstractEventLoop"]

_ALLOWED = (
    "one positional bool, and scope='function'|'class'|'module', timeout=SECONDS, leaks='ignore'|'warn'|'error', "
    "nested='explain'|'allow', loop_factory=CALLABLE or 'dotted.name', "
    f"start={'|'.join(map(repr, STARTS))}{WHY_NOT_ALL}"
)


@dataclass(frozen=True, slots=True)
class MarkerChoice:
    """What the markers of one test say together; None where they say nothing."""

    enabled: bool | None = None
    scope: Scope | None = None
    timeout: float | None = None
    leaks: Leaks | None = None
    nested: Nested | None = None
    loop_factory: LoopFactory | str | None = None
    start: StartName | None = None


def read_markers(item: pytest.Item) -> MarkerChoice:
    """What the test's markers say; where two say different things, the closer one to the test holds.

    Raises:
        pytest.UsageError: a marker has an argument that is unknown or out of range, or two on the same function,
            class or module contradict each other.
    """
    chosen: dict[str, Any] = {}
    for where, markers in _levels(item):
        at_this_level: dict[str, Any] = {}
        for marker in markers:
            _check(item, marker)
            for name, value in {"enabled": marker.args[0] if marker.args else True, **marker.kwargs}.items():
                if value is not None and at_this_level.setdefault(name, value) != value:
                    raise _usage_error(
                        item, f"is on {where} twice, with {name}={at_this_level[name]!r} and {name}={value!r}"
                    )
        chosen = {**at_this_level, **chosen}
    return MarkerChoice(**chosen)


def _levels(item: pytest.Item) -> Iterator[tuple[str, list[pytest.Mark]]]:
    """The markers of each thing that was marked, the closest to the test first.

    A node's ``own_markers`` are a mixture of what was written at different places: at a function and at one of its
    parameters, at a class and at the classes that it inherits from, and what a plugin has added.
    """
    for node in item.iter_parents():
        left = [marker for marker in node.own_markers if marker.name == MARKER_NAME]
        if not left:
            continue
        for where, declared in _declarations(node):
            here = [marker for marker in left if any(marker is each for each in declared)]
            left = [marker for marker in left if not any(marker is each for each in here)]
            yield where, here
        for marker in left:
            yield node.nodeid, [marker]


def _declarations(node: Any) -> Iterator[tuple[str, list[pytest.Mark]]]:
    parameters = getattr(node, "callspec", None)
    if parameters is not None:
        yield f"the parameters {parameters.id}", list(parameters.marks)
    written_on: Any = getattr(node, "obj", None)
    for each in written_on.__mro__ if isinstance(written_on, type) else [written_on]:
        yield getattr(each, "__name__", ""), marks_on(each)


def marks_on(marked: Any) -> list[Any]:
    """What is written on this function, class or module itself, and on none that it inherits from."""
    declared = vars(marked).get("pytestmark", []) if hasattr(marked, "__dict__") else []
    marks: list[Any] = declared if isinstance(declared, list) else [declared]
    return [getattr(mark, "mark", mark) for mark in marks]


def _check(item: pytest.Item, marker: pytest.Mark) -> None:
    if len(marker.args) > 1 or (marker.args and not isinstance(marker.args[0], bool)):
        raise _usage_error(item, f"got {', '.join(map(repr, marker.args))}")
    for name, value in marker.kwargs.items():
        is_allowed = _ARGUMENTS.get(name)
        if is_allowed is None:
            raise _usage_error(item, f"got an unknown argument {name}={value!r}")
        if value is not None and not is_allowed(value):
            detail = ", which is no number of seconds above 0 (a month at most)" if name == "timeout" else ""
            raise _usage_error(item, f"got {name}={value!r}{detail}")


_ARGUMENTS: dict[str, Callable[[Any], bool]] = {
    "scope": lambda value: value in SCOPES,
    "timeout": is_timeout,
    "leaks": lambda value: value in LEAKS,
    "nested": lambda value: value in NESTED,
    "start": lambda value: value in STARTS,
    "loop_factory": lambda value: callable(value) or (isinstance(value, str) and is_dotted_name(value)),
}


def _usage_error(item: pytest.Item, problem: str) -> pytest.UsageError:
    return pytest.UsageError(f"{item.nodeid}: @{MARKER_NAME} {problem}; allowed: {_ALLOWED}")
