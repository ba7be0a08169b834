"""The JSON Schemas of docs/reference/schemas hold for real reports, and every name of a report stands in its schema."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest

from isolated_async.comparison.tally import KINDS
from isolated_async.diagnosis.findings import Verdict
from isolated_async.doctor.kinds import KINDS as DOCTORS_KINDS
from isolated_async.profiling.timeline import STAGES

from ..behaviour.conftest import Suite
from ..inner_pytest import FEWEST_PLUGINS, environment
from .manual_page import DOCS

SCHEMAS = DOCS / "reference" / "schemas"
BROKEN_SUITE = DOCS.parent / "examples" / "broken_suite"


def schema(name: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((SCHEMAS / f"{name}.json").read_text())
    return read


def strict(part: Any) -> Any:
    """The same schema, for which a name that it does not know is an error: users must not have that, but we."""
    if isinstance(part, dict):
        closed = {name: strict(value) for name, value in part.items()}
        return {**closed, "additionalProperties": False} if isinstance(part.get("properties"), dict) else closed
    return [strict(each) for each in part] if isinstance(part, list) else part


def problems(name: str, report: Any) -> list[str]:
    validator = jsonschema.Draft202012Validator(strict(schema(name)))
    return [f"{each.json_path}: {each.message}" for each in validator.iter_errors(report)]


def report_of(command: str, *arguments: str) -> Any:
    line = [sys.executable, "-m", "isolated_async", command, "--format=json", *arguments, "--", *FEWEST_PLUGINS]
    done = subprocess.run(line, cwd=BROKEN_SUITE, env=environment(), capture_output=True, text=True, check=False)
    return json.loads(done.stdout)


def test_a_comparison() -> None:
    report = report_of("compare", "--runs=1", "--mode=all")
    assert problems("compare", report) == []
    assert len(report["tests"]) == 14
    assert schema("compare")["$defs"]["pair"]["properties"]["kind"]["enum"] == list(KINDS)


def test_a_diagnosis() -> None:
    report = report_of("diagnose", "test_needs_an_open_loop", "--runs=1")
    assert problems("diagnose", report) == []
    assert report["polluters"][0]["left_behind"]
    assert schema("diagnose")["properties"]["verdict"]["enum"] == list(get_args(Verdict))


def test_the_doctor() -> None:
    report = report_of("doctor")
    assert problems("doctor", report) == []
    assert (
        {each["kind"] for each in report["findings"]} <= set(report["kinds"]) == {kind.name for kind in DOCTORS_KINDS}
    )
    assert report["findings"]


def test_a_profile(suite: Suite) -> None:
    suite.write(
        test_a="""
            import os
            from isolated_async import isolated_loop

            async def test_passes():
                pass

            async def test_leaves():
                os._exit(1)

            @isolated_loop(start="spawn")
            async def test_spawned():
                pass
        """
    )
    suite.run("--isolated-loop", "--isolated-loop-profile-json=profile.json")
    report = json.loads((suite.path / "profile.json").read_text())
    assert problems("profile", report) == []
    assert [case["ending"] for case in report["cases"]] == ["Finished", "ExitedEarly", "Finished"]
    told = schema("profile")
    assert told["properties"]["waiting"]["items"]["enum"] == list(STAGES)
    assert told["$defs"]["case"]["properties"]["stages"]["items"]["properties"]["stage"]["enum"] == list(STAGES)


@pytest.mark.parametrize("path", sorted(SCHEMAS.glob("*.json")), ids=lambda path: path.stem)
def test_a_schema_is_one_and_is_told(path: Path) -> None:
    jsonschema.Draft202012Validator.check_schema(schema(path.stem))
    assert f"(schemas/{path.name})" in (DOCS / "reference" / "json.md").read_text()


def test_what_a_schema_has_not_is_found() -> None:
    side = {
        "name": "a",
        "runs": 1,
        "broken_off": 0,
        "tests": 1,
        "isolated": 1,
        "wall_s": 1,
        "cpu_s": 1,
        "peak_bytes": 0,
    }
    whole = {**side, "overhead_s": 0.5}
    report = {"schema": 2, "beyond_chance": 0.05, "sides": [whole, side], "tests": [], "new": 1}
    assert sorted(problems("compare", report)) == [
        "$.schema: 1 was expected",
        "$.sides[1]: 'overhead_s' is a required property",
        "$: Additional properties are not allowed ('new' was unexpected)",
    ]
    # A user's program meets names that it does not know.
    jsonschema.validate({**report, "schema": 1, "sides": [whole, whole]}, schema("compare"))
