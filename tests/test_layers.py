"""The architecture, as imports: host -> wire <- worker side, and nothing else across."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HOST = ROOT / "isolated_async"
WORKERS = ROOT / "workers" / "isolated_async_workers"
WIRE = WORKERS / "wire"

#: The steps from the host's side to the worker's: taken in the forked child that becomes the zygote.
THE_STEP = {
    ("launch.py", "isolated_async_workers.zygote"),
    ("launch.py", "isolated_async_workers.unittest_run.zygote"),
}


def _imports(path: Path, package: str) -> Iterator[str]:
    """The absolute names of all modules that a file imports, also inside functions and by import_module."""
    for node in ast.walk(ast.parse(path.read_text())):
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
def test_private_names_of_pytest_sit_in_one_file_a_side(path: Path) -> None:
    private = [name for name in _imports(path, "x") if name.split(".")[0] == "_pytest"]
    assert not private or path.name == "pytest_private.py"


def test_workers_is_no_package() -> None:
    assert not (ROOT / "workers" / "__init__.py").exists()


#: Modules of the wire that hold a class, a name, a function.
_LIGHT = ("leak_warning", "policy_notes", "hidden_test", "shared_definitions")


def test_a_host_that_isolates_nothing_imports_little() -> None:
    lean = {
        "plugin.py",
        "header.py",
        "marker.py",
        "options.py",
        "selection.py",
        "asyncness.py",
        "pytest_private.py",
        "import_path.py",
        "import_state.py",
        "run_notes.py",
        "other_plugins.py",
        "reruns/__init__.py",
        "unittest_host/entry.py",
        "shared_collection.py",
        "shared_fixture.py",
        "__init__.py",
    }
    lean_names = {f".{each.removesuffix('.py').removesuffix('/__init__').replace('/', '.')}" for each in lean}
    for name in lean:
        tree = ast.parse((HOST / name).read_text())
        top_level = [node for node in tree.body if isinstance(node, ast.ImportFrom | ast.Import)]
        names = {
            alias.name if isinstance(node, ast.Import) else f"{'.' * bool(node.level)}{node.module}"
            for node in top_level
            for alias in node.names
        }
        assert not names & {"asyncio", "execnet", "cloudpickle", "multiprocessing", "isolated_async_workers"}, name
        assert {each for each in names if each.startswith(".")} <= lean_names, name
        # A class, a name, a function: they import little more than nothing.
        shared = {f"isolated_async_workers.wire.{each}" for each in _LIGHT}
        assert {each for each in names if each.startswith("isolated_async_workers")} <= shared, name


def test_the_lean_host_loads_no_asyncio_and_no_messages() -> None:
    code = "import isolated_async.plugin, sys; print(*sys.modules)"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert "isolated_async.plugin" in loaded
    assert not loaded & {"asyncio", "execnet", "cloudpickle", "isolated_async.host"}
    assert "isolated_async_workers.wire.messages" not in loaded
