"""What one fork has written to, the next one has copied before it does."""

from __future__ import annotations

import subprocess
import sys

import pytest

from isolated_async_workers.hot_pages import _MOST, HotPages, _runs

#: In a process of its own: that of this test has threads of xdist's.
FORKS = """
import ctypes, mmap, os
from isolated_async_workers import system
from isolated_async_workers.hot_pages import HotPages

memory = bytearray(b"x" * mmap.PAGESIZE * 64)
first = ctypes.addressof(ctypes.c_char.from_buffer(memory)) // mmap.PAGESIZE + 1
hot_pages = HotPages()

def in_a_fork(do):
    pid = os.fork()
    if pid == 0:
        try:
            do()
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

def copied():
    return [page - first for page in system.copied_pages([range(first, first + 60)])]

def write():
    assert copied() == []
    for page in (7, 8, 30):
        memory[(page + 1) * mmap.PAGESIZE] = 0
    hot_pages.learn()
    os._exit(copied() != [7, 8, 30])

def write_more():
    memory[40 * mmap.PAGESIZE] = 0
    hot_pages.learn()  # Nobody asks a second one.
    os._exit(0)

def copy():
    hot_pages.copy()
    os._exit(copied() != [7, 8, 30] or any(byte != ord("x") for byte in memory))

print([in_a_fork(do) for do in (write, write_more, copy)])
"""


def test_a_fork_has_copied_what_the_first_one_has_written() -> None:
    done = subprocess.run([sys.executable, "-c", FORKS], stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout == "[0, 0, 0]\n"


@pytest.mark.parametrize(
    "nonsense",
    [[2**64 - 1], [2, 5, 2**63], [2 * _MOST, *([7, 1000] * _MOST)], [3, 1, 1, 1]],
    ids=["all", "long", "many", "half"],
)
def test_nonsense_has_few_pages(nonsense: list[int]) -> None:
    hot_pages = HotPages()
    hot_pages._write(0, nonsense)
    assert sum(len(pages) for pages in hot_pages._known()) <= _MOST


def test_neighbours_are_one_run() -> None:
    assert list(_runs([])) == []
    assert list(_runs([0])) == [range(1)]
    assert list(_runs([3, 4, 5, 9, 11, 12])) == [range(3, 6), range(9, 10), range(11, 13)]
