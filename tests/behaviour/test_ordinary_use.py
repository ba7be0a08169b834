"""Habits that people have: options about files, pytest from a script, output that is followed while it is printed."""

from __future__ import annotations

import re

import pytest

from ..inner_pytest import NONE_OF_THEM, without_costly_plugins
from .conftest import Suite


@pytest.mark.parametrize("policy", ["all", "failed", "none"])
def test_temporary_directories_are_kept_as_in_process(suite: Suite, policy: str) -> None:
    suite.ini(f"tmp_path_retention_policy = {policy}")
    suite.write(
        test_a="""
            def test_passes(tmp_path, tmp_path_factory):
                (tmp_path / "file").touch()
                (tmp_path_factory.mktemp("data") / "more").touch()

            def test_fails(tmp_path):
                (tmp_path / "file").touch()
                assert 0

            def test_has_none():
                pass
        """
    )
    left = []
    for mode in ("off", "all"):
        suite.run("--basetemp=kept", f"--isolated-loop-mode={mode}")
        paths = (path.relative_to(suite.path / "kept") for path in (suite.path / "kept").rglob("*"))
        left.append({re.sub(r"^case\d+/?", "", str(path)) for path in paths} - {""})
    assert left[1] == left[0]
    assert "test_fails0/file" in left[0]


def test_pytest_runs_twice_in_one_process(suite: Suite) -> None:
    arguments = ["--isolated-loop", "-p", "no:cacheprovider", *NONE_OF_THEM, *without_costly_plugins("")]
    suite.write(
        test_a="""
            import asyncio, os
            from pathlib import Path

            import pytest

            HOST = os.getpid()

            async def test_a(tmp_path):
                await asyncio.sleep(0)
                with Path("workers").open("a") as file:
                    file.write(f"{os.getpid()}\\n")

            async def test_b():
                assert Path("repaired").exists()
        """,
        main=f"""
            import asyncio, os, pathlib, threading
            import pytest

            arguments = {arguments}

            print("first", pytest.main(arguments))
            pathlib.Path("repaired").touch()
            print("second", pytest.main(arguments))

            async def main():
                return pytest.main(arguments)

            print("in a loop", asyncio.run(main()))
            # Nothing of it is left in this process.
            assert threading.active_count() == 1
            try:
                os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                print("no child is left")
        """,
    )
    done = suite.run_script(suite.path / "main.py", suite.path)
    assert done.returncode == 0, done.stdout
    for line in ("first 1", "second 0", "in a loop 0", "no child is left"):
        assert line in done.stdout.replace("ExitCode.TESTS_FAILED", "1").replace("ExitCode.OK", "0"), done.stdout
    assert len(set((suite.path / "workers").read_text().split())) == 3


def test_what_is_printed_is_followed_line_by_line(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio, sys
            import pytest

            @pytest.mark.parametrize("name", ["a", "b", "c"])
            async def test_prints(name):
                for number in range(40):
                    print(f"{name}{number}", end=" ")
                    sys.stdout.flush()
                    await asyncio.sleep(0.001)
                    print("end")
        """
    )
    run = suite.run("--isolated-loop", "--isolated-loop-workers=3", "-s")
    printed = re.findall(r"([abc]\d+) end$", run.stdout, re.MULTILINE)
    assert printed == [f"{name}{number}" for name in "abc" for number in range(40)]


def test_progress_is_that_of_the_collection(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio
            import pytest

            @pytest.mark.parametrize("number", range(4))
            async def test_a(number):
                await asyncio.sleep(0.1 * (4 - number))
        """
    )
    run = suite.run("--isolated-loop", "--isolated-loop-workers=4", "-v")
    progress = re.findall(r"test_a\[(\d)\] PASSED +\[ *(\d+)%\]", run.stdout)
    assert progress == [("0", "25"), ("1", "50"), ("2", "75"), ("3", "100")]
