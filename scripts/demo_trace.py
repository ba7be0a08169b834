"""A pytest plugin that measures, for each test, whether its body began to run and in which process.

Both go into the report as user properties, and so into the JUnit file. The interpreter itself is asked: a profile
function sees the start of every Python function, and that of a coroutine function when it is first awaited, not when
it is merely called.
"""

from __future__ import annotations

import inspect
import os
import sys
from collections.abc import Generator
from types import FrameType

import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Function) -> Generator[None, object, object]:
    # A decorator that only calls the test is not the test's body.
    body = inspect.unwrap(item.function).__code__
    began = False

    def watch(frame: FrameType, event: str, argument: object) -> None:
        nonlocal began
        if frame.f_code is body and event == "call":
            began = True

    sys.setprofile(watch)
    try:
        return (yield)
    finally:
        sys.setprofile(None)
        item.user_properties += [
            ("node id", item.nodeid),
            ("body began", str(began)),
            ("process", str(os.getpid())),
        ]
