"""How the zygote of a ``unittest`` run comes by its tests.

::

    host --fork--> serve_forked: the very tests that the host has loaded
    host --CollectTests--> fresh interpreter, import_suite: imports them by their names
"""

from __future__ import annotations

import importlib.util
import os
import pkgutil
import socket
import sys
import unittest
import warnings
from typing import NoReturn

from .. import system
from ..forked_worker import ForkedWorkers
from ..keeper import follow_a_keeper
from ..suite import Suite
from ..wire.control_socket import ControlSocket
from ..wire.messages import CollectTests
from ..zygote import Zygote, leaving
from .collection import make_suite

#: Of the module that the host has as ``__main__``, while it is imported: what asks for that name starts no run.
_NAME_OF_MAIN = "__mp_main__"


def serve_forked(
    request: CollectTests, tests: list[unittest.TestCase], connected: socket.socket, host: int
) -> NoReturn:
    """Be the zygote from here on, in a process that the host ``host`` has just forked, with these of its tests."""
    control = ControlSocket(connected)
    with leaving(control):
        system.lead_group()
        follow_a_keeper(control, host)
        # Whoever runs the tests may have redirected these to what only the host can read.
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        Zygote(control, ForkedWorkers(make_suite(request, tests), basetemp="")).serve()
    raise AssertionError("unreachable")


def import_suite(request: CollectTests) -> Suite:
    """In a fresh interpreter: the tests that ``request`` names.

    Raises:
        Exception: whatever an import raises.
    """
    os.chdir(request.directory)
    if not sys.warnoptions:
        # As unittest's own runner does; a forked zygote has the filters of the host.
        warnings.simplefilter("default")
    if request.main:
        _import_main(request.main)
    return make_suite(request, [_find(*names) for _, *names in request.tests])


def _find(module: str, class_name: str, method: str) -> unittest.TestCase | None:
    # What fails in the import is to be heard of.
    pkgutil.resolve_name(f"{module}:")
    try:
        return pkgutil.resolve_name(f"{module}:{class_name}")(method)  # type: ignore[no-any-return]
    except (AttributeError, ValueError):
        return None  # A class made in a function, a method that something else has added: this test is refused.


def _import_main(file: str) -> None:
    spec = importlib.util.spec_from_file_location(_NAME_OF_MAIN, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["__main__"] = sys.modules[_NAME_OF_MAIN] = module
    spec.loader.exec_module(module)
    for value in vars(module).values():
        if isinstance(value, type) and value.__module__ == _NAME_OF_MAIN:
            # By the name that the host knows, and that pickle finds.
            value.__module__ = "__main__"
