"""pytest-json-report: the same file, but for times and processes; of a crash, what the host knows."""

from __future__ import annotations

import json
import re
from typing import Any

from ..conftest import Suite
from .outcomes import OUTCOMES
from .sides import CRASHES, ONE, TWO, check_same

JSON_REPORT = ("-p", "pytest_jsonreport", "-p", "metadata", "--json-report", "--json-report-file=out.json")

METADATA = """
    async def test_metadata(json_metadata):
        json_metadata["of the test"] = {"a": [1]}
"""
#: What differs from run to run: also who logged what when, and in which process.
_VARYING = {
    *("collectors", "created", "duration", "environment", "root", "lineno"),
    *("process", "processName", "thread", "threadName", "taskName", "msecs", "relativeCreated"),
}


def _normalised(value: Any) -> Any:
    match value:
        case dict():
            return {key: _normalised(each) for key, each in value.items() if key not in _VARYING}
        case list():
            return [_normalised(each) for each in value]
        case str():
            return re.sub(r"0x[0-9a-f]+", "0x0", value)
    return value


def _read(suite: Suite) -> Any:
    return _normalised(json.loads((suite.path / "out.json").read_text()))


def test_the_file(any_suite: Suite) -> None:
    any_suite.write(
        test_outcomes=OUTCOMES,
        test_metadata=METADATA,
        conftest="def pytest_json_runtest_metadata(item, call):\n    return {'of the hook': item.name}\n",
    )
    report, _ = check_same(any_suite, lambda run: _read(any_suite), *JSON_REPORT, isolated=(TWO,))
    assert report["summary"]["total"] == 13
    of_test = {each["nodeid"]: each for each in report["tests"]}
    assert of_test["test_metadata.py::test_metadata"]["metadata"] == {
        "of the hook": "test_metadata",
        "of the test": {"a": [1]},
    }
    assert of_test["test_outcomes.py::test_passes"]["call"]["log"][0]["msg"] == "logged"


def test_a_crash(suite: Suite) -> None:
    suite.write(test_a=CRASHES)
    suite.run(*JSON_REPORT, *ONE)
    (test,) = _read(suite)["tests"]
    assert test["outcome"] == "failed"
    assert "the worker process was killed by SIGSEGV during call" in test["call"]["longrepr"]
