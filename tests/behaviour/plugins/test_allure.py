"""allure-pytest: one result a test, with steps, attachments and fixtures; the host's verdict where there is one."""

from __future__ import annotations

import json
import re
from typing import Any

from ..conftest import Run, Suite
from .outcomes import OUTCOMES
from .sides import AUTO, CRASHES, ONE, TWO, check_same

ALLURE = ("-p", "allure_pytest", "--alluredir=results", "--clean-alluredir")

STEPS = """
    import allure, asyncio
    import pytest

    @pytest.fixture
    async def connection():
        with allure.step("connect"):
            await asyncio.sleep(0)
        yield

    @allure.feature("feeds")
    @allure.severity(allure.severity_level.CRITICAL)
    @allure.link("https://example.com/", name="site")
    @pytest.mark.parametrize("number", [1])
    async def test_steps(connection, number):
        "What it is about."
        allure.dynamic.title("a title of its own")
        with allure.step("outer"):
            with allure.step("inner"):
                await asyncio.sleep(0)
        allure.attach("attached text", "note", allure.attachment_type.TEXT)
"""
#: In result files: times, random names, and who ran it.
_VARYING = {"start", "stop", "uuid", "source", "timestamp", "children"}


def _normalised(value: Any) -> Any:
    match value:
        case {"name": "thread"}:
            return None
        case dict():
            # Labels are in the order of a set.
            if "labels" in value:
                value["labels"] = sorted(value["labels"], key=str)
            return {key: _normalised(each) for key, each in value.items() if key not in _VARYING}
        case list():
            return [_normalised(each) for each in value]
        case str():
            return re.sub(r"0x[0-9a-f]+", "0x0", value)
    return value


def _results(suite: Suite) -> list[Any]:
    loaded = [_normalised(json.loads(each.read_text())) for each in (suite.path / "results").glob("*-result.json")]
    return sorted(loaded, key=lambda each: str(each["fullName"]) + each["name"])


def _read(suite: Suite) -> tuple[list[Any], list[Any], list[bytes]]:
    """Results, the fixtures that each test has, and attachments."""
    names = {}
    results = suite.path / "results"
    for each in results.glob("*-result.json"):
        result = json.loads(each.read_text())
        names[result["uuid"]] = result["name"]
    fixtures = []
    for each in results.glob("*-container.json"):
        container = json.loads(each.read_text())
        for test in container.get("children", ()):
            # (The trace of a broken one has the frames of whoever has called it.)
            steps = [
                _normalised(step | {"statusDetails": None})
                for step in (*container.get("befores", ()), *container.get("afters", ()))
            ]
            # (A fixture that lives longer than a test, as pytest-asyncio's own do, has one container for all its tests,
            # and in each worker one of its own.)
            if steps and steps[0]["name"] in ("connection", "breaks_early", "breaks_late"):
                fixtures.append((names[test], json.dumps(steps, sort_keys=True)))
    attached = sorted(each.read_bytes() for each in results.glob("*-attachment.*"))
    return _results(suite), sorted(fixtures), attached


def test_results(any_suite: Suite) -> None:
    any_suite.write(test_outcomes=OUTCOMES, test_steps=STEPS)

    def read(run: Run) -> Any:
        return _read(any_suite)

    (results, fixtures, attached), _ = check_same(any_suite, read, *ALLURE, isolated=(TWO,))
    assert len(results) == 13
    assert b"attached text" in attached
    assert any(name == "a title of its own" and "connect" in steps for name, steps in fixtures)


def test_the_hosts_verdicts(any_suite: Suite) -> None:
    any_suite.write(
        test_a=CRASHES + "\n    async def test_hangs():\n        import asyncio\n        await asyncio.sleep(60)\n"
    )
    any_suite.run(*AUTO, *ALLURE, *ONE, "--isolated-loop-timeout=0.3")
    crashed, hung = _results(any_suite)
    assert (crashed["name"], crashed["status"]) == ("test_crashes", "broken")
    assert crashed["statusDetails"]["message"] == "the worker process was killed by SIGSEGV during call"
    assert "faulthandler" in crashed["statusDetails"]["trace"]
    assert {"name": "framework", "value": "pytest"} in crashed["labels"]
    assert (hung["name"], hung["status"]) == ("test_hangs", "broken")
    assert hung["statusDetails"]["message"] == "Timeout: call took longer than 0.3 s"
    assert "await asyncio.sleep(60)" in hung["statusDetails"]["trace"]
