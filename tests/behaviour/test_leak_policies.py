"""Who decides what a leak costs: option, ini file, marker, warning filters; and which test it is charged to."""

from __future__ import annotations

import pytest

from .conftest import Suite

LEAK = "pending task of serve(), made at"
_SERVE = "import asyncio\n\nasync def serve():\n    await asyncio.sleep(60)\n\nkept = []\n"
_LEAKING = f"{_SERVE}\nasync def test_it():\n    kept.append(asyncio.create_task(serve()))\n"


def _marked(leaks: str) -> str:
    return _LEAKING.replace(
        "async def test_it",
        f"from isolated_async import isolated_loop\n@isolated_loop(leaks={leaks!r})\nasync def test_it",
    )


WARNED = {"passed": 1, "warnings": 1}
FAILED = {"passed": 1, "errors": 1}
QUIET = {"passed": 1}


@pytest.mark.parametrize(
    ("source", "ini", "arguments", "outcomes"),
    [
        (_LEAKING, "", (), WARNED),
        (_LEAKING, "isolated_loop_leaks = error", (), FAILED),
        (_LEAKING, "isolated_loop_leaks = error", ("--isolated-loop-leaks=ignore",), QUIET),
        (_LEAKING, "isolated_loop_leaks = ignore", ("--isolated-loop-leaks=error",), FAILED),
        (_marked("error"), "isolated_loop_leaks = ignore", ("--isolated-loop-leaks=warn",), FAILED),
        (_marked("warn"), "isolated_loop_leaks = ignore", ("--isolated-loop-leaks=error",), WARNED),
        (_marked("ignore"), "isolated_loop_leaks = error", ("--isolated-loop-leaks=error",), QUIET),
    ],
)
def test_the_marker_wins_over_the_option_over_the_ini_file(
    suite: Suite, source: str, ini: str, arguments: tuple[str, ...], outcomes: dict[str, int]
) -> None:
    suite.ini(ini)
    suite.write(test_a=source)
    run = suite.run("--isolated-loop", *arguments)
    assert run.outcomes == outcomes
    assert (LEAK in run.stdout) is (outcomes != QUIET)


def test_the_warning_does_not_fail_where_warnings_are_errors(any_suite: Suite) -> None:
    any_suite.write(test_a=_LEAKING)
    for arguments in (("-W", "error"), ("-o", "filterwarnings=error"), ("-W", "error::isolated_async.LeakWarning")):
        run = any_suite.run("--isolated-loop", *arguments)
        assert run.outcomes == WARNED, arguments
        assert LEAK in run.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ("-W", "ignore::isolated_async.LeakWarning"),
        ("-W", "error", "-W", "ignore::isolated_async.LeakWarning"),
        ("-o", "filterwarnings=ignore:pending task:isolated_async.LeakWarning"),
        ("-W", "ignore::UserWarning"),
        ("-p", "no:warnings"),
    ],
)
def test_a_filter_silences_it(any_suite: Suite, arguments: tuple[str, ...]) -> None:
    any_suite.write(test_a=_LEAKING)
    assert any_suite.run("--isolated-loop", *arguments).outcomes == QUIET


@pytest.mark.parametrize("message", ["unclosed", ".*made by nobody"])
def test_a_filter_for_another_leak_does_not(suite: Suite, message: str) -> None:
    suite.write(test_a=_LEAKING)
    assert suite.run("--isolated-loop", "-W", f"ignore:{message}:isolated_async.LeakWarning").outcomes == WARNED


def test_a_filter_holds_for_errors_too(suite: Suite) -> None:
    suite.write(
        test_a=_LEAKING.replace(
            "async def test_it",
            "import pytest\n@pytest.mark.filterwarnings('ignore::isolated_async.LeakWarning')\nasync def test_it",
        )
    )
    assert suite.run("--isolated-loop", "--isolated-loop-leaks=error").outcomes == QUIET


def test_it_is_charged_to_the_test_that_leaks(any_suite: Suite) -> None:
    any_suite.write(
        test_a=f"{_LEAKING}\nasync def test_fine():\n    pass\n\n"
        "async def test_other():\n    kept.append(asyncio.create_task(serve(), name='other'))\n"
    )
    run = any_suite.run("--isolated-loop", "--isolated-loop-workers=2")
    assert run.outcomes == {"passed": 3, "warnings": 2}
    summary = [line.strip() for line in run.stdout.splitlines()]
    first, second = summary.index("test_a.py::test_it"), summary.index("test_a.py::test_other")
    assert LEAK in summary[first + 1]
    assert "pending task 'other' of serve()" in summary[second + 1]
    assert "test_a.py::test_fine" not in summary

    run = any_suite.run("--isolated-loop", "--isolated-loop-leaks=error")
    assert run.outcomes == {"passed": 3, "errors": 2}
    assert run.outcome_of("test_fine")["teardown"] == "passed"


def test_under_xdist(suite: Suite) -> None:
    suite.write(test_a=_LEAKING)
    run = suite.run("--isolated-loop", "-n1", "-W", "error")
    assert run.outcomes == WARNED
    assert f"LeakWarning: {LEAK}" in run.stdout


def test_a_leak_after_a_failure_and_in_an_xfail(suite: Suite) -> None:
    suite.write(
        test_a=f"{_SERVE}\nimport pytest\n\nasync def test_fails():\n    kept.append(asyncio.create_task(serve()))\n"
        "    assert 0\n\n@pytest.mark.xfail\nasync def test_xfails():\n"
        "    kept.append(asyncio.create_task(serve()))\n    assert 0\n"
    )
    assert suite.run("--isolated-loop").outcomes == {"failed": 1, "xfailed": 1, "warnings": 2}
    run = suite.run("--isolated-loop", "--isolated-loop-leaks=error")
    assert run.outcome_of("test_fails") == {"setup": "passed", "call": "failed", "teardown": "failed"}
    assert run.outcomes["failed"] == 1


def test_a_session_that_is_stopped_in_a_test_reports_none(suite: Suite) -> None:
    suite.write(
        test_a=f"{_SERVE}\nimport pytest\n\nasync def test_stops():\n    kept.append(asyncio.create_task(serve()))\n"
        "    pytest.exit('enough')\n"
    )
    run = suite.run("--isolated-loop", "--isolated-loop-leaks=error")
    assert "enough" in run.stdout
    assert "internal error" not in run.stdout
    assert LEAK not in run.stdout


@pytest.mark.parametrize("leaks", ["warn", "error"])
def test_whatever_the_test_has_broken(suite: Suite, leaks: str) -> None:
    suite.write(
        test_a="""
            import asyncio, gc, threading, time, warnings

            class Odd(threading.Thread):
                __hash__ = object.__hash__
                is_ready = False
                daemon = property(lambda self: 1 / 0 if self.is_ready else False, lambda self, value: None)

                def start(self):
                    super().start()
                    self.is_ready = True

                def __eq__(self, other):
                    raise ValueError

            kept = []

            async def stubborn():
                while True:
                    try:
                        await asyncio.sleep(60)
                    except asyncio.CancelledError:
                        continue

            async def test_modules():
                asyncio.all_tasks = asyncio.sleep = gc.collect = gc.get_objects = threading.enumerate = None
                asyncio.wait = asyncio.current_task = time.sleep = warnings.warn = None

            async def test_threads():
                Odd(target=time.sleep, args=(60,)).start()
                threading.Thread(target=time.sleep, args=(60,), name="ordinary").start()

            async def test_loop():
                asyncio.get_running_loop().call_soon(asyncio.get_running_loop().stop)

            def test_closed():
                asyncio.get_event_loop().close()

            async def test_filters():
                kept.append(asyncio.create_task(stubborn()))
                warnings.filters.insert(0, "no filter")

            async def test_representations():
                class Unspeakable(Exception):
                    def __str__(self):
                        raise ValueError

                future = asyncio.get_running_loop().create_future()
                future.set_exception(Unspeakable())

            async def test_swallows():
                kept.append(asyncio.create_task(stubborn()))
                await asyncio.sleep(0)
                kept[0].cancel()

            async def test_thousands():
                kept.extend(asyncio.create_task(stubborn()) for _ in range(2000))
        """
    )
    run = suite.run("--isolated-loop-mode=all", f"--isolated-loop-leaks={leaks}")
    assert run.outcomes["passed"] == 8
    assert "running thread 'ordinary', made at" in run.stdout
    assert run.result.duration < 30
    assert "internal error" not in run.stdout
    assert "errors that only the loop's exception handler saw, which cannot be described" in run.stdout
    assert "1990 more pending tasks" in run.stdout
    assert run.stdout.count("pending task of stubborn()") <= 11 + (leaks == "error")
