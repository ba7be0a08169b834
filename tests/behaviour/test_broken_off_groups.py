"""A group of tests whose run stops in the middle: what its teardown says is reported, as in process."""

from __future__ import annotations

import pytest

from .conftest import Suite
from .test_scope_groups import MODULE

BAD_TEARDOWN = """
    import warnings
    import pytest
    from isolated_async import isolated_loop

    pytestmark = isolated_loop(scope="module")

    @pytest.fixture(scope="module")
    def shared():
        yield
        print("printed in the teardown")
        warnings.warn("warned in the teardown")
        raise ValueError("from the teardown")

    def test_one(shared):
        pass

    def test_two(shared):
        assert 0, "two"

    def test_three(shared):
        pass
"""

#: Before, what tests share is torn down at the end of the session, where pytest dies of what fails.
tears_down_at_once = pytest.mark.skipif(
    pytest.version_tuple < (8, 3), reason="in process, pytest before 8.3 dies of it"
)


@tears_down_at_once
@pytest.mark.parametrize(
    "arguments", [("-x",), ("--maxfail=1", "--isolated-loop-workers=3"), ("--stepwise", "--cache-clear")]
)
def test_a_teardown_after_the_run_was_stopped(any_suite: Suite, arguments: tuple[str, ...]) -> None:
    any_suite.write(test_a=BAD_TEARDOWN)
    in_process, isolated = any_suite.run_in_process(*arguments), any_suite.run(*arguments)
    for run in (in_process, isolated):
        assert run.outcomes == {"passed": 1, "failed": 1, "errors": 1, "warnings": 1}, run.stdout
        run.result.stdout.fnmatch_lines(
            ["*ERROR at teardown of test_two*", "*ValueError: from the teardown", "*Captured stdout teardown*"]
        )
        assert "UserWarning: warned in the teardown" in run.stdout
        assert "printed in the teardown" in run.text_of("test_two")
    assert isolated.result.ret == in_process.result.ret


@tears_down_at_once
def test_with_maxfail_there_is_one_teardown(suite: Suite) -> None:
    suite.write(test_a=BAD_TEARDOWN)
    in_process, isolated = suite.run_in_process("-x"), suite.run("-x")
    stages = [(each["nodeid"], each["when"], each["outcome"]) for each in isolated.reports]
    assert stages == [(each["nodeid"], each["when"], each["outcome"]) for each in in_process.reports]
    assert "stopping after 2 failures" in isolated.stdout
    assert "stopping after 2 failures" in in_process.stdout


def test_a_test_of_the_host_stops_the_run_in_the_middle_of_a_group(suite: Suite) -> None:
    suite.write(test_a=BAD_TEARDOWN.replace("def test_two(shared)", "@isolated_loop(False)\n    def test_two()"))
    run = suite.run("-x")
    assert run.outcomes == {"passed": 1, "failed": 1, "errors": 1, "warnings": 1}, run.stdout
    assert "ERROR at teardown of test_one" in run.stdout


@pytest.mark.parametrize(
    ("teardown", "said"),
    [
        ("__import__('os')._exit(3)", "the worker process exited with status 3 during teardown"),
        ("__import__('time').sleep(60)", "Timeout: teardown took longer than 1 s"),
    ],
)
def test_a_teardown_that_ends_badly_after_the_run_was_stopped(suite: Suite, teardown: str, said: str) -> None:
    suite.write(test_a=BAD_TEARDOWN.replace('raise ValueError("from the teardown")', teardown))
    run = suite.run("--stepwise", "--isolated-loop-timeout=1")
    assert run.outcomes.items() >= {"passed": 1, "failed": 1, "errors": 1}.items(), run.stdout
    assert said in run.text_of("test_two")


def test_the_teardown_after_a_test_whose_time_was_up(suite: Suite) -> None:
    suite.write(test_a=BAD_TEARDOWN.replace('assert 0, "two"', "__import__('time').sleep(60)"))
    run = suite.run("--isolated-loop-timeout=1")
    assert run.outcomes == {"passed": 2, "failed": 1, "errors": 2, "warnings": 2}, run.stdout
    for name in ("test_two", "test_three"):
        assert "ValueError: from the teardown" in run.text_of(name)


def test_leaks_of_a_group_that_is_broken_off(suite: Suite) -> None:
    suite.write(
        test_a=MODULE
        + """
    async def test_one():
        global task
        task = asyncio.create_task(asyncio.sleep(60))

    async def test_two():
        assert 0

    async def test_three():
        pass
"""
    )
    for stop in ("-x", "--stepwise"):
        run = suite.run(stop)
        assert run.outcomes == {"passed": 1, "failed": 1, "warnings": 1}, run.stdout
        assert "LeakWarning: pending task" in run.stdout
    run = suite.run("--stepwise", "--isolated-loop-leaks=error", "--cache-clear")
    assert run.outcomes == {"passed": 1, "failed": 1, "errors": 1}, run.stdout


def test_fixtures_of_an_isolated_test_know_how_many_have_failed(suite: Suite) -> None:
    suite.write(
        test_a="""
            import pytest
            from isolated_async import isolated_loop

            pytestmark = isolated_loop

            @pytest.fixture
            def failed(request):
                yield
                print("failed so far:", request.session.testsfailed)

            def test_one(failed):
                assert 0

            def test_two(failed):
                assert 0
        """
    )
    run = suite.run()
    assert "failed so far: 1" in run.text_of("test_one")
    assert "failed so far: 2" in run.text_of("test_two")
