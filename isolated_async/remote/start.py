"""Starts the relays to the machines that the user has named, and waits until each has proven its tests to be ours."""

from __future__ import annotations

import functools
import os
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from isolated_async_workers.wire.messages import ConnectMachine

from ..choice.machine_specs import MachineSpec, ways_to
from ..processes.coverage_settings import how_to_measure
from ..processes.launch import options_of, spawn_relay
from ..processes.machine import Machine, MachineStart
from ..processes.start_method import start_methods_elsewhere
from ..processes.zygote_handle import ZygoteHandle
from .proof import digest_of, files_of

#: What is this process's own: temporary directories, and the log file, which two machines cannot share.
_OWN_OPTIONS: dict[str, object] = {"basetemp": None, "log_file": "", "log_file_mode": "a"}
#: With one of these, tests are left out for what this machine remembers of the last run.
_REMEMBERS = ("lf", "stepwise")


def machine_starts(
    session: pytest.Session, machines: Sequence[MachineSpec], *, fork_anyway: bool
) -> list[MachineStart]:
    """How each of these machines that has slots comes to be; ``fork_anyway`` even where threads run there."""
    config = session.config
    names = Counter[str]()
    starts = []
    for machine in machines:
        if not machine.slots:
            continue
        names[machine.name] += 1
        name = machine.name if names[machine.name] == 1 else f"{machine.name} ({names[machine.name]})"
        start = functools.partial(_start_relay, session, machine, machines)
        directory = str(config.invocation_params.dir)
        methods = start_methods_elsewhere(fork_anyway=fork_anyway)
        starts.append(MachineStart(name, machine.slots, methods, start, None, directory, str(config.rootpath)))
    return starts


def await_machines(others: Sequence[Machine], listen: Callable[[], None]) -> None:
    """Wait until all of them have proven themselves; bounded by the limits of the relay and of its zygote.

    Args:
        listen: waits for something to happen, and takes it in.

    Raises:
        pytest.UsageError: one cannot run these tests; it names each that cannot, and why.
    """
    while any(not each.zygote.is_ready and each.zygote.failure is None for each in others):
        listen()
    problems = [(each.name, each.zygote.failure) for each in others if each.zygote.failure is not None]
    if problems:
        count = f"{len(problems)} of {len(others)} machine{'' if len(others) == 1 else 's'}"
        details = ("\n    ".join(f"{name}: {failure}".splitlines()) for name, failure in problems)
        raise pytest.UsageError(
            "\n  ".join([f"--isolated-loop-tx: {count} cannot run these tests; none was run", *details])
        )


def _start_relay(session: pytest.Session, machine: MachineSpec, machines: Sequence[MachineSpec]) -> ZygoteHandle:
    config = session.config
    directory = config.invocation_params.dir
    further, coverage = how_to_measure(config)
    return spawn_relay(
        ConnectMachine(
            ways_to(machine, machines),
            machine.chdir,
            str(directory),
            # By ``python -m pytest``, not by the command ``pytest``.
            _is_searched(directory),
            [*(str(argument) for argument in config.invocation_params.args), *further],
            {**options_of(config), **_OWN_OPTIONS},
            coverage,
            os.environ.get("PYTEST_ADDOPTS", ""),
            [str(item.nodeid) for item in session.items],
            {name: digest_of(directory / name) for name in files_of(session.items, directory, config.rootpath)},
            any(getattr(config.option, option, False) for option in _REMEMBERS),
        )
    )


def _is_searched(directory: Path) -> bool:
    """True if modules are looked for in it, by whatever name: a symlink may lead there."""
    return os.path.realpath(directory) in {os.path.realpath(each) for each in sys.path if isinstance(each, str)}
