"""The worker: a process that runs one case from its first fixture to its last finalizer, and leaves.

::

    host --RunCase--> worker: clean loop, whole runtest protocol --reports, warnings, ...--> host
    host --SetUpShared--> worker: a shared fixture in the place of a case, see shared/process.py

The cases of one scope group come one after another, each naming the next; fixtures that they share stay set up. Where
the host breaks the group off, what they share is torn down then, and the last test that ran reports that.
"""

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Callable
from functools import partial
from itertools import chain
from typing import Literal

import pytest

from . import broken_protocol, stacks, system
from .loop.blocked_loop import explain_blocked_loop
from .own_streams import flush_streams
from .parting import Parting
from .pytest_private import (
    report_teardown_of_everything,
    teardown_everything,
)
from .reserved_descriptors import CRASH
from .result_channel import ResultChannel
from .shared.process import SharedProcess
from .shared.questions import SharedQuestions
from .slot import SLOT
from .suite import Suite
from .wire.last_words import CHANNEL_LOST
from .wire.messages import (
    CaseBroken,
    CaseFinished,
    CaseRefused,
    RunCase,
    SessionStopRequested,
    SetUpShared,
    StacksDumped,
)
from .wire.shared_page import SharedPage


class Worker:
    """Runs what the host asks for over ``channel``; ``page`` is for its last words."""

    def __init__(self, suite: Suite, channel: ResultChannel, page: SharedPage) -> None:
        self._suite = suite
        self._page = page
        self._channel = channel
        self._parting = Parting()
        channel.insist = suite.library.insist
        suite.recorder.connect(self._channel)
        SharedQuestions(suite.shared, self._channel, suite.key_of)
        suite.forked_copies.begin_worker()
        # What the handler that dumps the stacks has interrupted, while it runs.
        self._dumping: object = None
        self._last: pytest.Item | None = None
        self._is_stopped = False

    def serve(self, first: RunCase | SetUpShared | None = None) -> None:
        """Wait for a case, if it is not known yet, run it, report it."""
        # What every case needs is done ahead: a spare waits here while another case runs.
        self._suite.import_state.become_private()
        # A policy of the suite's may refuse: then it does so again in the setup of the test, and fails that.
        with contextlib.suppress(Exception):
            self._suite.loop.open()
        system.answer_when_asked(self._page, self._dump_stacks, self._interrupt, CRASH)
        for request in chain([] if first is None else [first], self._channel.requests()):
            self._suite.session.config.stash[SLOT] = request.slot
            if isinstance(request, SetUpShared):
                self._report(SharedProcess(self._suite, self._channel, request).run)
                return
            is_last = not request.next_node_id
            if not self._report(partial(self._run, request), is_last=is_last) or is_last:
                return
            if self._suite.interruption.has_happened:
                break  # The rest of the group gets a new worker.
        if self._last is not None:
            self._report(partial(self._end_group, self._last))

    def _report(self, run: Callable[[], None], *, is_last: bool = False) -> bool:
        """Do this, and tell the host that it is done; False if it is broken.

        If it ``is_last``, nothing follows, and nothing is shared with other tests.
        """
        try:
            run()
            flush_streams()
            self._suite.recorder.terminal.flush()
            self._suite.recorder.coverage.flush()
            self._channel.send(CaseFinished(is_last and self._parting.leaves_nothing()))
        except MemoryError:
            # No memory for the report of a MemoryError in the test; then there is none for a traceback.
            raise
        except BaseException as error:  # noqa: BLE001 - pytest.fail in a teardown too: the host must hear of all
            patched = self._suite.library.put_back()
            is_ours = broken_protocol.is_ours(sys.exc_info()[2])
            self._channel.send(CaseBroken(broken_protocol.describe(error), is_ours, patched))
            self._let_go()
            return False
        if self._channel.is_lost:
            self._let_go()
            self._page.leave(CHANNEL_LOST)
        return not self._channel.is_lost

    def _let_go(self) -> None:
        """As pytest does after an INTERNALERROR: what is set up may be outside this process. Nobody hears of it."""
        with contextlib.suppress(BaseException):
            teardown_everything(self._suite.session)

    def _run(self, request: RunCase) -> None:
        if self._is_stopped:
            self._channel.queue(CaseRefused("a test before it, in the same worker, has stopped the session"))
            return
        item = self._suite.find(request.node_id, request.occurrence)
        if item is None:
            self._channel.queue(
                CaseRefused(
                    f"the worker side collected no test {request.node_id!r}"
                    + (f" number {request.occurrence + 1}" if request.occurrence else "")
                )
            )
            return
        following = self._suite.find(request.next_node_id, request.next_occurrence)
        self._last = item
        self._suite.debugger.connect(self._channel)
        self._suite.begin_case(item, request)
        try:
            item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        except pytest.exit.Exception as stop:
            self._stop_session("exit", str(stop.msg), stop.returncode)
        except KeyboardInterrupt as interrupt:
            self._stop_session("interrupt", _where(interrupt), None)
        stops: tuple[Literal["shouldstop", "shouldfail"], ...] = ("shouldstop", "shouldfail")
        if following is not None and any(getattr(self._suite.session, attribute) for attribute in stops):
            # Pytest before 8.3 tears down at the end of the session what others share; so does each one where the
            # teardown of this test was the failure too many. Here no end of the session comes.
            self._end_group(item)
        for attribute in stops:
            if reason := getattr(self._suite.session, attribute):
                self._is_stopped = True
                self._channel.queue(SessionStopRequested(attribute, str(reason), None))

    def _end_group(self, last: pytest.Item) -> None:
        """The rest of the group will not be run here, but what it shares is set up."""
        self._suite.recorder.start_stage("teardown")
        self._suite.loop.restore()
        self._suite.loop.begin_teardown()
        report_teardown_of_everything(last, self._suite.interruption.allowed("teardown"))

    def _stop_session(self, kind: Literal["exit", "interrupt"], reason: str, returncode: int | None) -> None:
        self._is_stopped = True
        self._channel.queue(SessionStopRequested(kind, reason, returncode))
        self._suite.forget_leaks()
        teardown_everything(self._suite.session)

    def _dump_stacks(self, signal_number: int, frame: object) -> None:
        self._dumping = frame
        why = explain_blocked_loop(frame)
        place = stacks.place(frame, self._suite.loop)
        text = stacks.tasks_and_threads(frame, self._suite.loop.known_loops())
        # The worker may have to be killed.
        self._suite.recorder.coverage.flush()
        self._channel.send_from_signal_handler(StacksDumped(why, place, text))
        self._dumping = None

    def _interrupt(self, signal_number: int, frame: object) -> None:
        # The answer may bring the interruption while the handler above still runs.
        frame, self._dumping = self._dumping or frame, None
        self._channel.call_from_signal_handler(partial(self._suite.interruption.interrupt, frame))


def _where(interrupt: BaseException) -> str:
    frames = traceback.extract_tb(interrupt.__traceback__)
    return f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "unknown place"
