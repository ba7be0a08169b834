"""The test matrix. ``scripts/test`` and ``scripts/check`` run it; ``nox --list`` shows the sessions."""

from __future__ import annotations

import shutil
import subprocess
import sys

import nox

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


@nox.session(python=NEWEST)
def tests(session: nox.Session) -> None:
    """All tests but the real suites, on the newest interpreter."""
    session.install("-e", ".[test,plugins,report,browser]")
    session.run("pytest", *PARALLEL, *session.posargs)


@nox.session(python=PYTHONS[:-1] or NEWEST)
def older(session: nox.Session) -> None:
    """The fast tests on every older interpreter that is found."""
    session.install("-e", ".[test]")
    session.run("pytest", *PARALLEL, *FAST, *session.posargs)


@nox.session(python=OLDEST)
def oldest_pytest(session: nox.Session) -> None:
    """The fast tests, and those of the built-in runner, with the oldest supported pytest."""
    session.install("-e", ".[test]", "pytest==8.2.*", "pytest-asyncio==0.24.*")
    session.run("pytest", *PARALLEL, *FAST, "tests/behaviour/test_runner.py", *session.posargs)


@nox.session(python=PYTHONS)
def versions(session: nox.Session) -> None:
    """The catalogue, functions, and all that drives tests, on every interpreter; not part of ``scripts/test``."""
    session.install("-e", ".[test]")
    session.run("pytest", *PARALLEL, *VERSION_SENSITIVE, *DRIVERS, *session.posargs)


@nox.session(python=NEWEST)
def variants(session: nox.Session) -> None:
    """The tests that ``scripts/test`` leaves out: fresh zygotes, uvloop, and the faults with four workers."""
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
