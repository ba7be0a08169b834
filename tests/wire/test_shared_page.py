"""The words that a worker leaves for its zygote."""

from __future__ import annotations

import os

from isolated_async_workers.wire.last_words import CHANNEL_LOST, FAILED, OUT_OF_MEMORY
from isolated_async_workers.wire.shared_page import SharedPage


def test_words_cross_the_fork_and_the_last_ones_count() -> None:
    page = SharedPage()
    assert page.read() == ""
    pid = os.fork()
    if pid == 0:
        page.leave(OUT_OF_MEMORY)
        page.leave(FAILED)
        os._exit(0)
    os.waitpid(pid, 0)
    assert page.read() == FAILED
    page.close()


def test_what_a_test_has_scrawled_on_it_is_no_word() -> None:
    page = SharedPage()
    page.leave(CHANNEL_LOST)
    page._page[:4] = b"\xff\0ab"
    assert page.read() == ""
    page.close()
