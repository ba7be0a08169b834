"""What a test leaves behind is reported on it: what it is and where it was made, as its policy says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from textwrap import dedent, indent

import pytest

from ..faults.fault import DIED_IN_TEARDOWN, PASSED, VARIANTS, Outcome
from ..faults.fault import run as run_pytest
from .conftest import Run, Suite, normalised
from .leaking import HEAD, NO_WARNINGS, line_of


@dataclass(frozen=True, slots=True)
class LeakKind:
    """A body of an async test that leaves one thing behind; the line marked HERE made it."""

    id: str
    body: str
    says: str
    advice: str

    @property
    def file(self) -> str:
        """The module that a suite of many kinds has for it."""
        return f"test_{self.id.replace(' ', '_')}.py"

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
        "keep each task where something refers to it",
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
    return f"{HEAD}async def test_it():\n{indent(dedent(body).strip(), '    ')}\n"


def _leaks(run: Run) -> list[str]:
    """The text of each leak warning."""
    return re.findall(r"LeakWarning: (.*)", run.stdout)


@pytest.fixture(scope="module")
def under_each_policy(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """A suite with a module for each kind, run once for each policy."""
    runs = {}
    for policy in ("warn", "error", "ignore"):
        directory = tmp_path_factory.mktemp(policy)
        for kind in KINDS:
            (directory / kind.file).write_text(_module(kind.body))
        options = [f"--isolated-loop-leaks={policy}", "-W", "ignore::DeprecationWarning"]
        runs[policy] = run_pytest(directory, VARIANTS[0], *options)
    return runs


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_each_kind_is_one_line_with_its_place(under_each_policy: dict[str, Outcome], kind: LeakKind) -> None:
    warned, failed, ignored = (under_each_policy[policy] for policy in ("warn", "error", "ignore"))
    node_id = f"{kind.file}::test_it"
    line = line_of(_module(kind.body))
    assert warned.stages(node_id) == PASSED
    place = f"{warned.directory / kind.file}:{line} in test_it"
    (text,) = [each for each in re.findall(r"LeakWarning: (.*)", warned.output) if f"/{kind.file}:" in each]
    assert text.startswith(kind.says)
    assert text.endswith(f", made at {place}")
    assert f"{warned.directory / kind.file}:{line}: LeakWarning: " in warned.output

    assert failed.stages(node_id) == DIED_IN_TEARDOWN
    assert text.partition("('127")[0].partition("<_io")[0] in failed.text(node_id).replace("/error0/", "/warn0/")
    assert f"{failed.directory / kind.file}:{line} in test_it" in failed.text(node_id)
    assert kind.advice in failed.text(node_id)

    assert ignored.stages(node_id) == PASSED
    assert "LeakWarning" not in ignored.output


@pytest.mark.parametrize("driver", ["-pno:asyncio", "--asyncio-mode=auto"])
def test_it_is_found_whatever_drives_the_test(any_suite: Suite, driver: str) -> None:
    source = (
        HEAD
        + """
@pytest.fixture
async def fixture():
    yield
    kept.append(threading.Thread(target=time.sleep, args=(60,)))
    kept[-1].start()  # FIXTURE

async def test_function(fixture):
    pass

class Case(unittest.IsolatedAsyncioTestCase):
    async def asyncTearDown(self):
        kept.append(subprocess.Popen(["sleep", "60"]))  # CASE

    async def test_method(self):
        pass

def test_sync():
    asyncio.get_event_loop().create_task(serve())  # SYNC

async def test_task():
    kept.append(asyncio.create_task(serve()))  # TASK
"""
    )
    any_suite.write(test_a=source)
    run = any_suite.run("--isolated-loop-mode=all", "--isolated-loop-leaks=error", driver, "-pno:anyio", *NO_WARNINGS)
    assert run.outcomes == {"passed": 4, "errors": 4}
    file = any_suite.path / "test_a.py"
    assert f"pending task of serve(), made at {file}:{line_of(source, '# TASK')} in test_task" in run.text_of("task")
    assert f"'Thread-1 (sleep)', made at {file}:{line_of(source, '# FIXTURE')} in fixture" in run.text_of("function")
    assert f"`sleep 60`, made at {file}:{line_of(source, '# CASE')} in asyncTearDown" in run.text_of("test_method")
    assert f"pending task of serve(), made at {file}:{line_of(source, '# SYNC')} in test_sync" in run.text_of(
        "test_sync"
    )


def test_a_coroutine_that_was_never_awaited_keeps_its_warning(any_suite: Suite) -> None:
    source = (
        HEAD
        + """
async def test_it():
    forgotten = fails()  # HERE
    del forgotten

async def test_mock():
    mock.AsyncMock()()  # MOCK
"""
    )
    any_suite.write(test_a=source)
    run = any_suite.run("--isolated-loop")
    assert run.outcomes == {"passed": 2, "warnings": 2}
    file = any_suite.path / "test_a.py"
    line = line_of(source)
    place = f"made at {file}:{line} in test_it"
    assert f"{file}:{line + 1}: RuntimeWarning: coroutine 'fails' was never awaited, {place}\n" in run.stdout
    assert f"never awaited, made at {file}:{line_of(source, '# MOCK')} in test_mock\n" in run.stdout

    run = any_suite.run("--isolated-loop", "--isolated-loop-leaks=error")
    assert run.outcomes == {"passed": 2, "errors": 2, "warnings": 2}
    assert f"\n  coroutine 'fails' was never awaited, {place}" in run.text_of("test_it")

    # As in process: what the interpreter cannot raise from where it warns, pytest makes an error of.
    strict = [
        each("-W", "error")
        for each in (any_suite.run_in_process, lambda *more: any_suite.run("--isolated-loop", *more))
    ]
    assert [run.result.ret for run in strict] == [1, 1]
    assert strict[1].outcomes == strict[0].outcomes == {"failed": 2}

    ignoring = any_suite.run("--isolated-loop", "--isolated-loop-leaks=ignore")
    assert place not in ignoring.stdout
    assert f"{file}:{line + 1}: RuntimeWarning: coroutine 'fails' was never awaited\n" in ignoring.stdout


def test_what_python_itself_says_of_the_place_stays_where_leaks_are_ignored(suite: Suite) -> None:
    suite.write(
        test_a=f"import sys\n{HEAD}def called():\n    return fails()\n\n"
        "async def test_it():\n    sys.set_coroutine_origin_tracking_depth(2)\n    called()\n"
    )
    runs = (suite.run_in_process("--asyncio-mode=auto"), suite.run("--isolated-loop", "--isolated-loop-leaks=ignore"))
    said = [re.findall(r"test_a.py:\d+: RuntimeWarning(?:.*\n)*?    called\(\)\n", run.stdout) for run in runs]
    assert "Coroutine created at (most recent call last)" in said[0][0]
    assert said[0] == said[1]


def test_log_and_captured_sections_stay_as_in_process(suite: Suite) -> None:
    suite.write(
        test_a=HEAD
        + """
async def test_it():
    task = asyncio.create_task(fails())
    await asyncio.sleep(0)
    del task
    assert 0
"""
    )
    in_process, isolated = (
        suite.run_in_process("--asyncio-mode=auto"),
        suite.run("--isolated-loop", "--asyncio-mode=auto"),
    )
    in_process_sections, isolated_sections = (
        [(title, normalised(text)) for report in run.reports for title, text in report["sections"]]
        for run in (in_process, isolated)
    )
    assert isolated_sections == in_process_sections
    assert "Task exception was never retrieved" in in_process.stdout
    assert "LeakWarning: Task exception was never retrieved" in isolated.stdout
