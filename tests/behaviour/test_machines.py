"""Cases on other machines, which here are other directories that a local gateway leads to (``popen//chdir=``)."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

import pytest

from ..start_method import start_method
from .machines import Machines, machines, outcomes

__all__ = ["machines"]

#: Of which each side runs another line.
LIBRARY = """\
def by(where):
    if where == "here":
        return 1
    return 2
"""


def test_every_kind_of_case_on_another_machine(machines: Machines) -> None:
    machines.write(
        test_a="""
            @shared_fixture
            async def shared():
                yield where, os.getpid()

            async def test_passes(tmp_path, recwarn):
                await asyncio.sleep(1)
                note(str(tmp_path))
                assert where == "there"

            async def test_shared(shared):
                assert shared[0] == "here" and shared[1] != os.getpid() and where == "there"

            @isolated_loop(scope="class")
            class TestGroup:
                async def test_one(self):
                    type(self).pid = os.getpid()

                async def test_two(self):
                    assert self.pid == os.getpid()

            async def test_fails():
                print("printed " + where)
                assert where == "here", "failed " + where

            async def test_crashes():
                print("before the crash")
                os.kill(os.getpid(), signal.SIGSEGV)

            async def test_exits():
                os._exit(3)

            @isolated_loop(timeout=0.3)
            async def test_hangs():
                await asyncio.Event().wait()

            async def test_stops():
                breakpoint()
                # Where nothing follows, some versions of Python stop outside of this function.
                await asyncio.sleep(0)

            async def test_prints_much():
                print("much " * 400_000, where)
                assert False

            async def test_warns():
                import warnings
                warnings.warn("from " + where)
                asyncio.get_running_loop().create_task(asyncio.sleep(9))
        """
    )
    run = machines.suite.run("--isolated-loop", machines.spec(30), "-v")
    assert outcomes(run) == [
        ("test_passes", "passed"),
        ("test_shared", "passed"),
        ("TestGroup::test_one", "passed"),
        ("TestGroup::test_two", "passed"),
        ("test_fails", "failed"),
        ("test_crashes", "failed"),
        ("test_exits", "failed"),
        ("test_hangs", "failed"),
        ("test_stops", "failed"),
        ("test_prints_much", "failed"),
        ("test_warns", "passed"),
    ]
    assert run.result.ret == pytest.ExitCode.TESTS_FAILED
    assert f"1 worker at a time + 30 on popen, start method {start_method()}" in run.stdout
    for test, texts in {
        "test_fails": ["AssertionError: failed there", "printed there"],
        "test_crashes": ["killed by SIGSEGV during call", "in test_crashes", "before the crash"],
        "test_exits": ["exited with status 3 during call"],
        "test_hangs": ["Timeout: call took longer than 0.3 s", "await asyncio.Event().wait()"],
        "test_stops": ["a debugger was opened on another machine (popen)", "breakpoint()"],
        "test_prints_much": ["much " * 400_000 + " there"],
    }.items():
        for text in texts:
            assert text in run.text_of(test)
    assert "UserWarning: from there" in run.stdout
    assert "LeakWarning: pending task of sleep()" in run.stdout
    (temporary,) = machines.notes()
    assert temporary.startswith(str(machines.temporary))
    assert not Path(temporary).exists()
    machines.assert_nothing_left()


def test_both_machines_run_cases_at_the_same_time(machines: Machines) -> None:
    machines.suite.ini("isolated_loop_tx =", f"  {machines.spec(1).partition('=')[2]}")
    machines.write(
        library=LIBRARY,
        test_a="""
            import library

            async def meet(name):
                note(name)
                while len(open(notes).read().split()) < 2:
                    await asyncio.sleep(0.01)
                print("met", where, library.by(where), flush=True)

            async def test_one():
                await meet("one")

            async def test_two():
                await meet("two")
        """,
    )
    run = machines.suite.run(
        "--isolated-loop", "--isolated-loop-timeout=20", "-s", "--cov=library", "--cov-report=term"
    )
    assert outcomes(run) == [("test_one", "passed"), ("test_two", "passed")]
    assert run.result.ret == 0
    # Live output, of either side.
    assert "met here 1" in run.stdout
    assert "met there 2" in run.stdout
    # What was measured there counts for the file here.
    assert ["library.py", "4", "0", "100%"] in [line.split() for line in run.stdout.splitlines()]
    machines.assert_nothing_left()


def _another_python() -> str:
    """The command that starts another minor version; empty if there is none."""
    for minor in range(10, 14):
        path = shutil.which(f"python3.{minor}")
        starts = path is not None and subprocess.run([path, "-c", ""], capture_output=True).returncode == 0
        if path is not None and starts and minor != sys.version_info[1]:
            return path
    return ""


def test_machines_that_cannot_run_these_tests(machines: Machines, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Each has one error before the first test; no test runs, not even here."""
    machines.write(
        test_a="""
            async def test_same():
                note("ran")
        """,
        test_b="async def test_only_here():\n    note('ran')\n",
        conftest="",
    )
    (machines.there / "test_b.py").write_text("async def test_only_there():\n    pass\n")
    (machines.there / "conftest.py").unlink()
    bare = tmp_path_factory.mktemp("bare")
    venv.create(bare, with_pip=False)
    older = _another_python()
    popen = "--isolated-loop-tx=popen"
    specs = {
        "changed": machines.spec(1, "id=changed"),
        "bare": f"{popen}//id=bare//python={bare}/bin/python",
        "nobody": f"{popen}//id=nobody//python={bare}/bin/nobody",
        "not python": f"{popen}//id=not python//python=/bin/false",
        "nowhere": f"{popen}//id=nowhere//chdir={bare}/nowhere",
        "socket": "--isolated-loop-tx=socket=127.0.0.1:1//id=socket",
        **({"older": f"{popen}//id=older//python={older}"} if older else {}),
    }
    started = time.monotonic()
    run = machines.suite.run("--isolated-loop", *specs.values())
    assert time.monotonic() - started < 60
    assert run.result.ret == pytest.ExitCode.USAGE_ERROR
    assert machines.notes() == []
    count = len(specs)
    assert f"ERROR: --isolated-loop-tx: {count} of {count} machines cannot run these tests; none was run" in run.stderr
    ours = f"{sys.version_info[0]}.{sys.version_info[1]}"
    for name, texts in {
        "changed": [
            "1 file missing there: conftest.py",
            "1 file not the same there: test_b.py",
            "1 test not collected there: test_b.py::test_only_here",
            "1 test collected only there: test_b.py::test_only_there",
        ],
        "bare": [f"its Python {ours} ({bare}/bin/python): cannot import isolated_async: ModuleNotFoundError"],
        "nobody": ["it could not be reached: FileNotFoundError"],
        "not python": ["it could not be reached: the interpreter over there has ended at once, or there is none"],
        "nowhere": [f"its Python {ours} ({sys.executable}): chdir={bare}/nowhere: No such file or directory"],
        "socket": ["it could not be reached: ConnectionRefusedError"],
        "older": ["its interpreter is Python 3.1", f"), not Python {ours}, as here"],
    }.items():
        if name in specs:
            for text in [f"  {name}: ", *texts]:
                assert text in run.stderr
    machines.assert_nothing_left()


@pytest.mark.variants
def test_other_options(machines: Machines) -> None:
    machines.write(
        test_a="""
            async def test_passes():
                note("passes " + where)

            async def test_fails():
                note("fails " + where)
                assert False
        """
    )
    suite, spec = machines.suite, machines.spec(9)
    refused = suite.run("--isolated-loop", spec, "-n1")
    assert refused.result.ret == pytest.ExitCode.USAGE_ERROR
    assert "--isolated-loop-tx does not go with the distribution of pytest-xdist" in refused.stderr
    # A debugger needs this terminal.
    with_debugger = suite.run("--isolated-loop", spec, "--pdb")
    assert (
        "isolated-loop: every test runs on this machine: a debugger needs its terminal (--pdb)" in with_debugger.stdout
    )
    # Of the last run, only this machine knows: it leaves out a test, and the other one does not.
    only_failed = suite.run("--isolated-loop", spec, "--lf")
    assert only_failed.result.ret == pytest.ExitCode.TESTS_FAILED
    assert machines.notes() == ["passes here", "fails here", "fails there"]
    # Nothing is isolated: nobody is asked.
    not_isolated = suite.run("--isolated-loop-tx=popen//chdir=/nowhere")
    assert "isolated-loop" not in not_isolated.stdout
    machines.assert_nothing_left()


def test_spawned_workers_on_another_machine(machines: Machines) -> None:
    machines.write(
        test_a="""
            import sys

            async def test_first(request):
                note(where)
                await asyncio.sleep(1)
                # A fresh interpreter, which has imported its own module, of its own directory.
                assert "test_b" not in sys.modules
                assert os.path.samefile(os.path.dirname(__file__), os.getcwd())

            async def test_crashes():
                note(where)
                await asyncio.sleep(1)
                os.abort()
        """,
        test_b="""
            import threading

            threading.Thread(target=threading.Event().wait, daemon=True, name="of a library").start()

            @isolated_loop(start="spawn")
            async def test_with_a_thread():
                note(where)
                await asyncio.sleep(1)
                assert threading.active_count() == 2
        """,
    )
    run = machines.suite.run("--isolated-loop", "--isolated-loop-start=spawn", machines.spec(2))
    assert outcomes(run) == [("test_first", "passed"), ("test_crashes", "failed"), ("test_with_a_thread", "passed")]
    assert "killed by SIGABRT during call" in run.text_of("test_crashes")
    assert sorted(machines.notes()) == ["here", "there", "there"]
    machines.assert_nothing_left()


def test_the_current_directory_is_searched_there_as_it_is_here(machines: Machines) -> None:
    """The command ``pytest`` does not look for modules where it is started, ``python -m pytest`` does."""
    suite = machines.suite
    installed = suite.path.parent / "installed"
    source = "async def test_where_it_is(): assert __file__.startswith({!r})\n"
    for directory, found in ((installed, str(installed)), (suite.path, "the sources")):
        (directory / "library").mkdir(parents=True)
        (directory / "library" / "__init__.py").touch()
        (directory / "library" / "test_a.py").write_text(source.format(found))
    (suite.path / "bin").mkdir()
    command = suite.path / "bin" / "pytest_command.py"
    arguments = ["--pyargs", "library", "--isolated-loop", "--isolated-loop-tx=popen"]
    command.write_text(f"import pytest, sys; sys.exit(pytest.main({arguments}))\n")
    done = suite.run_script(command, installed)
    assert done.returncode == 0, done.stdout
    assert "+ 1 on popen" in done.stdout
    machines.assert_nothing_left()


def test_the_current_directory_is_searched_by_whatever_name(machines: Machines) -> None:
    suite = machines.suite
    (suite.path / "helper.py").touch()
    for directory in ("tests", "bin"):
        (suite.path / directory).mkdir()
    (suite.path / "tests" / "test_a.py").write_text("import helper\n\nasync def test_it(): pass\n")
    command = suite.path / "bin" / "pytest_command.py"
    elsewhere = f"--isolated-loop-tx=popen//python=env -u PYTHONPATH {sys.executable}"
    arguments = ["tests", "--isolated-loop", elsewhere]
    command.write_text(f"import pytest, sys; sys.exit(pytest.main({arguments}))\n")
    link = suite.path.parent / "link"
    link.symlink_to(suite.path)
    done = suite.run_script(command, link)
    assert done.returncode == 0, done.stdout
    assert "+ 1 on popen" in done.stdout
    machines.assert_nothing_left()
