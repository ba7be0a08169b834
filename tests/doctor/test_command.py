"""The command as a user runs it: what it says, in which form, and how it exits."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from isolated_async.doctor.kinds import KINDS
from isolated_async_workers.wire.conflict_pages import page

from ..inner_pytest import FEWEST_PLUGINS, environment

NESTED = """
import asyncio

async def other(): ...

async def test_nested():
    asyncio.run(other())

async def test_sound():
    await other()
"""


INI = f"[pytest]\naddopts = {' '.join(FEWEST_PLUGINS)}\n"


@pytest.fixture
def suite(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text(INI)
    (tmp_path / "test_a.py").write_text(NESTED)
    return tmp_path


def _doctor(directory: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "isolated_async", "doctor", *arguments],
        cwd=directory,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def test_as_text(suite: Path) -> None:
    done = _doctor(suite)
    assert (done.returncode, done.stderr) == (1, "")
    for line in (
        "start method fork: works",
        "start method spawn: works",
        "2 tests, of which --isolated-loop isolates 2; 1 module",
        "test_a.py:7:5: run-in-coroutine: asyncio.run(...) in test_nested",
        "run-in-coroutine (1): a loop is run inside a coroutine",
        f"    more:       {page('nested-run')}",
    ):
        assert line in done.stdout.splitlines(), done.stdout
    assert "pytest-asyncio " in next(line for line in done.stdout.splitlines() if line.startswith("plugins: "))


def test_nothing_is_left_and_no_test_has_run(suite: Path) -> None:
    (suite / "test_b.py").write_text("from pathlib import Path\n\ndef test_b():\n    Path('ran').touch()\n")
    before = sorted(suite.iterdir())
    _doctor(suite)
    assert [each for each in sorted(suite.iterdir()) if each.name != "__pycache__"] == before


def test_options_of_the_cache(suite: Path) -> None:
    """All tests are examined, whichever the last run would choose; and that run's notes stay as they are."""
    (suite / "pytest.ini").write_text(f"{INI} --lf --nf\ncache_dir = notes\n")
    failed = suite / "notes" / "v" / "cache" / "lastfailed"
    failed.parent.mkdir(parents=True)
    failed.write_text('{"test_a.py::test_sound": true}')
    before = sorted(suite.rglob("*"))
    done = _doctor(suite, "--", "--strict-config")
    assert (done.returncode, done.stderr) == (1, "")
    assert "2 tests, of which --isolated-loop isolates 2; 1 module" in done.stdout.splitlines()
    assert [each for each in sorted(suite.rglob("*")) if "__pycache__" not in each.parts] == before
    assert failed.read_text() == '{"test_a.py::test_sound": true}'


def test_without_the_cache(suite: Path) -> None:
    """It is told nothing of a cache then, which a strict pytest would not know."""
    assert _doctor(suite, "--", "--strict-config", "-p", "no:cacheprovider").returncode == 1


def test_the_code_of_the_suite_alone(suite: Path) -> None:
    """A package of the suite's own is; what is installed in it is not, nor what no test imports."""
    (suite / "helpers").mkdir()
    (suite / "helpers" / "__init__.py").write_text("import asyncio\nloop = asyncio.new_event_loop()\n")
    installed = suite / "venv" / "lib" / "site-packages"
    installed.mkdir(parents=True)
    (installed / "others.py").write_text("import asyncio\nloop = asyncio.new_event_loop()\n")
    (suite / "never_imported.py").write_text("import asyncio\nloop = asyncio.new_event_loop()\n")
    (suite / "conftest.py").write_text(
        "import sys\nsys.path.append('venv/lib/site-packages')\nimport helpers, others\n\n"
        "import pytest\n@pytest.fixture\ndef event_loop(): ...\n"
    )
    done = _doctor(suite, "--format=json")
    found = [(each["path"], each["kind"]) for each in json.loads(done.stdout)["findings"]]
    assert found == [
        ("conftest.py", "event-loop-fixture"),
        ("helpers/__init__.py", "loop-at-import"),
        ("test_a.py", "run-in-coroutine"),
    ]


def test_functions_named_as_tests_are(suite: Path) -> None:
    """They are tests where pytest finds tests, also one that is not chosen; a doctest is no reason."""
    returns = "async def ping(): ...\n\ndef test_ping():\n    '''>>> 1\n    1'''\n    return ping()\n"
    (suite / "app.py").write_text(returns)
    (suite / "test_a.py").write_text(f"import app\n\n{returns}")
    report = json.loads(_doctor(suite, "--format=json", "--", "--doctest-modules", "-k", "app").stdout)
    assert report["tests"] == 1
    assert [(each["path"], each["kind"]) for each in report["findings"]] == [("test_a.py", "returned-coroutine")]


def test_as_json(suite: Path) -> None:
    report: dict[str, Any] = json.loads(_doctor(suite, "--format=json", "--", "-k", "nested").stdout)
    assert report["schema"] == 1
    assert set(report["versions"]) == {"isolated-async", "Python", "pytest", "system"}
    assert report["start_methods"] == [{"name": name, "works": True, "problem": ""} for name in ("fork", "spawn")]
    assert (report["tests"], report["isolated"], report["errors"]) == (1, 1, [])
    assert set(report["kinds"]) == {kind.name for kind in KINDS}
    # Where the user has them, wherever the suite is.
    assert all(Path(kind["page"]).is_absolute() and Path(kind["page"]).exists() for kind in report["kinds"].values())
    assert report["findings"] == [
        {
            "kind": "run-in-coroutine",
            "path": "test_a.py",
            "line": 7,
            "column": 5,
            "text": "asyncio.run(...) in test_nested",
        }
    ]


def test_as_annotations_of_github(suite: Path) -> None:
    odd = suite / "a,b%c"
    odd.mkdir()
    (odd / "test_odd.py").write_text(NESTED)
    done = _doctor(suite, "--format=github", "--", "a,b%c")
    (line,) = done.stdout.splitlines()
    assert line.startswith(
        "::warning file=a%2Cb%25c/test_odd.py,line=7,col=5,title=isolated-async%3A run-in-coroutine::asyncio.run(...)"
    )


def test_as_sarif(suite: Path) -> None:
    report: dict[str, Any] = json.loads(_doctor(suite, "--format=sarif").stdout)
    assert report["version"] == "2.1.0"
    (run,) = report["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [kind.name for kind in KINDS]
    # What reads it is on another machine: there is no path of this one.
    assert str(Path(page("nested-run")).parent) not in json.dumps(report)
    (result,) = run["results"]
    assert result["ruleId"] == "run-in-coroutine"
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "test_a.py", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 7, "startColumn": 5},
    }


def test_a_sound_suite(suite: Path) -> None:
    (suite / "test_a.py").write_text("async def test_a(): ...\n")
    done = _doctor(suite)
    assert done.returncode == 0
    lines = done.stdout.splitlines()
    assert "No loop conflict that can be seen in the code." in lines
    assert "bind to the first loop that waits for them" in lines[-1]
    assert _doctor(suite, "--format=github").stdout == ""


def test_plugins_that_interfere(suite: Path) -> None:
    pytest.importorskip("pytest_timeout")
    (suite / "pytest.ini").write_text(f"{INI}timeout = 5\nisolated_loop_timeout = 7\n")
    done = _doctor(suite)
    assert "    pytest-timeout: its limits do not hold for isolated tests, those of the option timeout do" in (
        done.stdout.splitlines()
    )


def test_a_part_that_does_not_collect(suite: Path) -> None:
    (suite / "test_b.py").write_text("raise ValueError('at import')\n")
    done = _doctor(suite)
    assert done.returncode == 3
    assert "not collected: test_b.py: E   ValueError: at import" in done.stdout.splitlines()
    # What could be, is looked at.
    assert "test_a.py:7:5: run-in-coroutine: asyncio.run(...) in test_nested" in done.stdout.splitlines()
    assert "::error::not collected: test_b.py: E   ValueError: at import" in _doctor(suite, "--format=github").stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--", "nowhere"], "pytest does not collect this suite (exit status 4):\n"),
        (["--", "-k", "nothing"], "pytest finds no test here\n"),
        (["--", "--isolated-loop-workers=none"], "pytest does not collect this suite (exit status 4):\n"),
    ],
)
def test_no_suite(suite: Path, arguments: list[str], says: str) -> None:
    done = _doctor(suite, *arguments)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith(f"isolated-async doctor: {says}")


@pytest.mark.parametrize(
    ("hook", "status"),
    [
        ("def pytest_collection_modifyitems():\n    raise ValueError('in a hook')\n", 3),
        ("import pytest\ndef pytest_collection_finish():\n    pytest.exit('in a hook')\n", 2),
    ],
)
def test_a_collection_that_ends_before_its_end(suite: Path, hook: str, status: int) -> None:
    """It has tests and no errors all the same."""
    (suite / "conftest.py").write_text(hook)
    done = _doctor(suite)
    assert (done.returncode, done.stdout) == (3, "")
    first, *end = done.stderr.splitlines()
    assert first == f"isolated-async doctor: pytest does not collect this suite (exit status {status}):"
    assert any("in a hook" in line for line in end)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--format=xml"], "argument --format: invalid choice: 'xml'"),
        (["tests"], "unrecognized arguments: tests"),
        (["--output"], "argument --output: expected one argument"),
    ],
)
def test_bad_arguments(suite: Path, arguments: list[str], says: str) -> None:
    done = _doctor(suite, *arguments)
    assert done.returncode == 2
    assert says in done.stderr


def test_to_a_file(suite: Path) -> None:
    done = _doctor(suite, "--format=sarif", "--output=report.sarif")
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert json.loads((suite / "report.sarif").read_text())["version"] == "2.1.0"
    lost = _doctor(suite, "--format=json", "--output=nowhere/report.json")
    assert lost.returncode == 4
    assert lost.stderr == "isolated-async doctor: nowhere/report.json: No such file or directory\n"
    assert json.loads(lost.stdout)["findings"]
