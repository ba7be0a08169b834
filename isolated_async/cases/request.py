"""What a worker is told to run, of all that the host has chosen for a test."""

from __future__ import annotations

from isolated_async_workers.wire.messages import RunCase

from ..choice.selection import IsolatedItem
from ..processes.worker_handle import WorkerHandle


def run_case(isolated: IsolatedItem, following: IsolatedItem | None, worker: WorkerHandle, attempt: int) -> RunCase:
    """The request for this ``attempt`` at a test, counted from 1; ``following`` is what this worker gets next."""
    return RunCase(
        isolated.item.nodeid,
        isolated.occurrence,
        isolated.path if worker.loads_suite else "",
        worker.slot,
        isolated.leaks,
        isolated.nested,
        isolated.loop_factory,
        isolated.item.session.testsfailed,
        next_node_id="" if following is None else following.item.nodeid,
        next_occurrence=0 if following is None else following.occurrence,
        attempt=attempt if isolated.may_rerun else 0,
    )
