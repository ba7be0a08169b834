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
