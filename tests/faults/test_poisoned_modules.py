"""A test that leaves the standard library patched: it is reported as it ended, and nobody else sees it."""

from __future__ import annotations

import textwrap

import pytest

from .fault import DIED_IN_CALL, DIED_IN_TEARDOWN, FAILED, PASSED, Fault, Outcome, check

IMPORTS = """
import asyncio, builtins, concurrent.futures, functools, inspect, io, json, linecache, logging, os, pickle, select
import selectors, signal, socket, struct, sys, threading, time, traceback, types, warnings, weakref

class Poisoned(Exception):
    pass

def poisoned(*arguments, **options):
    raise Poisoned

def poison(*modules):
    # Every function and class that has a name without an underscore.
    for module in modules:
        for name, value in list(vars(module).items()):
            if not name.startswith("_") and callable(value):
                setattr(module, name, poisoned)
"""


Reports = tuple[tuple[str, str], ...]

#: What pytest itself stumbles over where it ends the call, and again where it ends the teardown: so it does in process.
STUMBLED_TWICE = (("setup", "passed"), ("call", "failed"), ("teardown", "failed"))


def poisons(
    name: str, code: str, reports: Reports = PASSED, if_fails: Reports = FAILED, says: tuple[str, ...] = ()
) -> list[Fault]:
    """A test that leaves this behind and passes, and one that then fails."""
    body = textwrap.indent(textwrap.dedent(code).strip(), "    ")
    failing = f'{IMPORTS}\ndef test_fault():\n{body}\n    raise ValueError("the reason")\n'
    return [
        Fault(name, f"{IMPORTS}\ndef test_fault():\n{body}\n", reports),
        Fault(f"{name}_and_fails", failing, if_fails, says=("ValueError: the reason", *says)),
    ]


FAULTS = [
    *poisons("json", "poison(json, json.encoder, json.decoder); json.JSONEncoder = json.JSONDecoder = None"),
    *poisons("pickle", "poison(pickle)"),
    *poisons("struct", "poison(struct)"),
    *poisons(
        "os_write",
        "os.write = os.read = os.close = os.dup = os.dup2 = os.open = poisoned",
        STUMBLED_TWICE,
        STUMBLED_TWICE,
    ),
    *poisons("os_process", "os.getpid = os._exit = os.fork = os.kill = os.killpg = os.waitid = os.listdir = poisoned"),
    *poisons("os_path", "os.stat = os.lstat = os.getcwd = os.fspath = os.fsdecode = poisoned; poison(os.path)"),
    *poisons("time", "poison(time)"),
    *poisons("time_stands_still", "time.time = time.monotonic = time.perf_counter = lambda: 0.0"),
    *poisons("socket", "poison(socket); socket.socket = None"),
    *poisons("select", "poison(select, selectors)"),
    *poisons("threading", "poison(threading)"),
    *poisons("io", "poison(io)"),
    *poisons("warnings", "poison(warnings)"),
    *poisons("warning_filters", "warnings.filters[:] = [None]"),
    *poisons("traceback", "poison(traceback)"),
    *poisons("inspect", "poison(inspect)"),
    *poisons("linecache", "poison(linecache)"),
    *poisons("logging", "poison(logging); logging.root = None", STUMBLED_TWICE, STUMBLED_TWICE),
    *poisons("functools", "poison(functools)"),
    *poisons("signal", "poison(signal)"),
    *poisons("futures", "poison(concurrent.futures, concurrent.futures.thread)"),
    *poisons("asyncio", "for module in (asyncio, asyncio.events, asyncio.tasks): poison(module)"),
    *poisons("asyncio_is_none", "for name in list(vars(asyncio)): setattr(asyncio, name, None)"),
    *poisons("run_until_complete", "asyncio.BaseEventLoop.run_until_complete = asyncio.BaseEventLoop.close = poisoned"),
    *poisons("run_forever", "asyncio.BaseEventLoop.run_forever = asyncio.BaseEventLoop.call_soon = None"),
    *poisons(
        "policy",
        """
        class Broken(asyncio.DefaultEventLoopPolicy):
            get_event_loop = set_event_loop = new_event_loop = poisoned

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            asyncio.set_event_loop_policy(Broken())
        """,
    ),
    *poisons(
        "sys_functions",
        "sys.exit = sys.exc_info = sys._getframe = sys.getrefcount = poisoned",
        # Without exc_info, pytest cannot even say that a test has failed.
        if_fails=DIED_IN_CALL,
        says=("pytest could not go on during call: the test left sys.", "sys.exc_info"),
    ),
    *poisons("sys_hooks", "sys.excepthook = sys.unraisablehook = threading.excepthook = sys.displayhook = poisoned"),
    *poisons("sys_streams", "sys.stdout = sys.stderr = sys.__stdout__ = sys.__stderr__ = sys.stdin = None"),
    *poisons("sys_modules", "sys.modules.clear()"),
    *poisons("sys_modules_is_none", "for name in list(sys.modules): sys.modules[name] = None"),
    *poisons("sys_path", "sys.path.clear(); sys.meta_path.clear(); sys.path_hooks.clear()"),
    *poisons("environment", "os.environ.clear()"),
    # Pytest notes there which test it runs.
    *poisons("environment_is_none", "os.environ = None", DIED_IN_TEARDOWN, STUMBLED_TWICE),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_poisoned_modules(fault: Fault, outcome: Outcome) -> None:
    check(fault, outcome)
