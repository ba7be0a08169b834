"""One suite in a virtual environment of its own: set it up once, run it as often as wanted.

::

    package index --> DIRECTORY/src    the unpacked sources, where pytest runs
                  --> DIRECTORY/venv   the pinned requirements, the suite; isolated-async from this checkout, and xdist
    outcomes.py   --> DIRECTORY/plugin the recording plugin, on PYTHONPATH
                      DIRECTORY/ready  digest of the recipe, written last: a set-up that broke off is repeated
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.suites.suite_recipes import SuiteRecipe

_CHECKOUT = Path(__file__).resolve().parents[2]
_PLUGIN = Path(__file__).with_name("outcomes.py")
#: For the runs under xdist; where a suite needs it for itself, its lock names the same release.
_XDIST = "pytest-xdist==3.8.0"
#: Seconds for one pip command: source distributions are built, and an index may be slow.
_PIP_LIMIT_S = 900
#: Seconds for an interpreter to say its version.
_VERSION_LIMIT_S = 30
#: Of a failed command, this many characters of output are shown, the last ones.
_SHOWN_CHARACTERS = 4000


class SuiteNotRun(Exception):
    """Setting up or running the suite failed before there was anything to compare. Look at the output it shows."""


@dataclass(frozen=True, slots=True)
class SuiteRun:
    """What one run of a suite came to.

    Attributes:
        outcomes: test to outcome, in the order in which the tests ran.
        details: test to the text of its failures.
        isolated: the tests that ran in another process than pytest itself.
        wall_s: seconds from start to end, collection included.
    """

    outcomes: dict[str, str]
    details: dict[str, str]
    isolated: frozenset[str]
    wall_s: float


def find_interpreter(minor: str) -> Path | None:
    """An interpreter of this minor version, from PATH or from pyenv; None if there is none."""
    candidates = [shutil.which(f"python{minor}")]
    candidates += [str(path) for path in sorted(Path.home().glob(f".pyenv/versions/{minor}.*/bin/python"))]
    for candidate in candidates:
        if candidate is not None and _minor_version(candidate) == minor:
            return Path(candidate)
    return None


def _minor_version(interpreter: str) -> str | None:
    # A pyenv shim is on PATH for every version, and fails for those that are not chosen.
    code = "import sys; print('%d.%d' % sys.version_info[:2])"
    done = subprocess.run([interpreter, "-c", code], capture_output=True, text=True, timeout=_VERSION_LIMIT_S)
    return done.stdout.strip() if done.returncode == 0 else None


class InstalledSuite:
    """Guarantees: ``set_up`` leaves a complete environment or raises; runs of one suite never share a record."""

    def __init__(self, recipe: SuiteRecipe, directory: Path) -> None:
        self.recipe = recipe
        self._directory = directory
        self._sources = directory / "src"
        self._programs = directory / "venv" / "bin"
        self._ready = directory / "ready"

    def set_up(self, interpreter: Path) -> None:
        """Make sure that the suite is there, and that isolated-async is there as this checkout has it now.

        Raises:
            SuiteNotRun: a command failed.
        """
        digest = _digest(self.recipe)
        if not (self._ready.exists() and self._ready.read_text(encoding="ascii") == digest):
            shutil.rmtree(self._directory, ignore_errors=True)
            self._sources.mkdir(parents=True)
            self._install_suite(interpreter)
            self._ready.write_text(digest, encoding="ascii")
        # pip reinstalls a directory even where that version is installed already: it may have other code by now.
        self._pip("install", "--constraint", str(self.recipe.lock), str(_CHECKOUT), _XDIST)
        plugin = self._directory / "plugin"
        plugin.mkdir(exist_ok=True)
        shutil.copy(_PLUGIN, plugin)

    def run(self, label: str, *options: str, **environment: str) -> SuiteRun:
        """Run the suite with these pytest options in addition to its own; see ``run_only``."""
        return self.run_only(label, *self.recipe.arguments, *options, **environment)

    def run_only(self, label: str, *arguments: str, **environment: str) -> SuiteRun:
        """Run pytest with these arguments, and these further variables; ``label`` names the files it leaves.

        Raises:
            SuiteNotRun: pytest wrote no record, or took longer than the suite's limit.
        """
        record = self._directory / f"{label}.json"
        log = self._directory / f"{label}.log"
        record.unlink(missing_ok=True)
        command = [str(self._programs / "pytest"), "-p", "outcomes", *arguments]
        started = time.monotonic()
        # To a file, not a pipe: what a test leaves running may hold a pipe open for ever.
        with log.open("wb") as output, contextlib.suppress(subprocess.TimeoutExpired):
            subprocess.run(
                command,
                cwd=self._sources,
                env=self._environment(record) | environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=self.recipe.limit_s,
            )
        wall_s = time.monotonic() - started
        if not record.exists():
            shown = log.read_text(encoding="utf-8", errors="replace")[-_SHOWN_CHARACTERS:]
            raise SuiteNotRun(f"no record after {wall_s:.0f} s of {' '.join(command)}\n{shown}")
        found = json.loads(record.read_text(encoding="utf-8"))
        return SuiteRun(found["outcomes"], found["details"], frozenset(found["elsewhere"]), wall_s)

    def doctor(self) -> dict[str, Any]:
        """What the doctor reports of the suite, in JSON.

        Raises:
            SuiteNotRun: it reports nothing.
        """
        return self._report("doctor", *self.recipe.arguments)

    def diagnose(self, test: str, *arguments: str) -> dict[str, Any]:
        """What the diagnosis of a test reports, in JSON, with these arguments of pytest.

        Raises:
            SuiteNotRun: it reports nothing.
        """
        return self._report("diagnose", *arguments, own=(test,))

    def _report(self, command: str, *arguments: str, own: tuple[str, ...] = ()) -> dict[str, Any]:
        done = subprocess.run(
            [str(self._programs / "isolated-async"), command, *own, "--format=json", "--", *arguments],
            cwd=self._sources,
            env=self._environment(self._directory / f"{command}.json"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=self.recipe.limit_s,
        )
        if not done.stdout:
            raise SuiteNotRun(f"isolated-async {command} exits with {done.returncode}\n{done.stderr}")
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    def _environment(self, record: Path) -> dict[str, str]:
        """This process's own, without what concerns the pytest that runs here."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COV_", "PYTHON"))}
        return {
            **kept,
            "PATH": f"{self._programs}{os.pathsep}{kept.get('PATH', os.defpath)}",
            "PYTHONPATH": str(self._directory / "plugin"),
            "OUTCOMES_FILE": str(record),
        }

    def _install_suite(self, interpreter: Path) -> None:
        recipe = self.recipe
        self._checked([str(interpreter), "-m", "venv", str(self._directory / "venv")])
        self._pip("download", "--no-deps", "--no-binary", recipe.name, "--dest", str(self._directory), recipe.sdist)
        (archive,) = self._directory.glob("*.tar.gz")
        _unpack(archive, self._sources)
        itself = ["--editable", f".[{recipe.extras}]" if recipe.extras else "."]
        if not recipe.from_sources:
            itself = [recipe.sdist]
        self._pip("install", "--constraint", str(recipe.lock), *recipe.requirements, *itself)

    def _pip(self, *arguments: str) -> None:
        self._checked([str(self._programs / "python"), "-m", "pip", *arguments])

    def _checked(self, command: list[str]) -> None:
        """Run a command in the source directory; it must succeed."""
        done = subprocess.run(
            command,
            cwd=self._sources,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_PIP_LIMIT_S,
        )
        if done.returncode != 0:
            raise SuiteNotRun(f"{' '.join(command)}\n{done.stdout[-_SHOWN_CHARACTERS:]}")


def _unpack(archive: Path, into: Path) -> None:
    """The content of a source distribution without its outermost directory."""
    with tarfile.open(archive) as tar:
        # The earliest maintenance releases of 3.10 and 3.11 know no filter, and ignore this attribute.
        tar.extraction_filter = getattr(tarfile, "data_filter", None)
        for member in tar.getmembers():
            _, _, member.name = member.name.partition("/")
            if member.name:
                tar.extract(member, into)


def _digest(recipe: SuiteRecipe) -> str:
    """Of what decides the environment; how its tests are run may change without a new one."""
    decisive = (
        recipe.sdist,
        recipe.python,
        recipe.requirements,
        recipe.extras,
        recipe.from_sources,
        recipe.lock.read_text(encoding="ascii"),
    )
    return hashlib.sha256(repr(decisive).encode()).hexdigest()
