"""What ``--isolated-loop-tx`` names; what is wrong with a spec is tested in tests/behaviour/test_bad_input.py."""

from __future__ import annotations

import pytest

from isolated_async.choice.machine_specs import MachineSpec, check_together, parse_spec, ways_to


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("popen", MachineSpec(1, "popen", "popen", "", "", "")),
        (
            "12*ssh=me@host -p 22//python=/venv/bin/python//chdir=/src//env:TOKEN=secret//nice=5",
            MachineSpec(
                12,
                "ssh=me@host -p 22//python=/venv/bin/python//env:TOKEN=secret//nice=5",
                "ssh=me@host -p 22",
                "/src",
                "",
                "",
            ),
        ),
        ("0*ssh=gate//id=gate", MachineSpec(0, "ssh=gate//id=gate", "gate", "", "gate", "")),
        ("3*popen//via=gate//env:A=", MachineSpec(3, "popen//via=gate//env:A=", "popen", "", "", "gate")),
        ("socket=host:8888", MachineSpec(1, "socket=host:8888", "socket=host:8888", "", "", "")),
    ],
)
def test_spec(text: str, expected: MachineSpec) -> None:
    assert parse_spec(text) == expected


def test_ways() -> None:
    machines = [parse_spec(text) for text in ("ssh=c//via=b", "0*ssh=a//id=a", "2*ssh=b//id=b//via=a")]
    check_together(machines)
    assert ways_to(machines[0], machines) == ["ssh=a//id=a", "ssh=b//id=b//via=a", "ssh=c//via=b"]
    assert ways_to(machines[1], machines) == ["ssh=a//id=a"]
