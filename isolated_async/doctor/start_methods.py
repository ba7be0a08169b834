"""Which ways to make a worker work on this machine: each is tried."""

from __future__ import annotations

import os
from typing import Literal

from isolated_async_workers.wire.light_dataclass import dataclass
from isolated_async_workers.wire.system import WHY_NO_FORKS, why_unsupported

from ..choice.start import STARTS
from ..functions.errors import IsolatedError
from ..functions.run import run_isolated

#: Seconds for one process that does nothing: most of it for an interpreter to start.
_LIMIT_S = 60.0
_ALL: tuple[Literal["fork", "spawn"], ...] = ("fork", "spawn")


@dataclass(frozen=True, slots=True)
class StartMethod:
    """``problem`` is empty if it works."""

    name: str
    problem: str


def try_start_methods() -> list[StartMethod]:
    """All that there are."""
    if problem := why_unsupported():
        return [StartMethod(name, problem) for name in _ALL]
    return [StartMethod(name, _problem(name)) for name in _ALL]


def _problem(name: Literal["fork", "spawn"]) -> str:
    if name not in STARTS:
        return WHY_NO_FORKS
    try:
        return "" if run_isolated(os.getpid, start=name, timeout=_LIMIT_S) != os.getpid() else "it is no other process"
    except IsolatedError as error:
        return str(error).splitlines()[0]
