"""What a user installs: the wheel, built from this checkout, in an environment of its own."""

from __future__ import annotations

import email
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from isolated_async import __version__

from .inner_pytest import NONE_OF_THEM

ROOT = Path(__file__).parent.parent
#: The package with the HTML page of a comparison, and what is in the page.
PAGE = "isolated_async/comparison/formats/page/"

#: One isolated test is forked, one is spawned, and one calls a function in a process of its own.
TESTS = """
import importlib.util, os
from isolated_async import isolated_loop, run_isolated
from isolated_async_workers.wire.conflict_pages import page

HOST = int(os.environ["HOST_PID"])

async def test_forked():
    import isolated_async, isolated_async_workers
    assert isolated_async.__file__.startswith({site!r})
    assert isolated_async_workers.__file__.startswith({site!r})
    assert importlib.util.find_spec("workers") is None
    assert page("nested-run") == {page!r}
    assert os.path.exists(page("nested-run"))
    assert os.getpid() != HOST

@isolated_loop(start="spawn")
async def test_spawned():
    assert os.getpid() != HOST

async def test_function():
    assert run_isolated(os.getpid) not in (os.getpid(), HOST)
"""
#: None of the plugins that happen to be installed with the dependencies.
WITHOUT_PLUGINS = ("-p", "no:asyncio", "-p", "no:aiohttp", "-p", "no:xdist", *NONE_OF_THEM)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(directory), str(ROOT)],
        check=True,
        capture_output=True,
    )
    (built,) = directory.glob("*.whl")
    return built


def test_content(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"isolated_async", "isolated_async_workers"}
    for package in ("isolated_async", "isolated_async_workers"):
        assert f"{package}/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)
    (metadata,) = [name for name in names if name.endswith(".dist-info/METADATA")]
    told = email.message_from_bytes(zipfile.ZipFile(wheel).read(metadata))
    assert (told["Version"], told["License-Expression"]) == (__version__, "MIT")
    assert not any(str(ROOT).encode() in zipfile.ZipFile(wheel).read(name) for name in names)
    (entry_points,) = [name for name in names if name.endswith("entry_points.txt")]
    assert b"isolated-async = isolated_async.commands:main" in zipfile.ZipFile(wheel).read(entry_points)
    page = {path.name for path in (ROOT / PAGE).iterdir() if path.is_file()}
    assert {"template.html.j2", "style.css", "tests.js", "page.js"} <= page
    assert {name.removeprefix(PAGE) for name in names if name.startswith(PAGE)} == page
    pages = {path.name for path in (ROOT / "docs" / "conflicts").iterdir()}
    assert {"README.md", "nested-run.md"} <= pages
    directory = "isolated_async_workers/conflicts/"
    assert {name.removeprefix(directory) for name in names if name.startswith(directory)} == pages


def test_installed_wheel_runs_and_leaves_nothing(wheel: Path, tmp_path: Path) -> None:
    environment, project, home, temporary = (
        tmp_path / name for name in ("environment", "project", "home", "temporary")
    )
    for directory in (project, home, temporary):
        directory.mkdir()
    venv.create(environment, symlinks=True)
    (site,) = (environment / "lib").glob("python3*/site-packages")
    # The dependencies come from the environment that runs this test; the wheel alone is installed into the new one.
    outer = [path for path in sys.path if path.endswith("site-packages")]
    (site / "dependencies.pth").write_text("\n".join(outer) + "\n")
    before = set(environment.rglob("*"))
    _pip(environment, "install", "--no-index", "--no-deps", str(wheel))
    conflicts = site / "isolated_async_workers" / "conflicts"
    (project / "test_a.py").write_text(TESTS.format(site=str(site), page=str(conflicts / "nested-run.md")))
    (project / "conftest.py").write_text("import os\nos.environ.setdefault('HOST_PID', str(os.getpid()))\n")

    places = {"HOME": str(home), "XDG_CACHE_HOME": str(home), "TMPDIR": str(temporary)}
    done = subprocess.run(
        [str(environment / "bin" / "python"), "-m", "pytest", *WITHOUT_PLUGINS, "--isolated-loop"],
        cwd=project,
        env={**os.environ, **places},
        capture_output=True,
        text=True,
    )
    assert "3 passed" in done.stdout, done.stdout + done.stderr
    # What pytest makes for `tmp_path`, it keeps itself.
    assert [*home.iterdir(), *(path for path in temporary.iterdir() if "pytest-of-" not in path.name)] == []
    assert {path.name for path in project.iterdir()} <= {"conftest.py", "test_a.py", "__pycache__", ".pytest_cache"}
    assert (environment / "bin" / "isolated-async").exists()

    _pip(environment, "uninstall", "--yes", "isolated-async")
    left = {path for path in environment.rglob("*") if path not in before and not path.is_dir()}
    # Pytest compiles the modules of every plugin for itself, and pip does not know of that.
    assert {path for path in left if f"-pytest-{pytest.__version__}.pyc" not in path.name} == set()


def _pip(environment: Path, *arguments: str) -> None:
    """Run the pip of the environment that runs this test, for another one."""
    subprocess.run(
        [sys.executable, "-m", "pip", "--quiet", "--python", str(environment), *arguments],
        check=True,
        capture_output=True,
    )
