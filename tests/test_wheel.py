"""What a user installs: the wheel, built from this checkout, in an environment of its own."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

from .behaviour.conftest import NONE_OF_THEM

ROOT = Path(__file__).parent.parent
#: The package with the HTML page of a comparison, and what is in the page.
PAGE = "isolated_async/comparison/formats/page/"


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
    (entry_points,) = [name for name in names if name.endswith("entry_points.txt")]
    assert b"isolated-async = isolated_async.commands:main" in zipfile.ZipFile(wheel).read(entry_points)
    page = {path.name for path in (ROOT / PAGE).iterdir() if path.is_file()}
    assert {"template.html.j2", "style.css", "tests.js", "page.js"} <= page
    assert {name.removeprefix(PAGE) for name in names if name.startswith(PAGE)} == page
    pages = {path.name for path in (ROOT / "docs" / "conflicts").iterdir()}
    assert {"README.md", "nested-run.md"} <= pages
    directory = "isolated_async_workers/conflicts/"
    assert {name.removeprefix(directory) for name in names if name.startswith(directory)} == pages


def test_installed_wheel_runs_and_has_no_package_called_workers(wheel: Path, tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    venv.create(environment, symlinks=True)
    # The dependencies come from the environment that runs this test; the wheel alone is unpacked into the new one.
    (site,) = (environment / "lib").glob("python3*/site-packages")
    zipfile.ZipFile(wheel).extractall(site)
    outer = [path for path in sys.path if path.endswith("site-packages")]
    (site / "dependencies.pth").write_text("\n".join(outer) + "\n")
    project = tmp_path / "project"
    project.mkdir()
    (project / "test_a.py").write_text(
        "import importlib.util, os\n"
        f"HOST = {'os.getpid()'}\n"
        "async def test_a():\n"
        "    import isolated_async, isolated_async_workers\n"
        f"    assert isolated_async.__file__.startswith({str(site)!r})\n"
        f"    assert isolated_async_workers.__file__.startswith({str(site)!r})\n"
        "    assert importlib.util.find_spec('workers') is None\n"
        "    from isolated_async_workers.explanations.conflict_pages import page\n"
        f"    assert page('nested-run') == {str(site / 'isolated_async_workers' / 'conflicts' / 'nested-run.md')!r}\n"
        "    assert os.path.exists(page('nested-run'))\n"
        "    assert os.getpid() != HOST\n"
    )
    done = subprocess.run(
        [
            str(environment / "bin" / "python"),
            "-m",
            "pytest",
            "-p",
            "no:asyncio",
            "-p",
            "no:aiohttp",
            "-p",
            "no:xdist",
            *NONE_OF_THEM,
            "--isolated-loop",
        ],
        cwd=project,
        capture_output=True,
        text=True,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr
