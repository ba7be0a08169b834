"""``run_isolated``: what is called, where, and what comes back."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import operator
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from isolated_async import (
    CouldNotStart,
    IsolatedTimeout,
    NotShippable,
    RemoteError,
    WorkerCrashed,
    run_isolated,
    run_isolated_async,
)

from .conftest import descendants, is_alive, wait_until


class Doubler:
    def __init__(self, factor: int = 2) -> None:
        self.factor = factor

    def double(self, value: int) -> int:
        return value * self.factor

    async def __call__(self, value: int) -> int:
        return self.double(value)


async def later(value: Any, *, times: int = 1) -> Any:
    await asyncio.sleep(0)
    return value * times


def returns_a_coroutine(value: Any) -> Any:
    return later(value)


def test_whatever_can_be_called_is_called() -> None:
    local = 20

    async def closure(value: int) -> int:
        total: int = await later(value + local)
        return total

    assert run_isolated(later, 2, times=21) == 42
    assert run_isolated(closure, 22) == 42
    assert run_isolated(lambda: local + 22) == 42
    assert run_isolated(functools.partial(later, 6), times=7) == 42
    assert run_isolated(returns_a_coroutine, 42) == 42
    assert run_isolated(Doubler().double, 21) == 42
    assert run_isolated(Doubler(), 21) == 42
    assert run_isolated(operator.add, 40, 2) == 42
    assert run_isolated(Doubler, 7).factor == 7
    assert run_isolated(lambda: None) is None
    shared: list[object] = []
    same: Callable[..., bool] = lambda one, other: one is other  # noqa: E731
    assert run_isolated(same, shared, other=shared)
    large = os.urandom(8 * 1024 * 1024)
    assert run_isolated(lambda: large + large) == large + large


def test_a_process_of_its_own_with_a_clean_loop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    async def running() -> object:
        return asyncio.get_running_loop()

    def look() -> dict[str, Any]:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            loop = asyncio.get_event_loop()
        assert not loop.is_running()
        seen = {"environment": os.environ["ISOLATED_ASYNC_TEST"], "directory": os.getcwd(), "argv": sys.argv}
        os.environ["ISOLATED_ASYNC_TEST"] = "changed"
        os.chdir("/")
        return {
            **seen,
            "pid": os.getpid(),
            "ran": loop.run_until_complete(later(3)),
            "same": loop.run_until_complete(running()) is loop,
            "threads": threading.active_count(),
        }

    run_isolated(os.getpid)  # The zygote is there, and what is changed from here on it does not have.
    monkeypatch.setenv("ISOLATED_ASYNC_TEST", "of the caller")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["program", "argument"])
    found = [run_isolated(look), run_isolated(look)]
    assert len({os.getpid(), *(each.pop("pid") for each in found)}) == 3
    expected = {"environment": "of the caller", "directory": str(tmp_path), "argv": ["program", "argument"], "ran": 3}
    assert found == [{**expected, "same": True, "threads": 1}] * 2
    assert os.environ["ISOLATED_ASYNC_TEST"] == "of the caller"
    assert os.getcwd() == str(tmp_path)


def test_a_caller_whose_directory_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    gone.rmdir()
    assert run_isolated(os.getpid, start="spawn") != os.getpid()
    assert run_isolated(os.getpid) != os.getpid()


def test_fork_is_of_a_warm_interpreter_and_spawn_of_a_fresh_one(monkeypatch: pytest.MonkeyPatch) -> None:
    run_isolated(os.getpid)
    warm = descendants()
    monkeypatch.setenv("PYTHONHASHSEED", "7")
    forked = {run_isolated(hash, "a text"), run_isolated(hash, "a text", start="fork")}
    spawned = {run_isolated(hash, "a text", start="spawn"), run_isolated(hash, "a text", start="spawn")}
    assert (len(forked), len(spawned), len(forked | spawned)) == (1, 1, 2)
    assert descendants() == warm
    assert len(warm) == 2  # keeper and zygote


def test_loop_factories() -> None:
    import uvloop

    class Own(asyncio.SelectorEventLoop):
        pass

    async def kind() -> str:
        return type(asyncio.get_running_loop()).__qualname__

    def current() -> str:
        return type(asyncio.get_event_loop()).__module__

    assert run_isolated(kind, loop_factory=Own) == "Own"
    assert run_isolated(current, loop_factory=uvloop.new_event_loop) == "uvloop"
    assert run_isolated(current, loop_factory="uvloop.new_event_loop", start="spawn") == "uvloop"
    bad: dict[Any, str] = {
        "uvloop.no_such_thing": "module 'uvloop' has no attribute 'no_such_thing'",
        "no_such_package.loop": "No module named 'no_such_package'",
        dict: "the loop factory <class 'dict'> makes no loop that can be used",
        (lambda: 1 / 0): "ZeroDivisionError: division by zero",
    }
    for factory, reason in bad.items():
        with pytest.raises(CouldNotStart, match="kind: its process cannot load what was sent") as caught:
            run_isolated(kind, loop_factory=factory)
        assert reason in str(caught.value)


class Refused(Exception):
    def __init__(self, reason: str, code: int) -> None:
        super().__init__(f"{reason} ({code})")
        self.reason = reason


def _raise(error: BaseException) -> None:
    raise error


async def _raise_later(error: BaseException) -> None:
    await asyncio.sleep(0)
    raise error


def test_the_original_exception_with_the_remote_traceback() -> None:
    class Own(LookupError):
        pass

    def fail() -> None:
        error = Own("lost")
        error.shelf = 3  # type: ignore[attr-defined]
        try:
            raise KeyError("first")
        except KeyError:
            raise error from None

    with pytest.raises(Own, match="lost") as caught:
        run_isolated(fail)
    assert vars(caught.value)["shelf"] == 3
    note = vars(caught.value)["__notes__"][-1] if sys.version_info >= (3, 11) else str(caught.value.__cause__)
    assert "In the process of the function:\nTraceback (most recent call last):\n  File" in note
    assert f'{__file__}", line {fail.__code__.co_firstlineno + 6}, in fail' in note
    assert "isolated_async_workers" not in note
    kinds: list[type[BaseException]] = [KeyboardInterrupt, SystemExit, GeneratorExit, asyncio.CancelledError]
    for kind in [*kinds, StopIteration]:
        with pytest.raises(kind):
            run_isolated(_raise, kind("x"))
    kinds = [KeyboardInterrupt, SystemExit, TimeoutError]
    for kind in kinds:
        with pytest.raises(kind):
            run_isolated(_raise_later, kind("x"))
    with pytest.raises(SystemExit) as left:
        run_isolated(sys.exit, 7)
    assert left.value.code == 7


def test_exceptions_that_cannot_be_sent_have_a_stand_in() -> None:
    def with_a_lock() -> None:
        error = ValueError("locked")
        error.lock = threading.Lock()  # type: ignore[attr-defined]
        raise error

    with pytest.raises(RemoteError, match=r"^ValueError: locked") as caught:
        run_isolated(with_a_lock)
    stand_in = caught.value
    assert (str(stand_in), stand_in.type_name, stand_in.text) == ("ValueError: locked", "ValueError", "locked")
    assert "in with_a_lock\n    raise error\nValueError: locked\n" in stand_in.traceback

    def cannot_be_made_again() -> None:
        raise Refused("no", 4)

    with pytest.raises(RemoteError, match=r"test_calls.Refused: no \(4\)"):
        run_isolated(cannot_be_made_again)


def _close_everything() -> int:
    os.closerange(0, 4096)
    return 1


def _write_everywhere() -> None:
    for descriptor in range(3, 4096):
        with contextlib.suppress(OSError):
            os.write(descriptor, b"\xff" * 100)
    time.sleep(1000)


def _print_and(end: Callable[[], object]) -> None:
    print("on stdout", flush=True)
    print("on stderr", file=sys.stderr)
    subprocess.Popen(["sleep", "1000"], start_new_session=True)
    end()


@pytest.mark.parametrize(
    ("end", "signal_number", "exit_code", "text"),
    [
        (functools.partial(signal.raise_signal, signal.SIGSEGV), 11, None, "was killed by SIGSEGV\nFatal Python error"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), 9, None, "was killed by SIGKILL\n"),
        (lambda: os._exit(0), None, 0, "exited with status 0 before the function had returned\n"),
        (lambda: os.execv("/bin/sh", ["sh", "-c", "exit 3"]), None, 3, "exited with status 3 before"),
        (_close_everything, None, 0, "has closed or replaced the descriptors of others"),
        (_write_everywhere, None, None, "sent what is no message: a frame of 4294967295 bytes was announced"),
    ],
    ids=["segfault", "kill", "exit", "exec", "descriptors", "garbage"],
)
def test_a_process_that_dies(
    end: Callable[[], object], signal_number: int | None, exit_code: int | None, text: str, capfd: Any
) -> None:
    run_isolated(os.getpid)
    before = descendants()
    with pytest.raises(WorkerCrashed) as caught:
        run_isolated(_print_and, end)
    crashed = caught.value
    assert (crashed.signal, crashed.exit_code) == (signal_number, exit_code)
    assert str(crashed).startswith("the process of _print_and ")
    assert text in str(crashed)
    assert (crashed.stdout, crashed.stderr) == ("on stdout\n", "on stderr\n")
    assert str(crashed).endswith("its stdout:\non stdout\nits stderr:\non stderr")
    if signal_number == signal.SIGSEGV:
        assert "in _print_and" in crashed.stacks
        assert "<string>" not in crashed.stacks
    assert descendants() == before
    assert capfd.readouterr() == ("", "")


def test_timeouts(tmp_path: Path) -> None:
    cleaned = tmp_path / "cleaned"

    async def waits() -> None:
        try:
            await asyncio.sleep(1000)
        finally:
            cleaned.write_text("finally")

    def sleeps() -> str:
        try:
            time.sleep(1000)
        except Exception:  # noqa: BLE001 - this is how it would be swallowed
            return "swallowed"
        finally:
            cleaned.write_text("finally too")
        return "never"

    async def clings() -> str:
        while True:
            try:
                await asyncio.sleep(1000)
            except asyncio.CancelledError:
                return "swallowed"

    run_isolated(os.getpid)
    before = descendants()
    for function, place in ((waits, "waits"), (sleeps, "sleeps"), (clings, "clings")):
        with pytest.raises(IsolatedTimeout) as caught:
            run_isolated(function, timeout=0.2)
        headline, _, stacks = str(caught.value).partition("\n")
        assert headline == f"{function.__qualname__} took longer than 0.2 s"
        assert isinstance(caught.value, TimeoutError)
        assert caught.value.timeout == 0.2
        assert caught.value.stacks == stacks
        assert f", in {place}\n" in stacks
        if function is not clings:
            assert cleaned.read_text() == ("finally" if function is waits else "finally too")
    with pytest.raises(IsolatedTimeout, match="took longer than"):
        run_isolated(lambda: os.kill(os.getpid(), signal.SIGSTOP), timeout=0.2)
    assert descendants() == before


class Connection:
    def __init__(self) -> None:
        self._lock = threading.Lock()


class Client:
    def __init__(self) -> None:
        self.connection = Connection()


LOCK = threading.Lock()


def test_what_cannot_be_sent_is_named() -> None:
    client = Client()
    cannot = "cannot pickle '_thread.lock' object"

    def names_a_global() -> object:
        return LOCK

    names_a_global.__module__ = "__main__"
    for call, text in (
        (lambda: run_isolated(max, 1, client), f"args[1].connection._lock: {cannot}"),
        (lambda: run_isolated(max, key={"a": [client]}), f"kwargs['key']['a'][0].connection._lock: {cannot}"),
        (lambda: run_isolated(lambda: client), f"function.<closure>.client.connection._lock: {cannot}"),
        (lambda: run_isolated(functools.partial(max, client)), f"function.args[0].connection._lock: {cannot}"),
        (lambda: run_isolated(names_a_global), f"function.<globals>.LOCK: {cannot}"),
        (lambda: run_isolated(max, bytes(129 * 1024 * 1024)), "args[0]: 'bytes' object takes 129 MiB when pickled"),
        (lambda: run_isolated(lambda: {"of": Client()}), f"result['of'].connection._lock: {cannot}"),
        (lambda: run_isolated(lambda: (each for each in "ab")), "result: cannot pickle 'generator' object"),
        (lambda: run_isolated(lambda: bytes(129 * 1024 * 1024)), "result: 'bytes' object takes 129 MiB when pickled"),
    ):
        with pytest.raises(NotShippable) as caught:
            call()
        assert str(caught.value).startswith(text)
        assert isinstance(caught.value, TypeError)


def test_what_its_process_cannot_load_is_an_error_and_nothing_has_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "only_here.py").write_text("import os\ndef pid(): return os.getpid()\nclass Here: pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    import only_here  # type: ignore[import-not-found]

    # The caller's path, as it is now.
    assert run_isolated(only_here.pid) != os.getpid()
    (tmp_path / "only_here.py").write_text("raise LookupError('not today')\n")
    with pytest.raises(CouldNotStart, match="pid: its process cannot load what was sent") as caught:
        run_isolated(only_here.pid)
    assert str(caught.value).endswith("LookupError: not today\n")
    sys.modules.pop("only_here")


def _not_to_be_called() -> Any:
    raise AssertionError


@pytest.mark.parametrize(
    ("options", "error", "text"),
    [
        ({"start": "forkserver"}, ValueError, "start='forkserver'; allowed: 'fork' or 'spawn' or None"),
        ({"start": 3}, TypeError, "start=3; allowed: "),
        ({"timeout": 0}, ValueError, "timeout=0; allowed: seconds above 0, a month at most, or None"),
        ({"timeout": float("nan")}, ValueError, "timeout=nan; allowed: "),
        ({"timeout": 1e9}, ValueError, "timeout=1000000000.0; allowed: "),
        ({"timeout": True}, TypeError, "timeout=True; allowed: "),
        ({"timeout": "5"}, TypeError, "timeout='5'; allowed: "),
        ({"loop_factory": "not a name"}, ValueError, "loop_factory='not a name'; allowed: a callable that makes a new"),
        ({"loop_factory": 3}, TypeError, "loop_factory=3; allowed: "),
    ],
)
def test_bad_options(options: dict[str, Any], error: type[Exception], text: str) -> None:
    with pytest.raises(error) as caught:
        run_isolated(_not_to_be_called, **options)
    assert str(caught.value).startswith(f"run_isolated got {text}")
    with pytest.raises(error, match=r"^run_isolated_async got "):
        asyncio.run(run_isolated_async(_not_to_be_called, **options))


def test_what_cannot_be_called() -> None:
    with pytest.raises(TypeError, match=r"run_isolated got 3, which cannot be called"):
        run_isolated(3)  # type: ignore[call-overload]
    # It is closed: no "never awaited" follows.
    with pytest.raises(TypeError, match=r"got a coroutine object of later\(\); pass the function itself: later, "):
        run_isolated(later(1))  # type: ignore[call-overload]


def test_output_arrives_at_the_end(capsys: pytest.CaptureFixture[str]) -> None:
    def speak(fail: bool) -> None:
        print("grüße")
        os.write(2, b"raw \xff\n")
        subprocess.run(["echo", " from a child"], check=True)
        if fail:
            raise ValueError

    run_isolated(speak, False)
    assert capsys.readouterr() == ("grüße\n from a child\n", "raw \ufffd\n")
    with pytest.raises(ValueError):  # noqa: PT011
        run_isolated(speak, True)
    assert capsys.readouterr() == ("grüße\n from a child\n", "raw \ufffd\n")


def test_without_standard_streams(capfd: pytest.CaptureFixture[str]) -> None:
    def close_them() -> str:
        os.closerange(0, 3)
        return "fine"

    assert run_isolated(close_them) == "fine"
    assert run_isolated(lambda: sys.stdout.close()) is None
    assert capfd.readouterr() == ("", "")


def test_what_it_leaves_ends_with_it(tmp_path: Path) -> None:
    def leave(path: Path) -> list[int]:
        threading.Thread(target=time.sleep, args=(1000,)).start()
        daemon = (
            "import os, time; os.setsid(); os.fork() and os._exit(0); print(os.getpid(), flush=True); time.sleep(999)"
        )
        shown = subprocess.Popen([sys.executable, "-c", daemon], stdout=subprocess.PIPE)
        assert shown.stdout is not None
        copy = os.fork()
        if copy == 0:
            return []  # It walks back into the runner, and must not answer in the place of the original.
        assert os.waitpid(copy, 0) == (copy, 0)
        copy = os.fork()
        if copy == 0:
            sys.exit(5)
        assert os.waitstatus_to_exitcode(os.waitpid(copy, 0)[1]) == 5
        return [int(shown.stdout.readline()), shown.pid]

    pids = run_isolated(leave, tmp_path)
    assert len(pids) == 2
    assert not [pid for pid in pids if is_alive(pid)]


def test_from_threads() -> None:
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(run_isolated(os.getpid))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({*found, os.getpid()}) == 5
    # The thread that has called first has ended: what it has started is there still.
    assert run_isolated(os.getpid) not in found


def test_in_a_running_loop() -> None:
    async def main() -> None:
        assert await asyncio.to_thread(run_isolated, later, 1) == 1
        assert run_isolated(later, 2) == 2
        turns = 0

        async def count() -> None:
            nonlocal turns
            while True:
                await asyncio.sleep(0)
                turns += 1

        counting = asyncio.create_task(count())
        both = await asyncio.gather(*(run_isolated_async(later, each) for each in "ab"))
        assert both == ["a", "b"]
        assert turns > 1
        counting.cancel()
        with pytest.raises(ZeroDivisionError):
            await run_isolated_async(lambda: 1 / 0)
        with pytest.raises(IsolatedTimeout):
            await run_isolated_async(time.sleep, 1000, timeout=0.1, start="spawn")

    asyncio.run(main())


def test_a_cancelled_task_ends_its_process(tmp_path: Path) -> None:
    pid = tmp_path / "pid"

    def hang() -> None:
        pid.write_text(f"{os.getpid()} ")
        time.sleep(1000)

    async def main() -> None:
        task = asyncio.create_task(run_isolated_async(hang))
        while not (pid.exists() and pid.read_text().endswith(" ")):
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not is_alive(int(pid.read_text()))

    asyncio.run(main())


def test_nested() -> None:
    def outer() -> list[int]:
        async def inner() -> int:
            return await run_isolated_async(os.getppid)

        return [os.getpid(), run_isolated(os.getpid), run_isolated(inner), run_isolated(run_isolated, os.getpid)]

    run_isolated(os.getpid)
    before = descendants()
    assert len({os.getpid(), *run_isolated(outer)}) == 5
    with pytest.raises(WorkerCrashed, match="was killed by SIGKILL") as caught:
        run_isolated(run_isolated, signal.raise_signal, signal.SIGKILL)
    assert caught.value.signal == 9
    wait_until(lambda: descendants() == before)


def test_a_zygote_that_is_killed_costs_the_calls_that_run() -> None:
    def kill_the_zygote() -> None:
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(1000)

    run_isolated(os.getpid)
    with pytest.raises(WorkerCrashed, match="was lost: the process that forks for functions was killed by SIGKILL"):
        run_isolated(kill_the_zygote)
    (zygote, _) = sorted(run_isolated(lambda: (os.getppid(), 0)))[::-1]
    os.kill(zygote, signal.SIGKILL)
    assert run_isolated(os.getppid) not in (zygote, os.getpid())


def _ruin_the_standard_library() -> None:
    import io
    import json
    import pickle
    import socket
    import traceback

    for module in (io, json, os, pickle, socket, traceback):
        for name, value in list(vars(module).items()):
            if callable(value) and not name.startswith("__"):
                setattr(module, name, None)
    sys.modules.clear()


def test_what_it_leaves_patched_does_not_keep_it_from_answering() -> None:
    def fail() -> None:
        _ruin_the_standard_library()
        raise LookupError("after that")

    def return_something() -> list[int]:
        _ruin_the_standard_library()
        return [1]

    assert run_isolated(return_something) == [1]
    with pytest.raises(LookupError, match="after that"):
        run_isolated(fail)


def test_a_task_that_is_left_and_exits_when_it_is_cancelled_does_not_take_the_answer_with_it() -> None:
    async def leave_a_task() -> int:
        async def exit_when_cancelled() -> None:
            try:
                await asyncio.sleep(1000)
            finally:
                sys.exit(3)

        loop = asyncio.get_running_loop()
        loop.left = loop.create_task(exit_when_cancelled())  # type: ignore[attr-defined]
        await asyncio.sleep(0)
        return 42

    assert run_isolated(leave_a_task) == 42
