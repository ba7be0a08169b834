"""What a test leaves behind is reported on it: what it is and where it was made, as its policy says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import dedent, indent

import pytest

from .conftest import Run, Suite

#: What every module of these suites starts with. ``kept`` holds on to things, so that nothing collects them.
_HEAD = """\
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


@dataclass(frozen=True, slots=True)
class LeakKind:
    """A body of an async test that leaves one thing behind; the line marked HERE made it."""

    id: str
    body: str
    says: str
    advice: str

    def __str__(self) -> str:
        return self.id


KINDS = (
    LeakKind(
        "task",
        "kept.append(asyncio.create_task(serve()))  # HERE",
        "pending task of serve(), made at",
        "await each task",
    ),
    LeakKind(
        "named task",
        "kept.append(asyncio.create_task(serve(), name='poller'))  # HERE",
        "pending task 'poller' of serve(), made at",
        "await each task",
    ),
    LeakKind(
        "lost task",
        """
        async def waits_for_nothing():
            await asyncio.get_running_loop().create_future()
        asyncio.create_task(waits_for_nothing())  # HERE
        await asyncio.sleep(0)
        import gc
        gc.collect()
        """,
        "Task was destroyed but it is pending (task of test_it.<locals>.waits_for_nothing()), made at",
        "await the task or future that failed",
    ),
    LeakKind(
        "unretrieved exception",
        """
        task = asyncio.create_task(fails())  # HERE
        await asyncio.sleep(0)
        """,
        "Task exception was never retrieved (task of fails()): ValueError: nobody asked, made at",
        "await the task or future that failed",
    ),
    LeakKind(
        "unretrieved exception of a future",
        """
        future = asyncio.get_running_loop().create_future()  # HERE
        future.set_exception(ValueError("of a future"))
        """,
        "Future exception was never retrieved: ValueError: of a future, made at",
        "await the task or future that failed",
    ),
    LeakKind(
        "generator",
        """
        kept.append(numbers())
        await kept[0].__anext__()  # HERE
        """,
        "unfinished async generator numbers(), made at",
        "aclose() them",
    ),
    LeakKind(
        "loop",
        "kept.append(asyncio.new_event_loop())  # HERE",
        "unclosed event loop _UnixSelectorEventLoop, made at",
        "close a loop where it was made",
    ),
    LeakKind(
        "lost loop",
        "asyncio.new_event_loop()  # HERE",
        "unclosed event loop _UnixSelectorEventLoop, made at",
        "close a loop where it was made",
    ),
    LeakKind(
        "transport",
        """
        accepted = asyncio.get_running_loop().create_future()
        server = await asyncio.start_server(lambda reader, writer: accepted.set_result(writer), "127.0.0.1", 0)
        address = server.sockets[0].getsockname()
        kept.extend(await asyncio.open_connection(*address))  # HERE
        (await accepted).close()
        server.close()
        """,
        "unclosed transport of the socket ('127.0.0.1', ",
        "close() the transport or the writer",
    ),
    LeakKind(
        "transport of a server",
        """
        server = await asyncio.start_server(lambda reader, writer: kept.append(writer), "127.0.0.1", 0)  # HERE
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        while not kept:
            await asyncio.sleep(0)
        writer.close()
        server.close()
        """,
        "unclosed transport of a connection to the server at ('127.0.0.1', ",
        "close() the transport or the writer",
    ),
    LeakKind(
        "pipe",
        """
        own, other = os.pipe()
        kept.append(open(own, "rb", 0))
        loop = asyncio.get_running_loop()
        kept.extend(await loop.connect_read_pipe(asyncio.Protocol, kept[0]))  # HERE
        """,
        "unclosed transport of the pipe <_io.FileIO",
        "close() the transport or the writer",
    ),
    LeakKind(
        "server",
        "kept.append(await asyncio.start_server(print, '127.0.0.1', 0))  # HERE",
        "server that listens on ('127.0.0.1', ",
        "close() the server",
    ),
    LeakKind(
        "asyncio subprocess",
        "kept.append(await asyncio.create_subprocess_exec('sleep', '61'))  # HERE",
        "unclosed transport of the subprocess `sleep 61`, made at",
        "a subprocess, await its wait()",
    ),
    LeakKind(
        "subprocess",
        "kept.append(subprocess.Popen(['sleep', '62']))  # HERE",
        "child process `sleep 62`, made at",
        "terminate() or kill()",
    ),
    LeakKind(
        "fork",
        """
        if os.fork() == 0:  # HERE
            os.execvp("sleep", ["sleep", "63"])
        """,
        "child process `sleep 63`, made at",
        "terminate() or kill()",
    ),
    LeakKind(
        "multiprocessing",
        """
        process = multiprocessing.get_context("fork").Process(target=time.sleep, args=(60,), name="sleeper")
        process.start()  # HERE
        """,
        "child process 'sleeper' of multiprocessing, made at",
        "terminate() or kill()",
    ),
    LeakKind(
        "thread",
        "threading.Thread(target=time.sleep, args=(60,), name='sleeper').start()  # HERE",
        "running thread 'sleeper', made at",
        "join() it",
    ),
    LeakKind(
        "thread pool",
        """
        kept.append(concurrent.futures.ThreadPoolExecutor())  # HERE
        kept[0].submit(int).result()
        """,
        "ThreadPoolExecutor that was not shut down, made at",
        "shutdown() it",
    ),
    LeakKind(
        "busy executor of the loop",
        "asyncio.get_running_loop().run_in_executor(None, time.sleep, 60)  # HERE",
        "running thread 'asyncio_0', made at",
        "join() it",
    ),
    LeakKind(
        "process pool",
        """
        kept.append(concurrent.futures.ProcessPoolExecutor(1))
        kept[0].submit(int).result()  # HERE
        """,
        "ProcessPoolExecutor that was not shut down, made at",
        "shutdown() it",
    ),
)


def _module(body: str) -> str:
    return f"{_HEAD}async def test_it():\n{indent(dedent(body).strip(), '    ')}\n"


def _line_of(source: str, mark: str = "# HERE") -> int:
    return next(number for number, line in enumerate(source.splitlines(), 1) if mark in line)


def _leaks(run: Run) -> list[str]:
    """The text of each leak warning."""
    return re.findall(r"LeakWarning: (.*)", run.stdout)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_each_kind_is_one_line_with_its_place(suite: Suite, kind: LeakKind) -> None:
    source = _module(kind.body)
    suite.write(test_a=source)
    run = suite.run("--isolated-loop", "-W", "ignore::DeprecationWarning")
    assert run.outcomes == {"passed": 1, "warnings": 1}
    place = f"{suite.path / 'test_a.py'}:{_line_of(source)} in test_it"
    (line,) = _leaks(run)
    assert line.startswith(kind.says)
    assert line.endswith(f", made at {place}")
    assert f"{suite.path / 'test_a.py'}:{_line_of(source)}: LeakWarning: " in run.stdout

    run = suite.run("--isolated-loop", "--isolated-loop-leaks=error", "-W", "ignore::DeprecationWarning")
    assert run.outcomes == {"passed": 1, "errors": 1}
    assert run.outcome_of("test_it") == {"setup": "passed", "call": "passed", "teardown": "failed"}
    assert line.partition("('127")[0].partition("<_io")[0] in run.text_of("test_it")
    assert place in run.text_of("test_it")
    assert kind.advice in run.text_of("test_it")

    run = suite.run("--isolated-loop", "--isolated-loop-leaks=ignore", "-W", "ignore::DeprecationWarning")
    assert run.outcomes == {"passed": 1}
