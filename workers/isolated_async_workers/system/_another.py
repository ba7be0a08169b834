"""Any other system: no worker runs there. See ``wire/system/_another.py``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..wire.system import why_unsupported


def __getattr__(name: str) -> Callable[..., Any]:
    """Everything refuses when it is called."""

    def refuse(*arguments: object) -> Any:
        raise NotImplementedError(f"{name}: {why_unsupported()}")

    return refuse
