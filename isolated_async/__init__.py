"""isolated-async: each opted-in test runs in its own worker process with one clean event loop.

PYTEST_DONT_REWRITE: the asserts of this package are not a test's.
"""

from __future__ import annotations

from isolated_async_workers.wire.leak_warning import LeakWarning

from .choice.marker import isolated_loop
from .shared.fixture import shared_fixture

__all__ = ["LeakWarning", "__version__", "isolated_loop", "shared_fixture"]

__version__ = "0.1.0"
