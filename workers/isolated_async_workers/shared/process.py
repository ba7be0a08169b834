"""The process of one shared fixture: sets it up, hands its value out, keeps its loop running, tears it down.

::

    host --SetUpShared--> set up, with all that it needs --SharedValue--> host
                          run the loop, so that a server in it serves
         --end of the socket--> tear down --SharedTornDown--> host

It is a worker, forked as every other, with a clean loop; instead of a test it has this.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from functools import partial
from typing import Any, Literal

import pytest

from .. import system
from ..pytest_private import (
    capturing,
    define_only,
    logging_stage,
    set_up_nodes,
    teardown_everything,
    warnings_of,
)
from ..reserved_descriptors import CHANNEL
from ..result_channel import ResultChannel
from ..suite import Suite
from ..wide_fixtures import WIDE_FIXTURES
from ..wire.messages import SetUpShared, SharedTornDown, SharedValue
from ..wire.shared_definitions import SharedDefinition
from ..wire.value_text import to_text

#: Characters of what one stage has printed that are kept, the last ones: a server may log all through the run.
_MOST_OUTPUT = 100_000

Outcome = Literal["passed", "failed", "skipped", "xfailed", "exit"]


class SharedProcess:
    """Serves ``request`` over ``channel``."""

    def __init__(self, suite: Suite, channel: ResultChannel, request: SetUpShared) -> None:
        self._suite = suite
        self._channel = channel
        self._request = request
        #: What went wrong while it served.
        self._problem: pytest.ExceptionInfo[BaseException] | None = None

    def run(self) -> None:
        """From setup to teardown; returns when all is reported."""
        request = self._request
        item = self._suite.find(request.node_id, request.occurrence)
        definition = self._suite.shared.by_id.get(request.definition)
        if item is None or definition is None:
            text = f"shared fixture {request.definition!r}, needed by {request.node_id}: {_ONLY_HERE}"
            self._channel.send(SharedValue(request.definition, "failed", "", text, []))
            return
        # What it needs is set up here for all, and not for each test.
        item.config.pluginmanager.unregister(name=WIDE_FIXTURES)
        if self._set_up(item, definition):
            with capturing(item, "service"):
                self._serve()
        self._tear_down(item, definition)

    def _set_up(self, item: pytest.Item, definition: SharedDefinition) -> bool:
        self._suite.driver.prepare_for_shared(item, self._request.loop_factory)
        define_only(item, definition, self._suite.driver.driven(definition.function))
        set_up_nodes(item)
        with self._stage(item, "setup"):
            call = pytest.CallInfo.from_call(partial(_pickled, item, definition), when="setup")
        outcome, value, text = _outcome(definition, item, call)
        self._channel.send(SharedValue(definition.id, outcome, value, text, _sections(item, definition)))
        return outcome == "passed"

    def _serve(self) -> None:
        """Keep the loop running until the host has nothing more to say."""
        call = pytest.CallInfo.from_call(self._run_loop, when="call")
        self._problem = call.excinfo
        # Whatever has ended the loop: others may need what is set up, in threads and processes.
        self._channel.wait_for_end()

    def _run_loop(self) -> None:
        loop = self._suite.loop.current()

        def stop() -> None:
            # Once: uvloop asks again before it stops, and would stop its next run as well.
            forget()
            loop.stop()

        try:
            forget = system.call_at_news(loop, CHANNEL, stop)
        except NotImplementedError:
            return
        try:
            while not self._channel.has_news:
                loop.run_forever()
        finally:
            forget()

    def _tear_down(self, item: pytest.Item, definition: SharedDefinition) -> None:
        self._suite.loop.restore_if_possible()
        self._suite.loop.begin_teardown()
        with self._stage(item, "teardown"):
            call = pytest.CallInfo.from_call(partial(teardown_everything, item.session), when="teardown")
        failures = (("while it served", self._problem), ("at teardown", call.excinfo))
        texts = [
            f"shared fixture {definition.name!r} failed {when}: {_shown(item, failure)}"
            for when, failure in failures
            if failure is not None
        ]
        self._channel.queue(SharedTornDown("\n\n".join(texts), _sections(item, definition)))

    @contextlib.contextmanager
    def _stage(self, item: pytest.Item, stage: Literal["setup", "teardown"]) -> Iterator[None]:
        self._suite.recorder.start_stage(stage)
        with (
            warnings_of(item),
            capturing(item, stage),
            logging_stage(item, stage),
            self._suite.interruption.allowed(stage),
        ):
            yield


_OF = " of shared fixture "
_ONLY_HERE = (
    "the worker side does not have it; the suite collects differently each time, or depends on the process that "
    "collects it"
)


def _pickled(item: Any, definition: SharedDefinition) -> tuple[Outcome, str, str]:
    __tracebackhide__ = True
    value = item._request.getfixturevalue(definition.name)
    # Only here: cloudpickle is large, and no other worker needs it.
    from .shipping import NotShippable, pickle_value

    try:
        return "passed", to_text(pickle_value(definition.name, value)), ""
    except NotShippable as problem:
        return "failed", "", str(problem)


def _outcome(
    definition: SharedDefinition, item: pytest.Item, call: pytest.CallInfo[tuple[Outcome, str, str]]
) -> tuple[Outcome, str, str]:
    if call.excinfo is None:
        assert call.result is not None
        return call.result
    error = call.excinfo.value
    match error:
        case pytest.skip.Exception():
            return "skipped", "", str(error)
        case pytest.xfail.Exception():
            return "xfailed", "", str(error)
        case pytest.exit.Exception():
            return "exit", "", str(error)
    return "failed", "", f"shared fixture {definition.name!r} failed at setup: {_shown(item, call.excinfo)}"


def _shown(item: pytest.Item, failure: pytest.ExceptionInfo[BaseException]) -> str:
    headline, whole = failure.exconly(tryshort=True), str(item.repr_failure(failure))
    return headline if whole in headline else f"{headline}\n\n{whole}"


def _sections(item: Any, definition: SharedDefinition) -> list[list[str]]:
    """Stage, title and text of all that was printed and logged so far, also by the shared fixtures that it needs."""
    return [
        [stage, kind if _OF in kind else f"{kind}{_OF}{definition.name!r} at", text[-_MOST_OUTPUT:]]
        for stage, kind, text in item._report_sections
    ]
