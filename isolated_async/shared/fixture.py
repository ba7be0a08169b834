"""The decorator ``@shared_fixture``: a session fixture that is set up once per run, in a process of its own."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Any, Literal, NoReturn, overload

import pytest

#: Attribute of what pytest takes for the fixture's function: what its author wrote.
AUTHORS_FUNCTION = "__isolated_loop_shared__"

_ALLOWED = "scope='session', params=SEQUENCE, ids=SEQUENCE or CALLABLE, name='...', autouse=BOOL"

Function = Callable[..., Any]


@overload
def shared_fixture(function: Function, /) -> Function: ...
@overload
def shared_fixture(
    *,
    scope: Literal["session"] = "session",
    params: Sequence[object] | None = None,
    ids: Sequence[object | None] | Callable[[Any], object | None] | None = None,
    name: str | None = None,
    autouse: bool = False,
) -> Callable[[Function], Function]: ...
def shared_fixture(function: Function | None = None, /, *, scope: str = "session", **options: Any) -> Any:
    """Declare a fixture that all tests share, isolated or not: it is set up once per run, by the first that needs it.

    It lives in a process of its own, with a running loop of its own: an async server in it serves while tests run. Each
    test gets a copy of its value, which cloudpickle must be able to pickle: say, a URL. Its teardown runs once, at the
    end of the run.

    Args:
        function: a function, a coroutine function, or a generator function of either kind.
        scope: ``session``, and nothing else.
        params, ids, name, autouse: as for ``pytest.fixture``.

    Raises:
        pytest.UsageError: an argument is not allowed.
    """
    if function is not None:
        return _declare(function, scope, options)
    return lambda decorated: _declare(decorated, scope, options)


def _declare(function: Function, scope: str, options: dict[str, Any]) -> Any:
    described = getattr(function, "__qualname__", repr(function))
    if not inspect.isfunction(function):
        raise pytest.UsageError(f"@shared_fixture on {described}: allowed on functions, without @pytest.fixture")
    if scope != "session":
        raise pytest.UsageError(
            f"@shared_fixture on {described}: got scope={scope!r}; a shared fixture lives as long as the run. "
            f"Allowed: {_ALLOWED}"
        )
    if unknown := set(options) - {"params", "ids", "name", "autouse"}:
        named = ", ".join(f"{name}={options[name]!r}" for name in sorted(unknown))
        raise pytest.UsageError(f"@shared_fixture on {described}: got an unknown argument {named}; allowed: {_ALLOWED}")

    # Of an async function it must not look like one: the plugins that drive those would claim it.
    @functools.wraps(function)
    def declared(*_: Any, **__: Any) -> NoReturn:
        pytest.fail(f"shared fixture {described} needs the plugin isolated_async, which is not loaded", pytrace=False)

    setattr(declared, AUTHORS_FUNCTION, function)
    return pytest.fixture(scope="session", **options)(declared)
