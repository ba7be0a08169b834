"""A virtual environment for each contender, so that none pays for what another one has installed.

::

    requirements, Python --digest--> WORK_DIR/environments/NAME  (kept; built anew when the digest has changed)
    this checkout --wheel--> the environments that want it       (not editable: installed as users do)
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import PROJECT, revision

Variables = dict[str, str]

#: Written last, so that an environment whose building broke off is built again.
_STAMP = "benchmark.json"


@dataclass(frozen=True, slots=True)
class Environment:
    """What is installed together.

    Attributes:
        requirements: with exact versions, so that the same is measured everywhere.
        with_project: this checkout as well.
    """

    name: str
    requirements: tuple[str, ...]
    with_project: bool = False


def clean_variables() -> Variables:
    """Those of every command: a caller's PYTEST_ADDOPTS and the like would measure something else."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON"))}


class Environments:
    """Guarantees: what ``build`` has returned from is complete, and has exactly what it says."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def python(self, environment: Environment) -> str:
        """The interpreter of it."""
        return str(self._directory / environment.name / "bin" / "python")

    def build(self, environment: Environment) -> dict[str, str]:
        """Build it, unless it is there already; returns the version of every package."""
        digest = hashlib.sha256(repr((sys.version, environment.requirements)).encode()).hexdigest()
        stamp = self._directory / environment.name / _STAMP
        known: dict[str, str] = json.loads(stamp.read_text()) if stamp.exists() else {}
        if known.get("digest") != digest:
            print(f"building the environment {environment.name}", file=sys.stderr, flush=True)
            venv.create(self._directory / environment.name, clear=True, with_pip=True)
            self._pip(environment, "install", "--quiet", *environment.requirements)
            known = {"digest": digest}
        commit = revision()
        if environment.with_project and (known.get("commit") != commit or commit.endswith("-dirty")):
            self._pip(environment, "install", "--quiet", "--no-deps", "--force-reinstall", str(PROJECT))
            known["commit"] = commit
        stamp.write_text(json.dumps(known))
        listing = json.loads(self._pip(environment, "list", "--format=json", "--exclude=pip", "--exclude=setuptools"))
        return {package["name"]: package["version"] for package in listing}

    def _pip(self, environment: Environment, *arguments: str) -> str:
        command = [self.python(environment), "-m", "pip", "--disable-pip-version-check", *arguments]
        done = subprocess.run(command, env=clean_variables(), capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"the environment {environment.name} cannot be built: {' '.join(command)}\n{done.stderr}")
        return done.stdout
