"""How a plugin's module tells the host."""

from __future__ import annotations

from collections.abc import Callable

#: Called with the name of the module and plain data, in the worker.
Note = Callable[[str, dict[str, object]], None]
