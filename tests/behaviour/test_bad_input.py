"""Bad options, ini values and marker arguments: a usage error before any test runs, which says what is allowed."""

from __future__ import annotations

import pytest

from .conftest import Suite

WORKERS = "a whole number from 1 to 999, or auto"
SPEC = (
    "[N*]SPEC, where SPEC is one of popen, ssh=HOST and socket=HOST:PORT, followed by any of //python=COMMAND, "
    "//chdir=DIRECTORY, //nice=NUMBER, //ssh_config=FILE, //id=NAME, //via=NAME, //env:NAME=VALUE"
)
FILE = "the path of a file to write, which is no directory"
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
    (["--isolated-loop-slow=-1"], "argument --isolated-loop-slow", "'-1'", "seconds (a month at most), or 0"),
    (["--isolated-loop-profile-json="], "argument --isolated-loop-profile-json", "''", FILE),
    (["--isolated-loop-profile-json=."], "argument --isolated-loop-profile-json", "'.'", FILE),
    (["--isolated-loop-leaks=some"], "argument --isolated-loop-leaks", "'some'", "one of ignore, warn, error"),
    (["--isolated-loop-factory=uvloop new"], "argument --isolated-loop-factory", "'uvloop new'", "a dotted name"),
    (["--isolated-loop-factory=.new"], "argument --isolated-loop-factory", "'.new'", "a dotted name"),
    *(
        ([f"--isolated-loop-tx={spec}"], "argument --isolated-loop-tx", repr(spec), f"{SPEC} ({problem})")
        for spec, problem in {
            "2*popen//color=red": "'color' is none of them",
            "2*chdir=/src": "none of popen, ssh= and socket= given",
            "popen//ssh=host": "popen and ssh given",
            "ssh=": "ssh needs a value",
            "ssh=host//python": "python needs a value",
            "popen=1": "popen takes no value",
            "popen//chdir=/a//chdir=/b": "chdir is given twice",
            "popen//env:": "'env:' is none of them",
            "popen//nice=very": "nice=very is no number",
            "popen//ssh_config=file": "ssh_config= goes with ssh=",
            "socket=host": "socket=host is not HOST:PORT",
            "socket=host:80//python=py": "socket= does not go with python=: the interpreter runs there already",
            "0*popen": "N may be 0 only with id=, for what is only the way to others",
            "-1*popen": "N: 1 to 999, not -1",
            "1000*popen": "N: 1 to 999, not 1000",
        }.items()
    ),
    (["--isolated-loop-tx=popen//via=gate"], "--isolated-loop-tx", "via=gate of popen", "no spec has id=gate"),
    (
        ["--isolated-loop-tx=popen//id=a//via=b", "--isolated-loop-tx=popen//id=b//via=a"],
        "--isolated-loop-tx",
        "via=",
        "which leads back to itself",
    ),
    (["--isolated-loop-tx=popen//id=a"] * 2, "--isolated-loop-tx", "id=a", "twice"),
    (["--isolated-loop-tx=0*popen//id=a"], "--isolated-loop-tx", "0 slots on a", "no other machine's via="),
    (["--isolated-loop", "--isolated-loop-mode=off"], "--isolated-loop", "--isolated-loop-mode=off", "contradicts"),
    (["--isolated-loop", "--isolated-loop-mode=all"], "--isolated-loop", "--isolated-loop-mode=all", "contradicts"),
]

INI = [
    ("isolated_loop_mode = some", "'some'", "one of marked, async, all, off"),
    ("isolated_loop_workers = 1.5", "'1.5'", WORKERS),
    ("isolated_loop_timeout = -3", "'-3'", "seconds (a month at most), or 0"),
    ("isolated_loop_slow = fast", "'fast'", "seconds (a month at most), or 0"),
    ("isolated_loop_profile = json", "'json'", "true or false"),
    ("isolated_loop_warm_up = a little", "'a little'", "true or false"),
    ("isolated_loop_profile_json = /", "'/'", FILE),
    ("isolated_loop_leaks = none", "'none'", "one of ignore, warn, error"),
    ("isolated_loop_factory = uvloop-new", "'uvloop-new'", "a dotted name"),
    ("isolated_loop_tx = popen\n  2*telnet=host", "'2*telnet=host'", "'telnet' is none of them"),
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
    ("isolated_loop(leaks='none')", "got leaks='none'"),
    ("isolated_loop(nested=True)", "got nested=True"),
    ("isolated_loop(loop_factory=5)", "got loop_factory=5"),
    ("isolated_loop(loop_factory='')", "got loop_factory=''"),
    ("isolated_loop(loop_factory='no name')", "got loop_factory='no name'"),
    ("isolated_loop(timeout=1)\n@isolated_loop(timeout=2)", "is on test_a twice, with timeout=2 and timeout=1"),
    ("isolated_loop\n@isolated_loop(False)", "is on test_a twice, with enabled=False and enabled=True"),
    ("isolated_loop(False, timeout=1)\n@isolated_loop(timeout=1)", "is on test_a twice, with enabled="),
]

LEAVES_A_TRACE = "    open('ran', 'w').close()\n"


@pytest.mark.parametrize(("arguments", "name", "value", "allowed"), OPTIONS)
def test_option(suite: Suite, arguments: list[str], name: str, value: str, allowed: str) -> None:
    suite.write(test_a=f"async def test_a():\n{LEAVES_A_TRACE}")
    run = suite.run_here(*arguments)
    assert run.result.ret == pytest.ExitCode.USAGE_ERROR
    for text in (name, value, allowed):
        assert text in run.stderr
    assert not (suite.path / "ran").exists()


@pytest.mark.parametrize(("line", "value", "allowed"), INI)
def test_ini_value(suite: Suite, line: str, value: str, allowed: str) -> None:
    suite.ini(line)
    suite.write(test_a=f"async def test_a():\n{LEAVES_A_TRACE}")
    run = suite.run_here()
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
    run = suite.run_here()
    assert run.result.ret == pytest.ExitCode.USAGE_ERROR
    assert f"test_a.py::test_a: @isolated_loop {problem}" in run.stderr
    assert "; allowed: one positional bool, and scope=" in run.stderr
    assert not (suite.path / "ran").exists()


def test_marker_argument_under_xdist(suite: Suite) -> None:
    suite.write(test_a="import pytest\n\n@pytest.mark.isolated_loop(bogus=1)\ndef test_a():\n    pass\n")
    run = suite.run("-n1")
    assert run.result.ret != 0
    assert "test_a.py::test_a: @isolated_loop got an unknown argument bogus=1" in run.stdout


#: What makes a loop, or does not -> what is said about it.
FACTORIES = {
    "no_such_module.make": "cannot be imported: ModuleNotFoundError: No module named 'no_such_module'",
    "no_such_module:make": "cannot be imported: ModuleNotFoundError: No module named 'no_such_module'",
    "loops.no_such_name": "cannot be imported: ",
    "broken_module.make": "cannot be imported: ZeroDivisionError: division by zero",
    "loops": "which cannot be called",
    "loops.LOOP": "which cannot be called",
    "loops.raises": "failed: ValueError: from the factory",
    "loops.exits": "failed: SystemExit: 3",
    "loops.wants_an_argument": "failed: TypeError: ",
    "loops.no_loop": "returned 5, which is no event loop",
    "loops.nothing": "returned None, which is no event loop",
    "loops.coroutine": "which is no event loop",
    "loops.closed": "returned a closed loop",
    "loops.same_again": "returned a closed loop",
    "loops.running": "returned a loop that is running already",
}
LOOPS = """
    import asyncio, threading

    LOOP = asyncio.new_event_loop()

    def raises():
        raise ValueError("from the factory")

    def exits():
        raise SystemExit(3)

    def wants_an_argument(kind):
        return asyncio.new_event_loop()

    def no_loop():
        return 5

    def nothing():
        asyncio.new_event_loop().close()

    async def coroutine():
        return asyncio.new_event_loop()

    def closed():
        loop = asyncio.new_event_loop()
        loop.close()
        return loop

    def same_again():
        return LOOP

    def running():
        loop, started = asyncio.new_event_loop(), threading.Event()
        loop.call_soon(started.set)
        threading.Thread(target=loop.run_forever, daemon=True).start()
        started.wait()
        return loop
"""


@pytest.mark.parametrize(
    ("factory", "by"),
    [
        *((factory, "dotted name") for factory in FACTORIES),
        *((factory, "callable") for factory in ("loops.raises", "loops.nothing", "loops.closed", "loops.running")),
        *((factory, by) for by in ("option", "ini") for factory in ("no_such_module.make", "loops.no_loop")),
    ],
)
def test_loop_factory(suite: Suite, factory: str, by: str) -> None:
    argument = f"'{factory}'" if by == "dotted name" else factory
    marker = f"isolated_loop(loop_factory={argument})" if by in ("callable", "dotted name") else "isolated_loop"
    suite.ini(f"isolated_loop_factory = {factory}" if by == "ini" else "")
    suite.write(
        loops=LOOPS,
        broken_module="1 / 0\n",
        test_a="import loops\nfrom isolated_async import isolated_loop\n\n"
        f"def test_before():\n{LEAVES_A_TRACE}\n@{marker}\nasync def test_a():\n    pass\n",
    )
    run = suite.run(*([f"--isolated-loop-factory={factory}"] if by == "option" else []), "-W", "ignore")
    assert run.result.ret == pytest.ExitCode.USAGE_ERROR
    asked_by = "--isolated-loop-factory" if by in ("option", "ini") else "test_a.py::test_a: @isolated_loop"
    name = factory if by == "callable" else f"'{factory}'"
    assert f"ERROR: {asked_by}: the loop factory {name} " in run.stderr
    assert FACTORIES[factory] in run.stderr
    assert "; allowed: a callable, or its dotted name like uvloop.new_event_loop" in run.stderr
    assert not (suite.path / "ran").exists()


@pytest.mark.parametrize(
    ("on_class", "on_function", "arguments"),
    [
        ("isolated_loop(loop_factory=uvloop.new_event_loop)", "isolated_loop(nested='allow')", ()),
        ("isolated_loop(nested='allow')", "isolated_loop(loop_factory='uvloop.new_event_loop')", ()),
        ("isolated_loop", "isolated_loop(nested='allow', loop_factory=uvloop.Loop)", ()),
        ("isolated_loop", "isolated_loop(nested='allow')", ("--isolated-loop-factory=uvloop.new_event_loop",)),
    ],
)
def test_nested_runs_on_a_loop_that_has_none(
    suite: Suite, on_class: str, on_function: str, arguments: tuple[str, ...]
) -> None:
    suite.write(
        test_a=f"""
            import uvloop
            from isolated_async import isolated_loop

            @{on_class}
            class TestClass:
                @{on_function}
                async def test_a(self):
                    open('ran', 'w').close()
        """
    )
    run = suite.run(*arguments)
    assert run.result.ret == pytest.ExitCode.USAGE_ERROR
    assert (
        "test_a.py::TestClass::test_a: @isolated_loop: nested='allow' needs a loop that can be re-entered" in run.stderr
    )
    assert "uvloop" in run.stderr
    assert "allowed: loops built on asyncio.BaseEventLoop" in run.stderr
    assert not (suite.path / "ran").exists()


def test_contradiction_names_the_class_or_the_parameters(suite: Suite) -> None:
    for name, source, where in (
        (
            "class",
            "@isolated_loop(timeout=1)\n@isolated_loop(timeout=2)\nclass TestA:\n    def test_a(self): ...\n",
            "TestA",
        ),
        (
            "parameters",
            "marks = [isolated_loop(timeout=1), isolated_loop(timeout=2)]\n"
            "@pytest.mark.parametrize('x', [pytest.param(1, marks=marks)])\ndef test_a(x): ...\n",
            "the parameters 1",
        ),
        ("module", "pytestmark = [isolated_loop(timeout=1), isolated_loop(timeout=2)]\ndef test_a(): ...\n", "test_a"),
    ):
        suite.write(test_a=f"import pytest\nfrom isolated_async import isolated_loop\n\n{source}")
        run = suite.run_here()
        assert run.result.ret == pytest.ExitCode.USAGE_ERROR, name
        assert f"@isolated_loop is on {where} twice, with timeout=" in run.stderr


def test_a_factory_that_cannot_be_hashed(suite: Suite) -> None:
    suite.write(
        test_a="""
            import asyncio
            from isolated_async import isolated_loop

            class Factory:
                __hash__ = None

                def __call__(self):
                    return asyncio.new_event_loop()

            @isolated_loop(loop_factory=Factory())
            async def test_a():
                pass
        """
    )
    assert suite.run().outcomes["passed"] == 1


def test_a_loop_factory_that_nobody_needs(suite: Suite) -> None:
    suite.write(test_a="def test_a(): ...\n")
    bad = suite.run("--isolated-loop-factory=uvloop new")
    assert bad.result.ret == pytest.ExitCode.USAGE_ERROR
    # What is not needed is not imported, so that nobody knows whether it could be.
    assert suite.run("--isolated-loop-factory=no_such_module.new").outcomes == {"passed": 1}
