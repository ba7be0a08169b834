"""What most forks have written to, the next one has copied before it does."""

from __future__ import annotations

import subprocess
import sys

import pytest

from isolated_async_workers import system
from isolated_async_workers.hot_pages import _ENTRIES, _EXAMPLES, _MOST, HotPages

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

def writing(*pages):
    def write():
        hot_pages.adopt()
        hot_pages.copy()
        assert copied() == []
        for page in pages:
            memory[(page + 1) * mmap.PAGESIZE] = 0
        hot_pages.learn()
        os._exit(copied() != list(pages))

    return write

def copy():
    hot_pages.adopt()
    hot_pages.copy()
    os._exit(copied() != [7, 8, 30] or any(byte != ord("x") for byte in memory))

# What only one has written to, no other needs.
examples = (7, 8, 30), (8, 30, 40), (7, 50)
print([in_a_fork(do) for do in (*(writing(*pages) for pages in examples), copy)])
"""


def test_a_fork_has_copied_what_two_of_three_have_written() -> None:
    done = subprocess.run([sys.executable, "-c", FORKS], stdout=subprocess.PIPE, text=True, check=True)
    assert done.stdout == "[0, 0, 0, 0]\n"


@pytest.mark.parametrize(
    "nonsense", [[2**64 - 1], [2, 5, 2**63], [_MOST + 1, *range(_MOST)], [0]], ids=["all", "far", "many", "none"]
)
def test_nonsense_is_none_of_the_zygotes_pages(nonsense: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr(system, "to_copy", asked.extend)
    hot_pages = HotPages()
    for example in range(_EXAMPLES):
        hot_pages._write(example * _ENTRIES, nonsense)
    hot_pages.adopt()
    assert asked == []
