"""How workers come to be.

::

    fork   zygote, which has collected --fork--> worker
    spawn  zygote --exec--> fresh interpreter: pytest, plugins, conftests -- (its case is known) --> collects, runs

A spawned worker costs an interpreter's start and the imports of its test, and shares nothing with what anything else
has imported. It is made ahead of need like a forked one: most of its start is over when its case comes.
"""

from __future__ import annotations

from isolated_async_workers.wire.light_dataclass import dataclass
from isolated_async_workers.wire.messages import CollectSuite, CollectTests, ForkWorker, SpawnWorker
from isolated_async_workers.wire.stages import PROFILE_OPTION
from isolated_async_workers.wire.system import WHY_NO_DESCRIPTORS

from ..choice.start import StartName
from .interpreter import interpreter_command

#: Seconds from the fork to the begin of setup. It takes milliseconds, and no code of the test runs in it.
FORK_LIMIT_S = 60.0
#: Seconds from an interpreter's start to the begin of setup, the imports of one module included: far more than any
#: takes, so that one that hangs does not hang the run.
SPAWN_LIMIT_S = 900.0


@dataclass(frozen=True, slots=True)
class StartMethod:
    """One way to make workers.

    Attributes:
        limit_s: seconds until a worker begins with its case.
        ahead: what it has to load before its case is known; None if it has it by birth.
        command: what starts it; None if the zygote is forked. Another machine has commands of its own.
        anyway: whether the zygote is forked even if it has threads.
    """

    limit_s: float
    ahead: CollectSuite | CollectTests | None = None
    command: list[str] | None = None
    anyway: bool = False

    @property
    def spawns(self) -> bool:
        """True if a worker is a fresh interpreter."""
        return self.command is not None

    def order(self, number: int) -> ForkWorker | SpawnWorker:
        """What a zygote is told."""
        return ForkWorker(number, self.anyway) if self.command is None else SpawnWorker(number, self.command)


StartMethods = dict[StartName, StartMethod]


def start_methods(suite: CollectSuite | CollectTests, *, fork_anyway: bool) -> StartMethods:
    """All of them, for workers of this suite; ``fork_anyway`` even from a zygote that has threads."""
    measures = isinstance(suite, CollectSuite) and suite.options.get(PROFILE_OPTION)
    module = "piped_worker" if WHY_NO_DESCRIPTORS else "profiling.spawned_worker" if measures else "spawned_worker"
    command = interpreter_command(f"isolated_async_workers.{module}")
    return {
        "fork": StartMethod(FORK_LIMIT_S, anyway=fork_anyway),
        "spawn": StartMethod(SPAWN_LIMIT_S, suite, command),
    }


def start_methods_elsewhere(*, fork_anyway: bool) -> StartMethods:
    """All of them, for workers of another machine: what they load, and by which command, is said there."""
    return {
        "fork": StartMethod(FORK_LIMIT_S, anyway=fork_anyway),
        "spawn": StartMethod(SPAWN_LIMIT_S, command=[]),
    }
