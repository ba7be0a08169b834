"""A user's own modules may have any name: also those of our files, and those of the standard library."""

from __future__ import annotations

from .conftest import Suite

#: Importing one of these by mistake is an error at once.
POISON = "raise RuntimeError('imported by mistake')\n"


def test_own_packages_do_no_harm(any_suite: Suite) -> None:
    for name in ("workers", "wire", "messages", "framing", "zygote", "worker", "suite", "stacks", "coverage"):
        (any_suite.path / name).mkdir()
        (any_suite.path / name / "__init__.py").write_text(f"value = {name!r}\n")
    any_suite.write(
        test_a="""
            import workers, messages, wire, zygote, coverage

            async def test_a():
                assert (workers.value, messages.value, wire.value) == ("workers", "messages", "wire")
        """
    )
    run = any_suite.run("--isolated-loop", "-p", "no:asyncio", "-W", "ignore::pytest.PytestConfigWarning")
    assert run.outcomes == {"passed": 1}, run.stdout


def test_modules_named_like_the_standard_library(any_suite: Suite) -> None:
    # Not on the path of the pytest that is started as a script, but in the current directory of every process.
    for name in ("json", "socket", "select", "struct", "cloudpickle"):
        (any_suite.path / f"{name}.py").write_text(POISON)
    (any_suite.path / "tests").mkdir()
    (any_suite.path / "tests" / "test_a.py").write_text("import json\n\nasync def test_a():\n    json.dumps({})\n")
    script = any_suite.path / "start" / "run.py"
    script.parent.mkdir()
    script.write_text(
        "import os, sys, threading, pytest\n"
        + ("threading.Thread(target=threading.Event().wait, daemon=True).start()\n" * (any_suite.zygote == "fresh"))
        + "sys.exit(pytest.main(['--isolated-loop', '--import-mode=importlib', 'tests']))\n"
    )
    result = any_suite.run_script(script)
    assert result.returncode == 0, result.stdout
    assert "1 passed" in result.stdout


def test_modules_beside_the_tests_named_like_the_standard_library(any_suite: Suite) -> None:
    # The test directory comes first on the path once the tests are collected; these are imported by us after that.
    any_suite.write(test_a="async def test_a():\n    pass\n")
    for name in ("resource", "ctypes", "select", "selectors", "struct"):
        (any_suite.path / f"{name}.py").write_text(POISON)
    script = any_suite.path / "start" / "run.py"
    script.parent.mkdir()
    script.write_text(
        "import sys, threading, pytest\n"
        + ("threading.Thread(target=threading.Event().wait, daemon=True).start()\n" * (any_suite.zygote == "fresh"))
        + "sys.exit(pytest.main(['--isolated-loop', '-p', 'no:asyncio', '-p', 'no:anyio', '-p', 'no:aiohttp', "
        "'-p', 'no:xdist', '-p', 'no:timeout', '-p', 'no:hypothesispytest']))\n"
    )
    result = any_suite.run_script(script)
    assert "1 passed" in result.stdout, result.stdout
