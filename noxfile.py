"""The test matrix. ``scripts/test`` and ``scripts/check`` run it; ``nox --list`` shows the sessions."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nox
from packaging.requirements import Requirement

nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True


def _starts(version: str) -> bool:
    """True if there is such an interpreter, and not only a pyenv shim of that name."""
    path = shutil.which(f"python{version}")
    return path is not None and subprocess.run([path, "-c", ""], capture_output=True).returncode == 0


#: The supported interpreters that are on this machine, oldest first.
PYTHONS = [version for version in ("3.10", "3.11", "3.12", "3.13") if _starts(version)]
#: The newest runs everything; where none has such a name, the interpreter that runs nox does.
NEWEST = PYTHONS[-1] if PYTHONS else None
OLDEST = PYTHONS[0] if PYTHONS else None
#: The tests of a module stay together: those of tests/faults share one run of pytest. Many of them wait for a limit of
#: time: one more worker than the cores of a small machine keeps these busy.
PARALLEL = ["-n", "3", "--dist", "loadscope"]
#: Without starting pytest in a subprocess: seconds.
FAST = ["tests/wire", "tests/host", "tests/worker", "tests/test_layers.py"]
#: Of the others, those that depend on the version of asyncio and unittest most: the catalogue of loop conflicts, and
#: functions in processes of their own.
VERSION_SENSITIVE = ["tests/patterns", "tests/functions"]
#: What drives async tests, with every plugin and framework.
DRIVERS = ["tests/behaviour/test_runner.py", "tests/behaviour/drivers"]
#: What is type-checked for other systems than this one too, and for which.
PACKAGES = ["isolated_async", "workers"]
OTHER_SYSTEMS = [system for system in ("linux", "darwin", "win32") if system != sys.platform]
#: Where ``distributions`` puts what it has built.
DISTRIBUTIONS = Path(__file__).resolve().parent / "dist"
#: The extras whose lower bounds are tested too.
DRIVERS_OF_USERS = ("asyncio", "anyio")


@nox.session(python=NEWEST)
def tests(session: nox.Session) -> None:
    """All tests but the real suites, on the newest interpreter; the documentation is built by one of them."""
    session.install("-e", ".[test,plugins,docs,report,browser]")
    session.run("pytest", *PARALLEL, *session.posargs)


@nox.session(python=PYTHONS[:-1] or NEWEST)
def older(session: nox.Session) -> None:
    """The fast tests on every older interpreter that is found."""
    session.install("-e", ".[test]")
    session.run("pytest", *PARALLEL, *FAST, *session.posargs)


@nox.session(python=OLDEST)
def oldest_pytest(session: nox.Session) -> None:
    """The fast tests, and those of the built-in runner, with the oldest supported pytest and async drivers."""
    # Not in a temporary directory of the session: nox would have all of the tests' there, below our own pyproject.toml.
    session.install("-e", ".[test]", "-c", lowest_versions(Path(session.virtualenv.location)))
    session.run("pytest", *PARALLEL, *FAST, "tests/behaviour/test_runner.py", *session.posargs)


@nox.session(python=PYTHONS)
def versions(session: nox.Session) -> None:
    """The catalogue, functions, and all that drives tests, on every interpreter; not part of ``scripts/test``."""
    session.install("-e", ".[test]")
    session.run("pytest", *PARALLEL, *VERSION_SENSITIVE, *DRIVERS, *session.posargs)


@nox.session(python=NEWEST)
def variants(session: nox.Session) -> None:
    """The tests that ``scripts/test`` leaves out: fresh zygotes, uvloop, four workers, parts of long tables."""
    session.install("-e", ".[test,plugins]")
    session.run("pytest", *PARALLEL, "-m", "variants", *session.posargs)


@nox.session(python=NEWEST)
def services(session: nox.Session) -> None:
    """Shared fixtures with real servers; ``scripts/services`` installs them and runs this."""
    session.install("-e", ".[test]")
    # With a fresh zygote as well.
    session.run("pytest", "-m", "services or variants", "tests/services", *session.posargs)


@nox.session(python=NEWEST)
def browser(session: nox.Session) -> None:
    """The HTML page in a real browser; ``scripts/browser`` installs that and runs this."""
    session.install("-e", ".[test,report,browser]")
    session.run("pytest", "-m", "browser", "tests/comparison", *session.posargs)


@nox.session(python=NEWEST)
def screenshots(session: nox.Session) -> None:
    """The pictures in ``docs/images``; ``scripts/screenshots`` runs this."""
    session.install("-e", ".[report,browser]")
    session.run("python", "scripts/screenshots.py")


@nox.session(python=NEWEST)
def machines(session: nox.Session) -> None:
    """Cases on hosts with a real sshd; ``scripts/machines`` installs it and runs this. Needs root."""
    session.install("-e", ".[test]")
    session.run("pytest", "-m", "machines", "tests/machines", *session.posargs)


@nox.session(python=NEWEST)
def check(session: nox.Session) -> None:
    """Lint, format and types."""
    session.install("-e", ".[test,plugins,report,browser,check]", "nox")
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("mypy")
    for system in OTHER_SYSTEMS:
        # The packages alone: the tests, and what measures, need Linux. A cache of its own, or each run empties it.
        session.run("mypy", "--platform", system, "--cache-dir", f".mypy_cache/{system}", *PACKAGES)
    # Mypy has seen all tests; a user may have pyright.
    session.run("basedpyright", "--project", "tests/typing")
    session.run("zizmor", "--offline", "--quiet", ".github/workflows")


@nox.session(python=NEWEST)
def distributions(session: nox.Session) -> None:
    """The sdist and the wheel of the commit, in dist/: the same bytes twice, and their README can be rendered."""
    session.install("build", "hatchling", "twine")
    session.run("python", "scripts/distributions.py", *session.posargs)
    session.run("twine", "check", "--strict", built(session, "*.tar.gz"), built(session, "*.whl"))


# What follows tests what is in dist/, as ``scripts/release-check`` does: in environments that are new each time, and in
# directories that have nothing of this checkout.


@nox.session(python=PYTHONS, reuse_venv=False)
def wheel(session: nox.Session) -> None:
    """The wheel, with the newest versions of all that it works with, passes the tests of behaviour."""
    session.install(f"{built(session, '*.whl')}[test,plugins]")
    with unpacked_sdist(session, without_packages=True):
        test_installed(session)


@nox.session(python=OLDEST, reuse_venv=False)
def lowest(session: nox.Session) -> None:
    """The same, with the oldest versions that pyproject.toml allows to users, on the oldest Python."""
    with unpacked_sdist(session, without_packages=True) as directory:
        session.install("-c", lowest_versions(directory), f"{built(session, '*.whl')}[test]")
        test_installed(session)


@nox.session(python=NEWEST, reuse_venv=False)
def typed(session: nox.Session) -> None:
    """The types of the public interface are what type checkers of users see in the wheel."""
    session.install(f"{built(session, '*.whl')}[check]")
    with unpacked_sdist(session, without_packages=True):
        # Of our own configuration nothing holds.
        session.run("mypy", "--config-file=", "--strict", "tests/typing/public_interface.py")
        session.run("basedpyright", "--project", "tests/typing")


@nox.session(python=NEWEST, reuse_venv=False)
def sdist(session: nox.Session) -> None:
    """The sdist, unpacked, is a checkout in which all tests pass."""
    with unpacked_sdist(session):
        session.install("-e", ".[test,plugins,docs,report,browser]")
        session.run("pytest", *PARALLEL, *session.posargs)


def built(session: nox.Session, pattern: str) -> str:
    """The one such file in dist/."""
    found = [str(path) for path in DISTRIBUTIONS.glob(pattern)]
    if len(found) != 1:
        session.error(f"dist/{pattern} is {len(found)} files, and should be one: run nox -s distributions")
    return found[0]


@contextmanager
def unpacked_sdist(session: nox.Session, *, without_packages: bool = False) -> Iterator[Path]:
    """In the block, the session's directory is what the sdist unpacks to, away from this checkout."""
    archive = built(session, "*.tar.gz")
    with tempfile.TemporaryDirectory() as parent:
        session.run("python", "-m", "tarfile", "-e", archive, parent, silent=True)
        (directory,) = Path(parent).iterdir()
        if without_packages:
            for package in PACKAGES:
                shutil.rmtree(directory / package)
        with session.chdir(directory):
            yield directory


def test_installed(session: nox.Session) -> None:
    """The tests of behaviour, where no package of ours is but the installed ones."""
    where = "import sysconfig, isolated_async as host, isolated_async_workers as workers"
    site = "sysconfig.get_path('purelib')"
    session.run(
        "python", "-c", f"{where}; assert host.__file__.startswith({site}) and workers.__file__.startswith({site})"
    )
    session.run("pytest", *PARALLEL, "tests/behaviour", *session.posargs)


def lowest_versions(directory: Path) -> str:
    """Constraints for pip: of all that users need, and of the async drivers, the oldest that pyproject.toml allows."""
    project = nox.project.load_toml("pyproject.toml")["project"]
    extras = project["optional-dependencies"]
    constraints = directory / "lowest.txt"
    with constraints.open("w") as lines:
        for text in [*project["dependencies"], *(each for extra in DRIVERS_OF_USERS for each in extras[extra])]:
            requirement = Requirement(text)
            (bound,) = requirement.specifier
            if bound.operator != ">=":
                raise SystemExit(f"pyproject.toml: {text} has another bound than a lower one")
            print(f"{requirement.name}=={bound.version}", file=lines)
    return str(constraints)
