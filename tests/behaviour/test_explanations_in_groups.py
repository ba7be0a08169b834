"""Classic failures inside exception groups are explained: in nested groups, as causes of members, and a few of many."""

from __future__ import annotations

import re

import pytest

from .conftest import Suite

HEAD = """\
import asyncio, builtins
import pytest

if not hasattr(builtins, "ExceptionGroup"):
    from exceptiongroup import BaseExceptionGroup, ExceptionGroup

def fails(call, *arguments):
    try:
        call(*arguments)
    except Exception as error:
        return error

def nested():
    return fails(asyncio.run, asyncio.sleep(0))

def closed():
    loop = asyncio.new_event_loop()
    loop.close()
    return fails(loop.call_soon, print)

def other():
    return ValueError("nothing to do with a loop")

def caused_by(error):
    caused = KeyError("connection")
    caused.__cause__ = error
    return caused

"""
NESTED, CLOSED = "asyncio does not nest loops", "The loop was closed before this line used it"
GROUPS = {
    "members": ('ExceptionGroup("two", [other(), nested(), closed()])', [NESTED, CLOSED]),
    "nested groups": ('ExceptionGroup("outer", [other(), ExceptionGroup("inner", [other(), closed()])])', [CLOSED]),
    "the cause of a member": ('ExceptionGroup("caused", [caused_by(nested())])', [NESTED]),
    "a group as a cause": ('caused_by(ExceptionGroup("inner", [nested()]))', [NESTED]),
    "a group under a group": ('caused_by(ExceptionGroup("a", [caused_by(ExceptionGroup("b", [closed()]))]))', [CLOSED]),
    "not only Exceptions": ('BaseExceptionGroup("base", [KeyboardInterrupt(), nested()])', [NESTED]),
}


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
@pytest.mark.parametrize("group", GROUPS)
def test_members_are_explained(suite: Suite, group: str, loop: str) -> None:
    source, sentences = GROUPS[group]
    suite.write(test_a=f"{HEAD}async def test_it():\n    raise {source}\n")
    run = suite.run(
        "--isolated-loop",
        f"--isolated-loop-factory={loop}.new_event_loop",
        *("-W", "error", "-p", "no:asyncio", "-W", "ignore::pytest.PytestConfigWarning"),
    )
    assert run.outcomes == {"failed": 1}, run.stdout
    text = run.text_of("::test_it")
    assert text.count("isolated-loop: why") == 1
    assert [each for each in (NESTED, CLOSED) if each in text] == sentences
    assert text.count("What to do: ") == text.count("More: ") == len(sentences)
    assert "never awaited" not in run.stdout + run.stderr


def test_a_task_group(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio, sys
            import pytest

            pytestmark = pytest.mark.skipif(sys.version_info < (3, 11), reason="TaskGroup")

            def sync_api():
                asyncio.get_running_loop().run_until_complete(asyncio.sleep(0))

            async def child():
                sync_api()

            async def test_it():
                async with asyncio.TaskGroup() as group:
                    for _ in range(3):
                        group.create_task(child())
        """
    )
    run = suite.run("--isolated-loop", "-p", "no:asyncio")
    if "skipped" not in run.outcomes:
        text = run.text_of("::test_it")
        assert text.count("nested run: ") == 1
        assert "in sync_api" in text


def test_a_few_of_many_are_explained(suite: Suite) -> None:
    places = "".join(f"    errors.append(fails(asyncio.run, asyncio.sleep(0)))  # {number}\n" for number in range(30))
    suite.write(
        test_a=f"{HEAD}async def test_it():\n    errors = []\n{places}    raise ExceptionGroup('many', errors)\n\n"
        "async def test_deep():\n    error = nested()\n    for _ in range(200):\n"
        "        error = ExceptionGroup('deep', [error])\n    raise error\n\n"
        "async def test_circle():\n    error = other()\n    error.__context__ = ExceptionGroup('circle', [error])\n"
        "    raise ExceptionGroup('outer', [error])\n"
    )
    run = suite.run("--isolated-loop", "-p", "no:asyncio", "--tb=line")
    assert run.outcomes["failed"] == 3
    assert "internal error" not in run.stdout
    assert len(re.findall(r"^  nested run: ", run.text_of("::test_it"), re.MULTILINE)) <= 10
    assert "isolated-loop: why" not in run.text_of("::test_circle")


def test_members_that_are_no_classics_are_left_alone(suite: Suite) -> None:
    suite.write(test_a=f"{HEAD}async def test_it():\n    raise ExceptionGroup('two', [other(), caused_by(other())])\n")
    run = suite.run("--isolated-loop")
    assert run.outcomes == {"failed": 1}
    assert "isolated-loop: " not in run.text_of("::test_it")
