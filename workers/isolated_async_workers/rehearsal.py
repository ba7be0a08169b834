"""A throw-away case that the zygote runs before it forks, so that no worker is the first to run what all of them run.

Python adapts a function to its arguments when it runs for the second time, and remembers where it has found an
attribute. A worker that is forked before that does so for itself, and writes it to memory that it has shared till then.

No code of the suite runs, and no plugin but those of pytest that take part in every test. No loop becomes the current
one, no policy is asked for one, and nothing that the host captures is touched.
"""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from .own_files import capture_for_nobody
from .pytest_private_item import ThrowAwayItem

#: Adapted in the second, which is the first for what it calls then.
_TIMES = 3


def rehearse(session: pytest.Session) -> None:
    """Run the case; if that does not work with this suite or this pytest, the workers are a little slower."""
    with contextlib.suppress(Exception):
        for _ in range(_TIMES):
            rehearse_once(session)


def rehearse_once(session: pytest.Session) -> bool:
    """True if it has passed. Raises LookupError, and whatever a pytest raises that has no such items."""
    item = ThrowAwayItem.of(session, _case)
    capture_for_nobody(session.config)
    # Its last finalizer is that of a case: what it would tell, nobody listens to.
    wind_up_session, session.teardown = session.teardown, _do_nothing  # type: ignore[method-assign]
    failed = session.testsfailed
    try:
        item.run_protocol()
        return item.has_returned and session.testsfailed == failed
    finally:
        session.teardown = wind_up_session  # type: ignore[method-assign]
        session.testsfailed = failed


def _do_nothing() -> None: ...


def _case(monkeypatch: object) -> None:
    loop = asyncio.SelectorEventLoop()
    # Tasks without a name are numbered, and till Python 3.12 those of create_task too: that of a test is Task-1.
    loop.run_until_complete(asyncio.Task(_await(loop), loop=loop, name="rehearsal"))
    loop.close()


async def _await(loop: asyncio.AbstractEventLoop) -> None:
    await asyncio.sleep(0)
    await asyncio.Task(asyncio.sleep(0), loop=loop, name="rehearsed")
