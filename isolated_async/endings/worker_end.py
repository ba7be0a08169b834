"""What the end of a worker process means for a case that nobody has reported on: the verdict, and all that is known."""

from __future__ import annotations

from isolated_async_workers.wire import last_words
from isolated_async_workers.wire.messages import WorkerExited
from isolated_async_workers.wire.system import KILL_SIGNAL

from ..processes.worker_handle import WorkerHandle
from .memory_kills import MemoryKills
from .verdict import CouldNotReport, Ending, ExitedEarly, InternalError, KilledBySignal

_CHANNEL_LOST = (
    "it found the descriptor on which it reports closed, or another file in its place (os.closerange, os.dup2). "
    "A test may close what it has opened"
)
_OUT_OF_MEMORY = "memory ran out, and what was left did not suffice for a report"
_MIB = 1024 * 1024


def ending_of(
    status: WorkerExited | None, has_started: bool, worker: WorkerHandle, memory_kills: MemoryKills | None
) -> Ending:
    """The ending of a case whose worker is gone.

    Args:
        status: None if nobody knows how it went.
        has_started: code of the test may have run.
        memory_kills: those of the kernel before the case began; None if it counts none here.
    """
    if status is None:
        return InternalError("the process that forks the workers ended, and nobody knows how this one did")
    circumstances = ", while a report was on its way" if worker.was_cut_off else ""
    if status.signal is not None:
        if status.signal == KILL_SIGNAL and memory_kills is not None:
            circumstances += _lack_of_memory(memory_kills, status.peak_rss_bytes)
        return KilledBySignal(status.signal, circumstances)
    assert status.exit_code is not None
    match status.last_words:
        case last_words.CHANNEL_LOST:
            return CouldNotReport(_CHANNEL_LOST)
        case last_words.OUT_OF_MEMORY:
            return CouldNotReport(_OUT_OF_MEMORY)
        case last_words.FAILED:
            return InternalError(worker.files.crash_text())
    if not has_started and worker.has_run:
        return ExitedEarly(status.exit_code, ", after the test before it")
    if not has_started and worker.loads_suite:
        return ExitedEarly(status.exit_code, ", while it imported the test")
    if not has_started:
        return InternalError(f"the worker left with status {status.exit_code} before it ran anything")
    return ExitedEarly(status.exit_code, circumstances)


def _lack_of_memory(before: MemoryKills, peak_rss_bytes: int) -> str:
    """Empty without evidence: anybody may send SIGKILL."""
    kills = before.since()
    if kills <= 0:
        return ""
    return (
        ", most likely because memory ran out\n"
        f"Since the test was started the kernel has killed {kills} process{'es' if kills > 1 else ''} of "
        f"{before.scope} for lack of memory ({before.file}: oom_kill). The worker's largest resident set was "
        f"{peak_rss_bytes / _MIB:.0f} MiB."
    )
