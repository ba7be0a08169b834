"""A worker that is a fresh interpreter: it loads pytest, plugins and conftests, and collects when its case is known.

::

    zygote --exec--> spawned worker <--CollectSuite | CollectTests-- host    load all that does not depend on the case
                                    <--RunCase | SetUpShared--------         collect the module of that test
                                    then as every other worker: see worker.py

It shares nothing with any other process but the descriptors that the host has made for it. What it loads ahead of its
case is what the host has loaded before it collected. Where there is no zygote it begins in piped_worker.py.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable
from dataclasses import replace
from typing import NoReturn, Protocol

import pytest

from . import process_tree, system
from .broken_protocol import describe
from .case_directory import own_case_basetemp
from .fresh_session import FreshSession, inside_the_test_loop
from .last_resort import leaving_as_worker
from .loop.import_state import open_loops
from .own_files import take_over_captured, take_over_live
from .own_streams import flush_streams
from .pytest_private import silence_terminal
from .reserved_descriptors import CHANNEL, CRASH, occupy, watch_for_crashes
from .result_channel import ResultChannel
from .suite import Suite
from .wire.descriptors import WorkerDescriptors
from .wire.messages import (
    CaseFinished,
    CaseRefused,
    CollectSuite,
    CollectTests,
    RunCase,
    SetUpShared,
    SharedValue,
)
from .wire.shared_page import SharedPage
from .worker import Worker

Request = RunCase | SetUpShared
MakeChannel = Callable[[int], ResultChannel]
MakeWorker = Callable[[Suite, ResultChannel, SharedPage], Worker]


def main(zygote: int, number: int, page_file: int, *descriptors: int) -> NoReturn:
    """Be worker ``number``, which the process ``zygote`` has just started."""
    be_spawned(ResultChannel, Worker, zygote, number, page_file, *descriptors)


def be_spawned(
    make_channel: MakeChannel, make_worker: MakeWorker, zygote: int, number: int, page_file: int, *descriptors: int
) -> NoReturn:
    """The same with a channel and a worker of this making."""
    page = SharedPage(page_file)
    os.close(page_file)
    with leaving_as_worker(page):
        process_tree.lead_group_under(zygote)
        own = WorkerDescriptors(*descriptors)
        occupy(own)
        serve(number, page, own, make_channel(CHANNEL), make_worker)
    raise AssertionError("unreachable")


def serve(
    number: int, page: SharedPage, own: WorkerDescriptors, channel: ResultChannel, make_worker: MakeWorker = Worker
) -> None:
    """Be worker ``number`` from when its channel is there: load what it is told to, then run its case."""
    watch_for_crashes()
    # Where an import stands when its time is up. Nothing else can be done about that: the host kills.
    system.dump_threads_when_asked(CRASH)
    loaded = _load(channel.receive_suite(), number, own)
    # Ahead of the case, so that at its end there is little to look through.
    gc.collect()
    gc.freeze()
    request = channel.receive_request()
    if request is not None:
        _serve(request, loaded, channel, page, make_worker)


class _Loaded(Protocol):
    """What is loaded ahead of the case."""

    def collect(self, request: Request) -> None:
        """Collect the test of this case. Raises whatever its import raises, and NotCollected."""

    def run(self, be_worker: Callable[[Suite], NoReturn]) -> None:
        """Call ``be_worker`` with what is collected, where tests run."""


class NotCollected(Exception):
    """The test of the case is not among those that were collected here."""


def _load(wanted: CollectSuite | CollectTests | None, number: int, descriptors: WorkerDescriptors) -> _Loaded:
    try:
        match wanted:
            case CollectSuite():
                return _LoadedPytest(wanted, number, descriptors)
            case CollectTests():
                return _LoadedTests(wanted, descriptors)
            case None:
                raise EOFError("the host has nothing for this worker")
    except BaseException as error:  # noqa: BLE001 - whatever a plugin or a conftest raises, the case is told
        return _NotLoaded(error)


def _serve(
    request: Request, loaded: _Loaded, channel: ResultChannel, page: SharedPage, make_worker: MakeWorker
) -> None:
    def be_worker(suite: Suite) -> NoReturn:
        with leaving_as_worker(page):
            make_worker(suite, channel, page).serve(request)
        raise AssertionError("unreachable")

    try:
        loaded.collect(request)
    except BaseException as error:  # noqa: BLE001 - whatever an import raises, the case is told
        _refuse(request, error, channel)
    else:
        loaded.run(be_worker)


def _refuse(request: Request, error: BaseException, channel: ResultChannel) -> None:
    plain = isinstance(error, NotCollected | pytest.UsageError)
    text = f"a fresh interpreter could not load it\n{error if plain else describe(error)}"
    if isinstance(request, RunCase):
        channel.send(CaseRefused(text))
    else:
        channel.queue(SharedValue(request.definition, "failed", "", text, []))
        channel.send(CaseFinished())


class _NotLoaded:
    def __init__(self, problem: BaseException) -> None:
        self._problem = problem

    def collect(self, request: Request) -> None:
        raise self._problem

    def run(self, be_worker: Callable[[Suite], NoReturn]) -> None:
        raise self._problem


class _LoadedPytest:
    def __init__(self, wanted: CollectSuite, number: int, descriptors: WorkerDescriptors) -> None:
        self._descriptors = descriptors
        self._fresh = FreshSession(wanted, _CapturesForTheHost(descriptors))
        # Pytest has written to its own.
        watch_for_crashes()
        silence_terminal(self._fresh.config)
        _forget_output(descriptors)
        own_case_basetemp(self._fresh.config, wanted.basetemp, f"case{number}")
        # Once it is all frozen, nobody finds them any more.
        self._loops = open_loops()

    def collect(self, request: Request) -> None:
        # A group may go on with the second of two tests of one name, which its module alone does not have.
        may_be_twice = self._fresh.config.option.keepduplicates
        self._session = self._fresh.collect(None if may_be_twice else [request.path])
        if not (may_be_twice or self._has(request)):
            # Plugins may need to see every test, to choose among them or to number those of the same name.
            self._session = self._fresh.collect()
        if not self._has(request):
            raise NotCollected("\n".join([f"it collected no test {request.node_id!r}", *self._fresh.problems]))

    def run(self, be_worker: Callable[[Suite], NoReturn]) -> None:
        def serve() -> NoReturn:
            suite = Suite(self._session, self._loops)
            _forget_output(self._descriptors)
            take_over_live(self._fresh.config, self._descriptors)
            be_worker(suite)

        inside_the_test_loop(self._session, serve)

    def _has(self, request: Request) -> bool:
        return sum(item.nodeid == request.node_id for item in self._session.items) > request.occurrence


class _CapturesForTheHost:
    """The pytest plugin that lets the host have what conftests print, if their import is the end."""

    def __init__(self, descriptors: WorkerDescriptors) -> None:
        self._descriptors = descriptors

    @pytest.hookimpl(tryfirst=True)  # Within what starts to capture, and before conftests are loaded.
    def pytest_load_initial_conftests(self, early_config: pytest.Config) -> None:
        take_over_captured(early_config, self._descriptors)


class _LoadedTests:
    """Tests of a unittest run: what makes a session of them needs to know them."""

    def __init__(self, wanted: CollectTests, descriptors: WorkerDescriptors) -> None:
        self._wanted = wanted
        self._descriptors = descriptors

    def collect(self, request: Request) -> None:
        from .unittest_run.zygote import import_suite

        modules = {node_id: module for node_id, module, *_ in self._wanted.tests}
        of_its_module = [test for test in self._wanted.tests if test[1] == modules[request.node_id]]
        self._suite = import_suite(replace(self._wanted, tests=of_its_module))

    def run(self, be_worker: Callable[[Suite], NoReturn]) -> None:
        _forget_output(self._descriptors)
        take_over_live(self._suite.session.config, self._descriptors)
        be_worker(self._suite)


def _forget_output(descriptors: WorkerDescriptors) -> None:
    """What was printed so far, the host has printed too, when it loaded the same."""
    flush_streams()
    for captured in (descriptors.captured_stdout, descriptors.captured_stderr):
        os.ftruncate(captured, 0)
        os.lseek(captured, 0, os.SEEK_SET)
