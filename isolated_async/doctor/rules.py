"""The loop conflicts that can be seen in code: one function for each kind, none of which guesses.

A rule says nothing where a name, a base class or a decorator is not known for certain. Where code waits for the error
itself (``pytest.raises``, ``try``), it is meant.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator

from .bindings import is_bound_within, is_coroutine_function_within
from .finding import Finding, Kind
from .kinds import (
    ASYNC_HOOK,
    ASYNC_TEST,
    CURRENT_LOOP,
    EAGER_SET_UP,
    EVENT_LOOP_FIXTURE,
    LOOP_AT_IMPORT,
    MISSING_AWAIT,
    POLICY_AT_IMPORT,
    RETURNED_COROUTINE,
    RUN_IN_COROUTINE,
    UNCALLED_HOOK,
    WAITS_FOR_ITSELF,
)
from .sources import Ancestry, FunctionNode, SourceFile, Sources, methods, returns_coroutine
from .spots import Spot, spots

_RUNS = {"asyncio.run", "anyio.run", "trio.run"}
_AT_IMPORT = {"asyncio.new_event_loop", "asyncio.get_event_loop", "asyncio.Future"}
_OWN_LOOP = {"asyncio.get_running_loop", "asyncio.get_event_loop"}
#: Wherever in the suite: of a base class, a fixture or an import, for one.
_MAKES_CURRENT = {"set_event_loop", "set_event_loop_policy"}
_FIXTURES = {"pytest.fixture", "pytest_asyncio.fixture"}
#: Of unittest, sync by definition.
_UNITTEST_HOOKS = {"setUp", "tearDown", "setUpClass", "tearDownClass"}
#: Of pytest, and called by it.
_XUNIT_HOOKS = {f"{when}_{what}" for when in ("setup", "teardown") for what in ("method", "class")}
_OF_ISOLATED_ASYNCIO = {"asyncSetUp", "asyncTearDown"}


def scan(sources: Sources) -> list[Finding]:
    """Everything that is found, file by file, from top to bottom."""
    found = {finding for file in sources.files for finding in _in_file(file, sources)}
    return sorted(found, key=lambda each: (each.path, each.line, each.column, each.kind.name))


def _in_file(file: SourceFile, sources: Sources) -> Iterator[Finding]:
    for spot in spots(file):
        for rule in _RULES:
            yield from rule(spot, sources)


def _finding(kind: Kind, spot: Spot, text: str) -> Finding:
    node = spot.node
    return Finding(kind, spot.file.path, getattr(node, "lineno", 1), getattr(node, "col_offset", 0) + 1, text)


def _run_in_coroutine(spot: Spot, sources: Sources) -> Iterator[Finding]:
    if not spot.is_in_coroutine or spot.is_expected:
        return
    match spot.node:
        case ast.Call(called) if spot.file.origin(called) in _RUNS:
            yield _finding(RUN_IN_COROUTINE, spot, f"{ast.unparse(called)}(...) in {_name(spot)}")
        case ast.Call(ast.Attribute(_, "run_until_complete") as called) as call if _may_be_of_a_loop(call, spot):
            yield _finding(RUN_IN_COROUTINE, spot, f"{ast.unparse(called)}(...) in {_name(spot)}")


def _may_be_of_a_loop(call: ast.Call, spot: Spot) -> bool:
    """True if this is how a loop's method is called: it takes one thing, and gives nothing to await."""
    assert spot.function is not None
    is_awaited = any(isinstance(node, ast.Await) and node.value is call for node in ast.walk(spot.function))
    return len(call.args) + len(call.keywords) == 1 and not is_awaited


def _eager_set_up(spot: Spot, sources: Sources) -> Iterator[Finding]:
    match spot.node, spot.function:
        case (
            ast.Call(
                ast.Attribute(_, "run_until_complete" | "run"),
                [ast.Call(ast.Attribute(ast.Name("self"), "asyncSetUp"))],
            ),
            ast.FunctionDef("setUp" | "setup_method" | "__init__" as hook),
        ) if spot.method_of is not None:
            yield _finding(EAGER_SET_UP, spot, f"{spot.method_of.name}.{hook}")


def _async_methods_of_unittest(spot: Spot, sources: Sources) -> Iterator[Finding]:
    if not isinstance(spot.node, ast.ClassDef):
        return
    ancestry = sources.ancestry(spot.file, spot.node)
    if not (ancestry.is_plain_test_case or ancestry.is_async_test_case):
        return
    for method in methods(spot.node):
        if returns_coroutine(method) or _is_async_class_method(spot.file, method):
            yield from _async_method(spot, method, ancestry)


def _async_method(spot: Spot, method: FunctionNode, ancestry: Ancestry) -> Iterator[Finding]:
    assert isinstance(spot.node, ast.ClassDef)
    at = Spot(spot.file, method)
    name = f"{spot.node.name}.{method.name}"
    if method.name in _UNITTEST_HOOKS:
        yield _finding(ASYNC_HOOK, at, name)
    elif ancestry.is_plain_test_case and method.name.startswith("test"):
        yield _finding(ASYNC_TEST, at, name)
    elif ancestry.is_plain_test_case and method.name in _OF_ISOLATED_ASYNCIO and not ancestry.mentions(method.name):
        yield _finding(UNCALLED_HOOK, at, name)


def _is_async_class_method(file: SourceFile, method: FunctionNode) -> bool:
    return isinstance(method, ast.AsyncFunctionDef) and [
        each.id for each in method.decorator_list if isinstance(each, ast.Name)
    ] == ["classmethod"]


def _async_xunit_hook(spot: Spot, sources: Sources) -> Iterator[Finding]:
    if not isinstance(spot.node, ast.ClassDef) or not spot.node.name.startswith("Test"):
        return
    if sources.ancestry(spot.file, spot.node).others or spot.file.path not in sources.with_tests:
        return  # Whatever that is.
    for method in methods(spot.node):
        if method.name in _XUNIT_HOOKS and (returns_coroutine(method) or _is_async_class_method(spot.file, method)):
            yield _finding(ASYNC_HOOK, Spot(spot.file, method), f"{spot.node.name}.{method.name}")


def _missing_await(spot: Spot, sources: Sources) -> Iterator[Finding]:
    match spot.node:
        case ast.Expr(ast.Call(called)) if not spot.is_expected and _is_coroutine_function(spot, called, sources):
            yield _finding(MISSING_AWAIT, spot, f"{ast.unparse(called)}(...)")


def _returned_coroutine(spot: Spot, sources: Sources) -> Iterator[Finding]:
    function = spot.function
    if not (isinstance(function, ast.FunctionDef) and function.name.startswith("test")) or function.decorator_list:
        return
    if len(spot.functions) > 1 or not _is_collected(spot, sources):
        return
    match spot.node:
        case ast.Return(ast.Call(called)) if _is_coroutine_function(spot, called, sources):
            yield _finding(RETURNED_COROUTINE, spot, f"{function.name} returns {ast.unparse(called)}(...)")


def _is_collected(spot: Spot, sources: Sources) -> bool:
    """True if a function here with the name of a test or hook is one; a fixture is one anyway."""
    if spot.method_of is not None:
        ancestry = sources.ancestry(spot.file, spot.method_of)
        if ancestry.is_plain_test_case or ancestry.is_async_test_case:
            return True  # Also where another file imports the class.
        if ancestry.others:
            return False
    is_fixture = isinstance(spot.function, FunctionNode) and _is_fixture(spot.function, spot.file)
    return is_fixture or spot.file.path in sources.with_tests


def _is_coroutine_function(spot: Spot, called: ast.expr, sources: Sources) -> bool:
    """True if a call of that gives a coroutine, for certain."""
    match called:
        case ast.Name(name):
            if is_bound_within(name, spot):
                return is_coroutine_function_within(name, spot)
            return sources.coroutine_function(spot.file.origin(called)) is not None
        case ast.Attribute(ast.Name("self"), name) if spot.method_of is not None:
            ancestry = sources.ancestry(spot.file, spot.method_of)
            method = ancestry.method(name)
            # Instances may have their own.
            return method is not None and returns_coroutine(method) and not _is_assigned(name, ancestry)
        case ast.Attribute():
            root = _root(called)
            is_known = isinstance(root, ast.Name) and not is_bound_within(root.id, spot)
            return is_known and sources.coroutine_function(spot.file.origin(called)) is not None
    return False


def _root(expression: ast.expr) -> ast.expr:
    """What the first of its attributes is one of."""
    while isinstance(expression, ast.Attribute):
        expression = expression.value
    return expression


def _is_assigned(name: str, ancestry: Ancestry) -> bool:
    return any(
        isinstance(node, ast.Attribute) and node.attr == name and isinstance(node.ctx, ast.Store)
        for _, definition in ancestry.known
        for node in ast.walk(definition)
    )


def _current_loop(spot: Spot, sources: Sources) -> Iterator[Finding]:
    function = spot.function
    if len(spot.functions) != 1 or not isinstance(function, ast.FunctionDef) or spot.is_expected:
        return
    match spot.node:
        case ast.Call(called, []) if (
            spot.file.origin(called) == "asyncio.get_event_loop"
            and _is_called_for_a_test(function, spot.file)
            and _is_collected(spot, sources)
            and not _MAKES_CURRENT & sources.mentioned
            and "IsolatedAsyncioTestCase" not in spot.file.mentioned
        ):
            yield _finding(CURRENT_LOOP, spot, f"{ast.unparse(called)}() in {_name(spot)}")


def _is_called_for_a_test(function: ast.FunctionDef, file: SourceFile) -> bool:
    hooks = _UNITTEST_HOOKS | _XUNIT_HOOKS
    return function.name.startswith("test") or function.name in hooks or _is_fixture(function, file)


def _is_fixture(function: FunctionNode, file: SourceFile) -> bool:
    return any(
        file.origin(each.func if isinstance(each, ast.Call) else each) in _FIXTURES for each in function.decorator_list
    )


def _at_import(spot: Spot, sources: Sources) -> Iterator[Finding]:
    if spot.function is not None or spot.is_deferred or not isinstance(spot.node, ast.Call):
        return
    origin = spot.file.origin(spot.node.func)
    if origin in _AT_IMPORT:
        yield _finding(LOOP_AT_IMPORT, spot, f"{origin}() in module {spot.file.name}")
    elif origin == "asyncio.set_event_loop_policy":
        yield _finding(POLICY_AT_IMPORT, spot, f"{origin}(...) in module {spot.file.name}")


def _waits_for_itself(spot: Spot, sources: Sources) -> Iterator[Finding]:
    if not spot.is_in_coroutine or spot.is_expected:
        return
    match spot.node:
        case ast.Call(ast.Attribute(ast.Call(called, [_, loop]), "result")) if spot.file.origin(
            called
        ) == "asyncio.run_coroutine_threadsafe" and _is_own_loop(loop, spot):
            yield _finding(WAITS_FOR_ITSELF, spot, f"{ast.unparse(called)}(...).result() in {_name(spot)}")


def _is_own_loop(loop: ast.expr, spot: Spot) -> bool:
    match loop:
        case ast.Call(called):
            return spot.file.origin(called) in _OWN_LOOP
        case ast.Name(name) if spot.function is not None:
            values = [
                node.value
                for node in ast.walk(spot.function)
                if isinstance(node, ast.Assign)
                and any(isinstance(to, ast.Name) and to.id == name for to in node.targets)
            ]
            return bool(values) and all(isinstance(each, ast.Call) and _is_own_loop(each, spot) for each in values)
    return False


def _event_loop_fixture(spot: Spot, sources: Sources) -> Iterator[Finding]:
    match spot.node:
        case ast.FunctionDef("event_loop") | ast.AsyncFunctionDef("event_loop") as function if _is_fixture(
            function, spot.file
        ):
            yield _finding(EVENT_LOOP_FIXTURE, spot, f"a fixture of the suite's own in module {spot.file.name}")


def _name(spot: Spot) -> str:
    function = spot.function
    assert isinstance(function, FunctionNode)
    return f"{spot.method_of.name}.{function.name}" if spot.method_of is not None else function.name


_RULES: tuple[Callable[[Spot, Sources], Iterator[Finding]], ...] = (
    *(_run_in_coroutine, _eager_set_up, _async_methods_of_unittest, _async_xunit_hook, _missing_await),
    *(_returned_coroutine, _current_loop, _at_import, _waits_for_itself, _event_loop_fixture),
)
