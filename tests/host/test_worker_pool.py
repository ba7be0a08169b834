"""The workers that exist, where one of them cannot be had."""

from __future__ import annotations

import errno
import itertools
import os
import selectors
from typing import Any

import pytest

from isolated_async.processes.start_method import FORK_LIMIT_S, StartMethod
from isolated_async.processes.worker_handle import WorkerHandle
from isolated_async.processes.worker_pool import WorkerPool


def _too_many_references(worker: WorkerHandle) -> None:
    worker.close_remote_ends()
    raise OSError(errno.ETOOMANYREFS, os.strerror(errno.ETOOMANYREFS))


def test_a_worker_for_which_nobody_could_be_asked_is_none() -> None:
    unused: Any = None
    descriptors = len(os.listdir("/proc/self/fd"))
    with selectors.PollSelector() as selector:
        methods: Any = {"fork": StartMethod(FORK_LIMIT_S)}
        pool = WorkerPool(methods, _too_many_references, selector, unused, unused, itertools.count(1))
        with pytest.raises(OSError, match="references"):
            pool.take_spare("fork")
        pool.have_spare("fork")  # A luxury.
        assert pool.all() == []
        assert not selector.get_map()
    assert len(os.listdir("/proc/self/fd")) == descriptors
