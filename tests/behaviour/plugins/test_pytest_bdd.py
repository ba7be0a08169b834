"""pytest-bdd: scenarios as in process, and async steps, which in process it calls and drops."""

from __future__ import annotations

from ..conftest import Run, Suite
from .sides import TWO, check_same

BDD = ("-p", "pytest-bdd", "-W", "ignore::pytest.PytestConfigWarning")

FEATURE = """
Feature: Feeds
    Background:
        Given a feed

    Scenario: Publish
        When I publish 3 events
        Then there are 3 events

    Scenario Outline: Publish many
        When I publish <count> events
        Then there are <count> events

        Examples:
        | count |
        | 1     |
        | 2     |

    Scenario: Wrong
        Then there are 4 events
"""
STEPS = """
    import asyncio
    import pytest
    from pytest_bdd import given, parsers, scenarios, then, when

    scenarios("feeds.feature")

    @given("a feed", target_fixture="feed")
    {a}def feed():
        loop = {loop}
        yield [loop]
        print("torn down")

    @when(parsers.parse("I publish {{count:d}} events"))
    {a}def publish(feed, count):
        {wait}
        feed.extend(range(count))

    @then(parsers.parse("there are {{count:d}} events"))
    {a}def check(feed, count):
        assert feed.pop(0) is {loop}
        assert len(feed) == count
"""


def _reports(run: Run) -> list[tuple[str, str, str]]:
    sections = (text for each in run.reports for _, text in each["sections"])
    return [(each["nodeid"], each["when"], each["outcome"]) for each in run.reports] + [
        ("", "", each) for each in sections
    ]


def test_scenarios(suite: Suite) -> None:
    (suite.path / "feeds.feature").write_text(FEATURE)
    suite.write(test_a=STEPS.format(a="", loop="None", wait="pass"))
    _, (run,) = check_same(suite, _reports, *BDD, isolated=(TWO,))
    assert run.outcomes == {"passed": 3, "failed": 1}


def test_async_steps(suite: Suite) -> None:
    (suite.path / "feeds.feature").write_text(FEATURE)
    steps = STEPS.format(a="async ", loop="asyncio.get_running_loop()", wait="await asyncio.sleep(0)")
    suite.write(test_a=steps, test_b="def test_sync():\n    pass\n")
    assert suite.run_in_process(*BDD, "-k", "wrong").outcomes["passed"] == 1  # A false green.
    run = suite.run(*BDD, "--isolated-loop")
    assert "4 of 5 tests isolated" in run.stdout
    assert run.outcomes == {"passed": 4, "failed": 1}, run.stdout
    assert "assert 0 == 4" in run.text_of("test_wrong")
    assert "torn down" in run.text_of("test_wrong")
