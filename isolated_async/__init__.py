"""isolated-async: each opted-in test runs in its own worker process with one clean event loop.

PYTEST_DONT_REWRITE: the asserts of this package are not a test's.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from isolated_async_workers.wire.leak_warning import LeakWarning

    from .decorator import isolated_loop
    from .functions.errors import (
        CouldNotStart,
        IsolatedError,
        IsolatedTimeout,
        NotShippable,
        PoolClosed,
        RemoteError,
        WorkerCrashed,
    )
    from .functions.pool import IsolatedPool
    from .functions.run import run_isolated, run_isolated_async
    from .shared.fixture import shared_fixture

__all__ = [
    "CouldNotStart",
    "IsolatedError",
    "IsolatedPool",
    "IsolatedTimeout",
    "LeakWarning",
    "NotShippable",
    "PoolClosed",
    "RemoteError",
    "WorkerCrashed",
    "__version__",
    "isolated_loop",
    "run_isolated",
    "run_isolated_async",
    "shared_fixture",
]

__version__ = "0.1.0"

#: Where each public name is. Imported when it is asked for: a pytest that isolates nothing must start quickly, and
#: the process of a function whose module imports ``run_isolated`` does without pytest.
_MODULES = {
    "LeakWarning": "isolated_async_workers.wire.leak_warning",
    "isolated_loop": "isolated_async.decorator",
    "shared_fixture": "isolated_async.shared.fixture",
    "IsolatedPool": "isolated_async.functions.pool",
    "run_isolated": "isolated_async.functions.run",
    "run_isolated_async": "isolated_async.functions.run",
    "CouldNotStart": "isolated_async.functions.errors",
    "IsolatedError": "isolated_async.functions.errors",
    "IsolatedTimeout": "isolated_async.functions.errors",
    "NotShippable": "isolated_async.functions.errors",
    "PoolClosed": "isolated_async.functions.errors",
    "RemoteError": "isolated_async.functions.errors",
    "WorkerCrashed": "isolated_async.functions.errors",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = globals()[name] = getattr(import_module(_MODULES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
