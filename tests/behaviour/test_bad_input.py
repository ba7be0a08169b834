"""Bad options, ini values and marker arguments: a usage error before any test runs, which says what is allowed."""

from __future__ import annotations

import pytest

from .conftest import Suite

WORKERS = "a whole number from 1 to 999, or auto"
OPTIONS = [
    (["--isolated-loop-mode=some"], "argument --isolated-loop-mode", "'some'", "one of marked, async, all, off"),
    (["--isolated-loop-workers=0"], "argument --isolated-loop-workers", "'0'", WORKERS),
    (
        ["--isolated-loop-workers=-2"],
        "argument --isolated-loop-workers",
        "'-2'",
        WORKERS,
    ),
    (["--isolated-loop-workers=1000"], "argument --isolated-loop-workers", "'1000'", WORKERS),
    (
        ["--isolated-loop-workers=many"],
        "argument --isolated-loop-workers",
        "'many'",
        WORKERS,
    ),
    (
        ["--isolated-loop-timeout=-1"],
        "argument --isolated-loop-timeout",
        "'-1'",
        "seconds (a month at most), or 0",
    ),
    (
        ["--isolated-loop-timeout=nan"],
        "argument --isolated-loop-timeout",
        "'nan'",
        "seconds (a month at most), or 0",
    ),
    (
        ["--isolated-loop-timeout=soon"],
        "argument --isolated-loop-timeout",
        "'soon'",
        "seconds (a month at most), or 0",
    ),
    (["--isolated-loop", "--isolated-loop-mode=off"], "--isolated-loop", "--isolated-loop-mode=off", "contradicts"),
    (["--isolated-loop", "--isolated-loop-mode=all"], "--isolated-loop", "--isolated-loop-mode=all", "contradicts"),
]

INI = [
    ("isolated_loop_mode = some", "'some'", "one of marked, async, all, off"),
    ("isolated_loop_workers = 1.5", "'1.5'", WORKERS),
    ("isolated_loop_timeout = -3", "'-3'", "seconds (a month at most), or 0"),
]

MARKERS = [
    ("isolated_loop(5)", "got 5"),
    ("isolated_loop(False, True)", "got False, True"),
    ("isolated_loop('yes')", "got 'yes'"),
    ("isolated_loop(timout=5)", "got an unknown argument timout=5"),
    ("isolated_loop(timeout='5')", "got timeout='5', which is no number of seconds above 0"),
    ("isolated_loop(timeout=0)", "got timeout=0, which is no number of seconds above 0"),
    ("isolated_loop(timeout=-1)", "got timeout=-1, which is no number of seconds above 0"),
    ("isolated_loop(timeout=True)", "got timeout=True, which is no number of seconds above 0"),
    ("isolated_loop(timeout=10**400)", "got timeout=1"),
    (
        "isolated_loop(timeout=float('inf'))",
        "got timeout=inf, which is no number of seconds above 0",
    ),
]

LEAVES_A_TRACE = "    open('ran', 'w').close()\n"


@pytest.mark.parametrize(("arguments", "name", "value", "allowed"), OPTIONS)
def test_option(suite: Suite, arguments: list[str], name: str, value: str, allowed: str) -> None:
    suite.write(test_a=f"async def test_a():\n{LEAVES_A_TRACE}")
    run = suite.run(*arguments)
    assert run.result.ret == pytest.ExitCode.USAGE_ERROR
    for text in (name, value, allowed):
        assert text in run.stderr
    assert not (suite.path / "ran").exists()


@pytest.mark.parametrize(("line", "value", "allowed"), INI)
def test_ini_value(suite: Suite, line: str, value: str, allowed: str) -> None:
    suite.ini(line)
    suite.write(test_a=f"async def test_a():\n{LEAVES_A_TRACE}")
    run = suite.run()
    assert run.result.ret == pytest.ExitCode.USAGE_ERROR
    for text in (f"ini option {line.split()[0]}", value, allowed):
        assert text in run.stderr
    assert not (suite.path / "ran").exists()


@pytest.mark.parametrize(("marker", "problem"), MARKERS)
def test_marker_argument(suite: Suite, marker: str, problem: str) -> None:
    suite.write(
        test_a="from isolated_async import isolated_loop\n\n"
        f"def test_before():\n{LEAVES_A_TRACE}\n@{marker}\nasync def test_a():\n    pass\n"
    )
    run = suite.run()
    assert run.result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"test_a.py::test_a: @isolated_loop {problem}" in run.stderr
    assert "; allowed: one positional bool, and scope=" in run.stderr
    assert not (suite.path / "ran").exists()


def test_marker_argument_under_xdist(suite: Suite) -> None:
    suite.write(test_a="import pytest\n\n@pytest.mark.isolated_loop(bogus=1)\ndef test_a():\n    pass\n")
    run = suite.run("-n1")
    assert run.result.ret != 0
    assert "test_a.py::test_a: @isolated_loop got an unknown argument bogus=1" in run.stdout
