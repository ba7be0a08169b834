"""Coroutines that were never awaited and tasks that were destroyed: a failure that is due to them says so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .conftest import Run, Suite
from .leaking import line_of

HEAD = """\
import asyncio, gc
from unittest import mock
import pytest

class Outbox:
    def __init__(self):
        self.sent = []

    async def send(self, text):  # SEND
        self.sent.append(text)

async def waits_for_nothing():  # WAITS
    await asyncio.get_running_loop().create_future()

"""
LOOPS = ("asyncio", "uvloop")
#: Before, pytest reports the last one of a stage alone, with the traceback as part of its message.
REPORTS_EACH = pytest.version_tuple >= (8, 4)


def _run(suite: Suite, source: str, *arguments: str, loop: str = "asyncio") -> Run:
    suite.write(test_a=HEAD + source)
    factory = f"--isolated-loop-factory={loop}.new_event_loop"
    return suite.run(
        "--isolated-loop", factory, "-p", "no:asyncio", *arguments, "-W", "ignore::pytest.PytestConfigWarning"
    )


def _pages(text: str) -> list[str]:
    """The pages that a report links to, all of them there."""
    pages = [Path(each) for each in re.findall(r"^More: (.*)$", text, re.MULTILINE)]
    assert all(each.is_file() for each in pages)
    return [each.name for each in pages]


RAISED = {
    "gone in the call": ('    Outbox().send("hello")  # HERE\n', "call"),
    "gone in the teardown": ('    kept = [Outbox().send("hello")]  # HERE\n    kept.append(kept)\n', "teardown"),
}


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", RAISED)
def test_a_warning_that_is_an_error_explains_itself(suite: Suite, name: str, loop: str) -> None:
    body, stage = RAISED[name]
    source = HEAD + f"async def test_it():\n{body}"
    run = _run(suite, f"async def test_it():\n{body}", "-W", "error", loop=loop)
    (failed,) = (each for each in run.reports if each["outcome"] == "failed")
    text = failed["text"]
    assert failed["when"] == stage
    file = suite.path / "test_a.py"
    assert "PytestUnraisableExceptionWarning" in text
    assert text.count("isolated-loop: why") == 1
    assert (
        f"\n  coroutine 'Outbox.send', defined at {file}:{line_of(source, '# SEND')}, "
        f"made at {file}:{line_of(source)} in test_it\n"
    ) in text
    assert "What to do: put `await` before the call" in text
    assert _pages(text) == ["never-awaited.md"]
    assert "warn_unawaited_coroutine" not in run.stdout or not REPORTS_EACH


@pytest.mark.skipif(not REPORTS_EACH, reason="pytest before 8.4 reports one")
def test_all_that_are_errors_are_named(suite: Suite) -> None:
    calls = "".join(f"    Outbox().send({number})\n" for number in range(12))
    run = _run(suite, f"async def test_it():\n{calls}", "-W", "error")
    text = run.text_of("::test_it")
    assert text.count("isolated-loop: why") == text.count("What to do: ") == 1
    assert len(re.findall(r"^  coroutine 'Outbox.send', .*, made at .*:\d+ in test_it$", text, re.MULTILINE)) == 10
    assert "\n  and 2 more\n" in text


def test_without_places_where_leaks_are_ignored(suite: Suite) -> None:
    source = 'async def test_it():\n    Outbox().send("hello")\n'
    run = _run(suite, source, "-W", "error", "--isolated-loop-leaks=ignore")
    text = run.text_of("::test_it")
    file = suite.path / "test_a.py"
    assert f"\n  coroutine 'Outbox.send', defined at {file}:{line_of(HEAD, '# SEND')}\nWhat to do: " in text
    assert _pages(text) == ["never-awaited.md"]


#: Body of a sync function that gets what ``answer`` returned, and whether the report can say where that was made.
IN_PLACE_OF_RESULT = {
    "indexed": ('return result["number"]', False),
    "added": ("return result + 1", False),
    "asked for an attribute": ("return result.number", True),
    "compared": ('assert result == {"number": 1}', True),
    "compared by unittest": ("unittest.TestCase().assertEqual({}, result)", True),
}


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", IN_PLACE_OF_RESULT)
def test_a_coroutine_in_the_place_of_its_result(suite: Suite, name: str, loop: str) -> None:
    body, knows = IN_PLACE_OF_RESULT[name]
    source = (
        "import unittest\n\nasync def answer():\n    return {'number': 1}\n\n"
        f"def use(result):\n    {body}  # USED\n\n"
        "async def test_it():\n    use(answer())  # HERE\n"
    )
    run = _run(suite, source, loop=loop)
    assert run.outcomes["failed"] == 1, run.stdout
    text = run.text_of("::test_it")
    file = suite.path / "test_a.py"
    assert text.count("isolated-loop: ") == text.count("isolated-loop: why") == 1
    assert "it was called, and never awaited" in text
    assert f"\n  used in {file}:{line_of(HEAD + source, '# USED')} in use\n" in text
    assert (f"\n  the coroutine was made at {file}:{line_of(HEAD + source)} in test_it\n" in text) is knows
    assert _pages(text) == ["never-awaited.md"]


LIKELY = {
    "an assertion": '    outbox.send("hello")  # HERE\n    assert outbox.sent == ["hello"]\n',
    "another error": '    outbox.send("hello")  # HERE\n    outbox.sent[0]\n',
    "pytest.fail": '    outbox.send("hello")  # HERE\n    pytest.fail("nothing was sent")\n',
    "in a caller's line": "    outbox.sent == [] and outbox.send('x')  # HERE\n    check(outbox)\n",
    "a mock": "    outbox.send = mock.AsyncMock()\n    outbox.send()  # HERE\n    outbox.send.assert_awaited_once()\n",
    "an argument of a mock": (
        "    show = mock.Mock()\n    show(outbox.send('x'))  # HERE\n    show.assert_called_once_with(3)\n"
    ),
    "in a list": "    sent = [outbox.send('x')]  # HERE\n    assert sent == [None]\n",
}


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", LIKELY)
def test_a_failure_tells_what_was_not_awaited_before(suite: Suite, name: str, loop: str) -> None:
    source = (
        f"def check(outbox):\n    assert outbox.sent\n\nasync def test_it():\n    outbox = Outbox()\n{LIKELY[name]}"
    )
    run = _run(suite, source, loop=loop)
    assert run.outcomes["failed"] == 1
    text = run.text_of("::test_it")
    assert "isolated-loop: why" not in text
    assert text.count("isolated-loop: perhaps why") == 1
    file = suite.path / "test_a.py"
    assert re.search(rf"^  coroutine .*, made at {file}:{line_of(HEAD + source)} in test_it$", text, re.MULTILINE)
    assert _pages(text) == ["never-awaited.md"]


def test_what_a_fixture_did_not_await(suite: Suite) -> None:
    source = (
        "@pytest.fixture\nasync def outbox():\n    outbox = Outbox()\n"
        "    outbox.send('hello')  # HERE\n    return outbox\n\n"
        "async def test_fails(outbox):\n    assert outbox.sent\n\n"
        "async def test_passes(outbox):\n    pass\n\n"
        "@pytest.mark.xfail\nasync def test_xfails(outbox):\n    assert outbox.sent\n"
    )
    run = _run(suite, source)
    assert run.outcomes.items() >= {"failed": 1, "passed": 1, "xfailed": 1}.items()
    assert f"made at {suite.path / 'test_a.py'}:{line_of(HEAD + source)} in outbox" in run.text_of("::test_fails")
    assert run.stdout.count("isolated-loop: perhaps why") == 1


DESTROYED = {
    "the log": ("caplog", "", "caplog.messages == []"),
    "a handler": (
        "",
        "asyncio.get_running_loop().set_exception_handler(lambda _, context: heard.append(context))",
        "not heard",
    ),
    "what it was to do": ("", "", "heard"),
}


@pytest.mark.parametrize("loop", LOOPS)
@pytest.mark.parametrize("name", DESTROYED)
def test_a_failure_tells_which_task_was_destroyed_before(suite: Suite, name: str, loop: str) -> None:
    fixture, handler, expected = DESTROYED[name]
    source = (
        f"async def test_it({fixture}):\n    heard = []\n    {handler}\n"
        "    asyncio.create_task(waits_for_nothing())  # HERE\n    await asyncio.sleep(0)\n    gc.collect()\n"
        f"    assert {expected}\n"
    )
    run = _run(suite, source, loop=loop)
    assert run.outcomes["failed"] == 1
    text = run.text_of("::test_it")
    file = suite.path / "test_a.py"
    assert text.count("isolated-loop: perhaps why") == 1
    assert (
        f"\n  task of waits_for_nothing(), defined at {file}:{line_of(HEAD, '# WAITS')}, "
        f"made at {file}:{line_of(HEAD + source)} in test_it\n"
    ) in text
    assert _pages(text) == ["task-destroyed.md"]


def test_a_task_that_never_began_is_one_thing(suite: Suite) -> None:
    source = (
        "async def test_it():\n    loop = asyncio.new_event_loop()\n    loop.create_task(waits_for_nothing())\n"
        "    loop.close()\n    del loop\n    gc.collect()\n    assert 0\n"
    )
    run = _run(suite, source)
    text = run.text_of("::test_it")
    assert text.count("What to do: ") == 1
    assert _pages(text) == ["task-destroyed.md"]


LEFT = {
    "never awaited": ('    Outbox().send("hello")\n', ["never-awaited.md"]),
    "pending": ("    test_it.kept = asyncio.create_task(waits_for_nothing())\n", ["task-destroyed.md"]),
    "destroyed": (
        "    asyncio.create_task(waits_for_nothing())\n    await asyncio.sleep(0)\n    gc.collect()\n",
        ["task-destroyed.md"],
    ),
    "a loop": ("    test_it.kept = asyncio.new_event_loop()\n", ["leaks.md"]),
    "several": (
        '    Outbox().send("hello")\n    test_it.kept = asyncio.create_task(waits_for_nothing())\n'
        "    test_it.loop = asyncio.new_event_loop()\n",
        ["task-destroyed.md", "never-awaited.md", "leaks.md"],
    ),
}


@pytest.mark.parametrize("name", LEFT)
def test_an_error_about_leaks_links_to_their_pages(suite: Suite, name: str) -> None:
    body, pages = LEFT[name]
    run = _run(suite, f"async def test_it():\n{body}", "--isolated-loop-leaks=error")
    assert run.outcomes.items() >= {"passed": 1, "errors": 1}.items()
    assert _pages(run.text_of("::test_it")) == pages
    assert "isolated-loop: " not in run.text_of("::test_it")
