"""The architecture, as imports: host -> wire <- worker side, and nothing else across."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable, Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOST = ROOT / "isolated_async"
WORKERS = ROOT / "workers" / "isolated_async_workers"
WIRE = WORKERS / "wire"

#: The steps from the host's side to the worker's: taken in the forked child that becomes the zygote.
THE_STEP = {
    ("launch.py", "isolated_async_workers.forked_zygote"),
    ("launch.py", "isolated_async_workers.unittest_run.zygote"),
}


def _imports(path: Path, package: str) -> Iterator[str]:
    """The absolute names of all modules that a file imports, also inside functions and by import_module."""
    yield from _names(ast.walk(ast.parse(path.read_text())), package)


def _names(nodes: Iterable[ast.AST], package: str) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "import_module":
            yield ast.literal_eval(node.args[0])


def _files(directory: Path) -> list[Path]:
    return sorted(directory.rglob("*.py"))


def _package(path: Path) -> str:
    """The package that a file of the worker side belongs to."""
    return ".".join(path.parent.relative_to(WORKERS.parent).parts)


@pytest.mark.parametrize("path", _files(HOST), ids=lambda path: path.name)
def test_the_host_imports_only_the_wire_from_the_worker_side(path: Path) -> None:
    foreign = {
        (path.name, name)
        for name in _imports(path, "isolated_async")
        if name.startswith("isolated_async_workers") and not name.startswith("isolated_async_workers.wire")
    }
    assert foreign - {("launch.py", "isolated_async_workers")} <= THE_STEP


@pytest.mark.parametrize("path", _files(WORKERS), ids=lambda path: f"{path.parent.name}/{path.name}")
def test_the_worker_side_imports_nothing_from_the_host(path: Path) -> None:
    assert not [name for name in _imports(path, _package(path)) if name.split(".")[0] == "isolated_async"]


@pytest.mark.parametrize("path", _files(WIRE), ids=lambda path: path.name)
def test_the_wire_imports_only_the_standard_library(path: Path) -> None:
    for name in _imports(path, "isolated_async_workers.wire"):
        top = name.split(".")[0]
        assert top in sys.stdlib_module_names or name.startswith("isolated_async_workers.wire"), name


@pytest.mark.parametrize("path", [*_files(HOST), *_files(WORKERS)], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_private_names_of_pytest_sit_in_files_that_say_so(path: Path) -> None:
    private = [name for name in _imports(path, "x") if name.split(".")[0] == "_pytest"]
    assert not private or path.name.startswith("pytest_private")


#: The rooms of the host, from the ground up: each imports only from floors below its own.
FLOORS: tuple[set[str], ...] = (
    {"clock", "command_output", "loaded_class", "pytest_private"},
    {"reruns"},
    {"choice"},
    {"plugins", "processes"},
    {"comparison", "endings", "remote"},
    {"diagnosis", "functions", "shared", "terminal"},
    {"cases", "doctor"},
    {"commands", "profiling", "telling"},
    {"host", "unittest_host", "__main__"},
    {"decorator", "plugin"},
)


def test_the_host_is_built_in_floors() -> None:
    floor_of = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
    upwards = {
        (room, other) for room, others in _rooms(HOST).items() for other in others if floor_of[other] >= floor_of[room]
    }
    assert not upwards


@pytest.mark.parametrize("side", [HOST, WORKERS], ids=lambda path: path.name)
def test_no_two_rooms_need_each_other(side: Path) -> None:
    tuple(TopologicalSorter(_rooms(side)).static_order())


@pytest.mark.parametrize("side", [HOST, WORKERS], ids=lambda path: path.name)
def test_no_two_files_need_each_other(side: Path) -> None:
    files = {_module(path): path for path in _files(side)}
    needed = {
        module: {name for name in _imports(path, _package_of(path)) if name in files and name != side.name} - {module}
        for module, path in files.items()
        if path.name != "__init__.py"  # A package's face hands on what is in it.
    }
    tuple(TopologicalSorter(needed).static_order())


def _rooms(side: Path) -> dict[str, set[str]]:
    """Which rooms (packages, and the files beside them) each room of this side imports from."""
    rooms = {path.stem for path in side.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    found: dict[str, set[str]] = {room: set() for room in rooms - {"__init__"}}
    for path in _files(side):
        room = path.relative_to(side).parts[0].removesuffix(".py")
        if room != "__init__":
            names = [name.split(".") for name in _imports(path, _package_of(path)) if name.startswith(f"{side.name}.")]
            found[room] |= {name[1] for name in names if name[1] in found} - {room}
    return found


def _package_of(path: Path) -> str:
    return _module(path) if path.name == "__init__.py" else _module(path).rpartition(".")[0]


def _module(path: Path) -> str:
    side = HOST if path.is_relative_to(HOST) else WORKERS
    return ".".join(path.relative_to(side.parent).with_suffix("").parts).removesuffix(".__init__")


def test_workers_is_no_package() -> None:
    assert not (ROOT / "workers" / "__init__.py").exists()


#: What only some systems have, or what tells which one this is: for the packages called ``system``.
_OF_SOME_SYSTEMS = {
    *("fcntl", "resource", "termios", "tty", "pwd", "grp", "ctypes", "msvcrt", "platform"),
    *("sys.platform", "os.name", "os.uname", "hasattr(os)", "getattr(signal)", "hasattr(signal)"),
    *("os.fork", "os.waitid", "os.wait4", "os.pidfd_open", "os.memfd_create", "os.posix_spawn", "os.register_at_fork"),
    *("os.killpg", "os.setpgid", "os.getpgid", "os.getpgrp", "os.setsid", "os.getsid", "os.sched_getaffinity"),
    *("os.pread", "os.pwrite", "os.set_blocking", "os.tcsetpgrp", "signal.SIGKILL", "signal.pthread_sigmask"),
    *("socket.send_fds", "socket.recv_fds", "select.poll", "selectors.PollSelector", "time.clock_gettime"),
    *("faulthandler.register", "time.tzset", "/proc", "os.O_BINARY", "os.O_TEMPORARY", "sys._base_executable"),
    *("signal.SIGBREAK", "signal.CTRL_BREAK_EVENT", "subprocess.CREATE_NEW_PROCESS_GROUP", "asyncio.unix_events"),
}
#: Files that may have some of it, and why.
_EXCUSED = {
    "immortal.py": {"ctypes"},  # For what a version of Python has, on every system.
    "memory_kills.py": {"/proc"},  # Counters of Linux's control groups; where there are none, nothing is counted.
}


def _of_some_systems(tree: ast.Module) -> Iterator[str]:
    """What of :data:`_OF_SOME_SYSTEMS` a file speaks of, its comments and docstrings left out."""
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module, names, 0):
                yield from (str(module), *(f"{module}.{alias.name}" for alias in names))
            case ast.Attribute(ast.Name(owner), name):
                yield f"{owner}.{name}"
            case ast.Call(ast.Name("hasattr" | "getattr" as asks), [ast.Name(owner), *_]):
                yield f"{asks}({owner})"
            case ast.Constant(str(text)) if text.startswith("/proc") and id(node) not in told:
                yield "/proc"


@pytest.mark.parametrize("path", [*_files(HOST), *_files(WORKERS)], ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_only_some_systems_have_sits_in_the_packages_for_that(path: Path) -> None:
    if path.parent.name != "system":
        used = _OF_SOME_SYSTEMS.intersection(_of_some_systems(ast.parse(path.read_text())))
        assert used == _EXCUSED.get(path.name, set())


#: Modules of the wire that hold a class, a name, a function.
_LIGHT = tuple(
    f"isolated_async_workers.wire.{each}"
    for each in (
        "leak_warning",
        "light_dataclass",
        "policy_notes",
        "hidden_test",
        "shared_definitions",
        "fork_safety",
        "stages",
        "system",
        "warm_up_setting",
    )
)


#: What a run loads that isolates nothing.
_LEAN = {
    *("plugin", "pytest_private", "choice", "processes", "profiling", "telling", "shared", "reruns"),
    *(
        f"choice.{name}"
        for name in ("allowed", "asyncness", "import_state", "marker", "option", "options", "other_plugins")
    ),
    *(
        "choice.selection",
        "choice.start",
        "processes.import_path",
        "profiling.wanted",
        "reruns",
        "telling.header",
        "telling.run_notes",
        "telling.wide_fixtures",
    ),
    *("shared.collection", "shared.fixture"),
}


def test_a_host_that_isolates_nothing_imports_little() -> None:
    waiting, seen = ["", "plugin"], set[str]()
    while waiting:
        name = waiting.pop()
        path = HOST.joinpath(*name.split(".")) if name else HOST
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        if name in seen or not path.exists():
            continue  # A name in a module.
        seen.add(name)
        waiting.append(name.rpartition(".")[0])
        package = ".".join(["isolated_async", *path.parent.relative_to(HOST).parts])
        names = set(_top_level_imports(path, package))
        heavy = ("asyncio", "execnet", "cloudpickle", "multiprocessing", "isolated_async_workers")
        assert not names & set(heavy), name
        # A class, a name, a function: they import little more than nothing.
        wire = {each for each in names if each.startswith("isolated_async_workers")}
        assert all(each.startswith(_LIGHT) for each in wire), name
        waiting += [each.removeprefix("isolated_async.") for each in names if each.startswith("isolated_async.")]
    assert seen - {""} == _LEAN


def _top_level_imports(path: Path, package: str) -> Iterator[str]:
    body = ast.parse(path.read_text()).body
    top_level = [node for node in body if isinstance(node, ast.Import | ast.ImportFrom)]
    yield from _names(top_level, package)


def test_the_lean_host_loads_no_asyncio_and_no_messages() -> None:
    code = "import isolated_async.plugin, sys; print(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert "isolated_async.plugin" in loaded
    assert not loaded & {"asyncio", "execnet", "cloudpickle", "isolated_async.host"}
    assert "isolated_async_workers.wire.messages" not in loaded
