"""The module for Windows, as far as the functions that it calls do the same here."""

from __future__ import annotations

import os
import signal

import pytest

from isolated_async_workers import system as of_workers
from isolated_async_workers.system import _windows as of_windows_workers
from isolated_async_workers.wire import system
from isolated_async_workers.wire.system import _windows


def test_a_file_is_read_where_its_writer_is_not_disturbed() -> None:
    descriptor = _windows.open_anonymous_file("test")
    try:
        assert not os.get_inheritable(descriptor)
        os.write(descriptor, b"0123456789")
        os.lseek(descriptor, 4, os.SEEK_SET)
        assert _windows.read_at(descriptor, 3, 6) == system.read_at(descriptor, 3, 6) == b"678"
        assert os.lseek(descriptor, 0, os.SEEK_CUR) == 4
    finally:
        os.close(descriptor)


def test_what_a_process_has_cost_is_known_but_for_its_page_faults() -> None:
    before = _windows.usage_clock(with_children=True)()
    own = system.usage_clock(with_children=False)()
    after = _windows.usage_clock(with_children=False)()
    # Linux counts what Windows does, in another unit: hundredths of a second.
    assert before[0] - 0.02 <= own[0] <= after[0] + 0.02
    assert (before[1], after[1]) == (0, 0)
    assert own[1] > 0


def test_what_the_worker_side_takes_at_import_is_there() -> None:
    # Both have every name: mypy sees to that, for each system.
    assert of_windows_workers.descriptor_limit(100) == 100
    assert len(of_windows_workers.private_memory(4096)) == 4096
    assert of_windows_workers.MEMORY_LIMITS == ()
    assert signal.Signals(_windows.KILL_SIGNAL) is signal.SIGTERM


@pytest.mark.parametrize("name", ["children", "fork", "lead_group", "open_end"])
def test_what_no_worker_could_do_without_says_what_is_missing(name: str) -> None:
    needed = {"open_end": (1,)}.get(name, ())
    with pytest.raises(NotImplementedError, match="no worker runs on this system yet; on Windows it would need "):
        getattr(of_windows_workers, name)(*needed)
    assert hasattr(of_workers, name)
