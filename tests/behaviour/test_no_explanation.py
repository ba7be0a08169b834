"""Failures that no classic failure of a loop has caused are left alone, and no object of a test breaks its report."""

from __future__ import annotations

from .conftest import Suite


def test_after_the_question_whether_a_loop_runs(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio
            from isolated_async import isolated_loop

            pytestmark = isolated_loop

            def run_sync(function):
                try:
                    asyncio.get_running_loop()
                except RuntimeError:
                    return asyncio.run(function())

            async def compare():
                assert 1 == 2

            def test_inside_the_answer():
                run_sync(compare)

            def test_without_a_cause():
                try:
                    asyncio.get_running_loop()
                except RuntimeError:
                    raise ValueError("no such file") from None

            def test_is_the_cause():
                try:
                    asyncio.get_running_loop()
                except RuntimeError as error:
                    raise ValueError("cannot start") from error
        """
    )
    run = suite.run()
    assert run.outcomes == {"failed": 3}
    assert run.stdout.count("isolated-loop: why") == 1
    assert "isolated-loop: why" in run.text_of("test_is_the_cause")


def test_objects_that_raise_at_any_touch(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio

            class Unbound:
                def __getattribute__(self, name):
                    raise RuntimeError("unbound proxy")

                def __repr__(self):
                    return "Unbound()"

            async def test_nested():
                proxy = Unbound()
                asyncio.run(asyncio.sleep(0))

            async def test_foreign():
                proxy = Unbound()
                loop = asyncio.new_event_loop()
                future = loop.create_future()
                loop.close()
                proxy, await future
        """
    )
    run = suite.run("--isolated-loop", "-W", "error")
    assert run.outcomes == {"failed": 2}
    assert "internal error" not in run.stdout
    assert "nested run: " in run.text_of("test_nested")
    assert "the object was made at " in run.text_of("test_foreign")


def test_no_frame_of_a_hook_in_what_comes_from_elsewhere(suite: Suite) -> None:
    suite.write(
        test_a="""
            class Broken:
                def __del__(self):
                    raise ValueError("nobody hears it")

            async def test_it():
                Broken()
        """
    )
    run = suite.run("--isolated-loop", "-W", "error")
    assert run.outcomes == {"failed": 1}
    assert "nobody hears it" in run.stdout
    assert "isolated_async_workers" not in run.stdout


def test_coroutines_that_a_failure_merely_lists(suite: Suite) -> None:
    suite.write(
        test_a="""
            from unittest import TestCase, mock

            async def answer():
                return 1

            async def test_call_count():
                take = mock.Mock()
                coroutine = answer()
                take(coroutine), take(await coroutine)
                take.assert_called_once()

            async def test_call_arguments():
                take = mock.Mock()
                coroutine = answer()
                take(coroutine, name="a")
                await coroutine
                take.assert_called_with(coroutine, name="b")

            async def test_task_count():
                create_task = mock.Mock()
                create_task(answer())
                create_task(answer())
                create_task.assert_called_once()

            async def test_task_name():
                create_task = mock.Mock()
                create_task(answer(), name="a")
                create_task.assert_called_once_with(mock.ANY, name="b")

            async def test_length():
                coroutines = [answer()]
                await coroutines[0]
                assert len(coroutines) == 2

            class Test(TestCase):
                async def test_method(self):
                    coroutine = answer()
                    await coroutine
                    self.assertEqual([coroutine], [])

            async def test_awaited_before():
                coroutine = answer()
                await coroutine
                assert coroutine == 1
        """
    )
    run = suite.run("--isolated-loop")
    assert run.outcomes == {"failed": 7}
    assert "isolated-loop: why" not in run.stdout
    assert "isolated-loop: perhaps why" not in run.stdout


def test_what_was_not_forgotten(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio, contextlib, gc, warnings
            import pytest

            async def answer():
                return 1

            def broken(*arguments):
                raise ValueError

            async def test_goes_with_the_failing_statement():
                await asyncio.gather(
                    answer(),
                    broken(),
                )

            async def test_goes_with_the_failing_call():
                broken(answer())

            async def test_goes_with_a_failing_statement_around_it():
                async def inner():
                    await asyncio.gather(answer(), broken())

                try:
                    await inner()
                finally:
                    await asyncio.sleep(0)

            async def test_would_be_awaited_later():
                coroutine = answer()
                broken()
                await coroutine

            async def test_task_that_has_not_begun():
                task = asyncio.create_task(answer())
                broken()

            async def test_task_that_was_cancelled():
                task = asyncio.create_task(answer())
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
                del task
                gc.collect()
                broken()

            async def test_closed():
                answer().close()
                broken()

            async def test_expected():
                with pytest.warns(RuntimeWarning, match="never awaited"):
                    answer()
                broken()

            @pytest.mark.filterwarnings("ignore:coroutine .* was never awaited")
            async def test_ignored():
                answer()
                broken()

            async def test_recorded(recwarn):
                answer()
                broken()
        """
    )
    run = suite.run("--isolated-loop")
    assert run.outcomes["failed"] == 10
    assert "isolated-loop: " not in "".join(run.text_of(each["nodeid"]) for each in run.reports)


def test_what_a_library_forgets(suite: Suite) -> None:
    library = suite.path / "site-packages" / "library"
    library.mkdir(parents=True)
    (library / "__init__.py").write_text("async def work():\n    pass\n\ndef start():\n    work()\n")
    suite.write(
        test_a="""
            import sys
            from unittest import mock
            sys.path.insert(0, "site-packages")
            import library

            async def test_it():
                library.start()
                assert 0
        """
    )
    run = suite.run("--isolated-loop", "-p", "no:asyncio")
    assert run.outcomes["failed"] == 1
    assert "coroutine 'work' was never awaited" in run.stdout
    assert "perhaps why" not in run.stdout


def test_of_an_earlier_test_of_the_group(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio, gc
            from isolated_async import isolated_loop

            pytestmark = isolated_loop(scope="module")

            async def answer():
                await asyncio.get_running_loop().create_future()

            async def test_forgets():
                answer()
                asyncio.create_task(answer())
                await asyncio.sleep(0)
                gc.collect()

            async def test_fails():
                assert 0
        """
    )
    run = suite.run("-p", "no:asyncio")
    assert run.outcomes.items() >= {"passed": 1, "failed": 1}.items()
    assert "isolated-loop: perhaps why" not in run.stdout


def test_a_failing_teardown(suite: Suite) -> None:
    suite.write(
        test_a="""
            import pytest

            async def answer():
                return 1

            @pytest.fixture
            async def fixture():
                yield
                raise ValueError

            async def test_it(fixture):
                answer()
        """
    )
    run = suite.run("--isolated-loop", "-p", "no:asyncio", "--isolated-loop-leaks=error")
    assert run.outcomes["errors"] == 1
    assert "coroutines that were never awaited" in run.stdout
    assert "isolated-loop: perhaps why" not in run.stdout
