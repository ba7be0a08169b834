"""Which zygote a session gets: a fork of this process, a fresh interpreter, or one that forks nothing.

::

    nothing is forked                   --> bare: spawns only (or this process does, where there are no zygotes)
    this process is safe to fork        --> forked
    it is not, by what it runs in       --> fresh: collects for itself
    it is not, by modules of the suite  --> fresh, without those modules; it finds further ones before it imports them
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace

import pytest

from isolated_async_workers.wire.messages import CollectSuite
from isolated_async_workers.wire.stages import PROFILE_OPTION

from ..choice.import_state import not_fork_safe
from ..choice.selection import Selection
from .launch import fork_zygote, spawn_zygote, start_spawner, why_not_fork
from .starts_workers import StartsWorkers

StartZygote = Callable[[], StartsWorkers]


def choose_zygote(
    session: pytest.Session, selection: Selection, suite: CollectSuite, *, serves_all: bool
) -> tuple[StartZygote, StartZygote]:
    """What starts the zygote, and what starts another where it is lost.

    ``serves_all`` says that tests which are not isolated need processes of it too: for shared fixtures.

    The selection is told of modules that must not be forked and were not known before.
    """
    needed = [*selection.isolated, *(selection.items if serves_all else ())]
    if not any(selection.start_of(item) == "fork" for item in needed):
        spawner = functools.partial(start_spawner, measures=bool(session.config.getoption(PROFILE_OPTION)))
        return spawner, spawner
    if not why_not_fork():
        # Before anything else of ours exists: what the zygote inherits, every worker has.
        # What takes its place if it is lost cannot be forked: by then, tests may have run here.
        return functools.partial(fork_zygote, session, suite.basetemp), functools.partial(spawn_zygote, suite)
    unsafe = {} if selection.forks_anyway else not_fork_safe(session)
    if not unsafe:
        return (functools.partial(spawn_zygote, suite),) * 2
    zygote = spawn_zygote(replace(suite, not_forked=list(unsafe)))
    try:
        selection.spawn_modules(zygote.wait_until_ready())
    except BaseException:
        zygote.close()
        raise
    return lambda: zygote, functools.partial(spawn_zygote, replace(suite, not_forked=list(not_fork_safe(session))))
