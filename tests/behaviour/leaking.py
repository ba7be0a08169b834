"""What the suites about leaks have in common."""

from __future__ import annotations

#: What every module of these suites starts with. ``kept`` holds on to things, so that nothing collects them.
HEAD = """\
import asyncio, concurrent.futures, contextlib, multiprocessing, os, subprocess, threading, time, unittest
from unittest import mock

import pytest

from isolated_async import isolated_loop

kept = []

async def serve():
    await asyncio.sleep(60)

async def fails():
    raise ValueError("nobody asked")

async def numbers():
    yield 1
    yield 2

"""

#: Of other things than leaks.
NO_WARNINGS = ("-W", "ignore::DeprecationWarning", "-W", "ignore::pytest.PytestConfigWarning")


def line_of(source: str, mark: str = "# HERE") -> int:
    """The number of the line that is marked so."""
    return next(number for number, line in enumerate(source.splitlines(), 1) if mark in line)
