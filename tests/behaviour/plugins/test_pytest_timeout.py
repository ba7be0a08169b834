"""pytest-timeout: its limits are deadlines of ours, and nothing of it is armed in any process of an isolated test."""

from __future__ import annotations

from ..conftest import Suite
from .sides import AUTO, ONE, TWO

#: What pytest-timeout would arm: a signal handler, or a thread that is named after it.
NOTHING_ARMED = """
    import asyncio, signal, threading, time
    import pytest

    def nothing_armed():
        assert signal.getitimer(signal.ITIMER_REAL) == (0, 0)
        assert not [each for each in threading.enumerate() if "pytest_timeout" in each.name]
"""


def test_markers(any_suite: Suite) -> None:
    any_suite.write(
        test_a=NOTHING_ARMED
        + """
    from isolated_async import isolated_loop

    @pytest.fixture
    async def slow():
        await asyncio.sleep(0.6)
        yield
        print("torn down")

    @pytest.mark.timeout(0.3)
    async def test_hangs():
        nothing_armed()
        try:
            await asyncio.sleep(60)
        finally:
            print("cleaned up")

    @pytest.mark.timeout(0.5, method="thread")
    def test_blocks():
        time.sleep(60)

    @pytest.mark.timeout(timeout=1)
    async def test_shared_with_the_setup(slow):
        await asyncio.sleep(0.7)

    @pytest.mark.timeout(0.3, func_only=True)
    async def test_only_the_call(slow):
        nothing_armed()

    @pytest.mark.timeout(0.3, func_only=True)
    async def test_only_the_call_hangs(slow):
        await asyncio.sleep(60)

    @pytest.fixture
    def hangs_late():
        yield
        time.sleep(60)

    @pytest.mark.timeout(0.5)
    async def test_teardown(hangs_late):
        pass

    @pytest.mark.timeout(0.01)
    @isolated_loop(timeout=30)
    async def test_ours_wins():
        await asyncio.sleep(0.1)

    @pytest.mark.timeout(0)
    async def test_none():
        nothing_armed()

    @pytest.mark.timeout(0.3)
    @pytest.mark.xfail
    async def test_expected():
        await asyncio.sleep(60)
"""
    )
    run = any_suite.run(*AUTO, *TWO, "--timeout=20")
    assert run.outcomes == {"passed": 4, "failed": 4, "errors": 1, "xfailed": 1}, run.stdout
    marker = "the limit that pytest-timeout has from @pytest.mark.timeout"
    text = run.text_of("test_hangs")
    assert f"Timeout: the test took longer than 0.3 s, {marker}; it was in call" in text
    assert "in test_hangs\n    await asyncio.sleep(60)" in text
    assert "cleaned up" in text
    assert f"Timeout: the test took longer than 0.5 s, {marker}; it was in call" in run.text_of("test_blocks")
    text = run.text_of("test_shared_with_the_setup")
    assert f"Timeout: the test took longer than 1 s, {marker}; it was in call" in text
    assert "torn down" in text
    text = run.text_of("test_only_the_call_hangs")
    assert f"Timeout: call took longer than 0.3 s, {marker}" in text
    assert f"Timeout: the test took longer than 0.5 s, {marker}; it was in teardown" in run.text_of("test_teardown")
    assert run.outcome_of("test_expected") == {"setup": "passed", "call": "skipped", "teardown": "passed"}


def test_settings_and_who_wins(suite: Suite) -> None:
    suite.write(test_a=NOTHING_ARMED + "    async def test_hangs():\n        await asyncio.sleep(60)\n")
    suite.ini("timeout = 0.4", "timeout_func_only = true")
    ini = suite.run(*AUTO, *ONE)
    assert "Timeout: call took longer than 0.4 s, the limit that pytest-timeout has from the ini option" in ini.stdout
    option = suite.run(*AUTO, *ONE, "--timeout=0.3", "-o", "timeout_func_only=false")
    assert "0.3 s, the limit that pytest-timeout has from --timeout; it was in call" in option.stdout
    ours = suite.run(*AUTO, *ONE, "--timeout=0.1", "--isolated-loop-timeout=0.5")
    assert "Timeout: call took longer than 0.5 s\n" in ours.stdout
    assert "isolated-loop: pytest-timeout: its limits do not hold for isolated tests" in ours.stdout
    suite.write(test_a="import asyncio\n\nasync def test_takes_long():\n    await asyncio.sleep(0.6)\n")
    off = suite.run(*AUTO, *ONE, "--isolated-loop-timeout=0")
    assert off.outcomes == {"passed": 1}, off.stdout
    assert "isolated-loop: pytest-timeout: its limits are off as well" in off.stdout


def test_a_bad_marker_is_a_usage_error(suite: Suite) -> None:
    suite.write(test_a="import pytest\n\n@pytest.mark.timeout(second=1)\nasync def test_a():\n    pass\n")
    run = suite.run(*ONE)
    assert run.result.ret == 4
    assert "test_a.py::test_a: @pytest.mark.timeout of pytest-timeout: Invalid keyword argument" in run.stderr
