"""What a process has once: environment, directories, search paths, warnings, logging, signals, settings."""

from __future__ import annotations

import contextlib
import contextvars
import decimal
import gc
import locale
import logging
import os
import signal
import socket
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

from .domain import MISSING, Domain, Setting, same
from .text import short

#: Pytest sets it for each test.
_OF_PYTEST = "PYTEST_CURRENT_TEST"
_STREAMS = ("stdin", "stdout", "stderr", "excepthook", "displayhook", "unraisablehook")


def domains_of_process() -> Iterator[Domain]:
    """All of them."""
    yield _Environment("environment", "os.environ", os.environ)
    yield Setting("directory", "the current directory", os.getcwd, os.chdir)
    for name in ("path", "meta_path", "path_hooks"):
        yield _list_setting("import-path", f"sys.{name}", lambda name=name: getattr(sys, name))  # type: ignore[misc]
    yield _list_setting("warnings", "warnings.filters", lambda: warnings.filters, warnings._filters_mutated)  # type: ignore[attr-defined]
    yield from _logging()
    yield _Signals("signal", "signal", {})
    for name in _STREAMS:
        yield Setting("stream", f"sys.{name}", lambda name=name: getattr(sys, name, MISSING), _setter(sys, name))  # type: ignore[misc]
    yield from _settings()
    yield _Context("context", "context variable", {})


def _list_setting(kind: str, name: str, get: Callable[[], Any], afterwards: Callable[[], object] = int) -> Setting:
    def put(value: Any) -> None:
        get()[:] = value
        afterwards()

    return Setting(kind, name, lambda: tuple(get()), put)


def _setter(owner: Any, name: str) -> Callable[[Any], None]:
    return lambda value: setattr(owner, name, value)


def _settings() -> Iterator[Setting]:
    """Of the process, or of the interpreter."""
    yield Setting("setting", "the default timeout of sockets", socket.getdefaulttimeout, socket.setdefaulttimeout)
    yield Setting("setting", "the locale", lambda: locale.setlocale(locale.LC_ALL), _set_locale)
    yield Setting("setting", "the umask", _umask, os.umask)
    yield Setting("setting", "the recursion limit", sys.getrecursionlimit, sys.setrecursionlimit)
    yield Setting("setting", "the switch interval of threads", sys.getswitchinterval, sys.setswitchinterval)
    yield Setting("setting", "the garbage collector", gc.isenabled, lambda on: gc.enable() if on else gc.disable())
    yield Setting(
        "setting", "the precision of decimals", lambda: decimal.getcontext().prec, _setter(decimal.getcontext(), "prec")
    )
    yield Setting("setting", "threading.excepthook", lambda: threading.excepthook, _setter(threading, "excepthook"))


def _set_locale(value: str) -> None:
    locale.setlocale(locale.LC_ALL, value)


def _umask() -> int:
    mask = os.umask(0o77)
    os.umask(mask)
    return mask


class _Environment(Domain):
    def content(self) -> dict[Any, Any]:
        return {name: value for name, value in os.environ.items() if name != _OF_PYTEST}


class _Signals(Domain):
    def content(self) -> dict[Any, Any]:
        return {number: self.read(number) for number in signal.valid_signals()}

    def read(self, key: Any) -> object:
        with contextlib.suppress(ValueError, OSError):
            return signal.getsignal(key)
        return MISSING

    def put(self, key: Any, value: Any) -> None:
        if value is not None and value is not MISSING:
            signal.signal(key, value)

    def name(self, key: Any) -> str:
        return f"the handler of {getattr(key, 'name', f'signal {key}')}"

    def key_of(self, piece: str) -> object:
        return next((key for key in self.content() if self.name(key) == piece), MISSING)


class _Context(Domain):
    """Context variables of what runs outside of tasks, by their names: one may get its first value only later."""

    def content(self) -> dict[Any, Any]:
        return {variable.name: value for variable, value in contextvars.copy_context().items()}

    def read(self, key: Any) -> object:
        return self.content().get(key, MISSING)

    def put(self, key: Any, value: object) -> None:
        variable = next(each for each in contextvars.copy_context() if each.name == key)
        if value is MISSING:
            value = contextvars.Context().run(variable.get)  # Its default: LookupError, if it has none.
        variable.set(value)

    def name(self, key: Any) -> str:
        return f"the context variable {key}"

    def key_of(self, piece: str) -> object:
        return piece.removeprefix("the context variable ")


def _logging() -> Iterator[Domain]:
    manager = logging.root.manager
    yield Setting("logging", "logging.disable", lambda: manager.disable, logging.disable)
    yield Setting(
        "logging", "logging.raiseExceptions", lambda: logging.raiseExceptions, _setter(logging, "raiseExceptions")
    )
    yield _Loggers("logging", "logger", {})


#: Of a logger that nobody has asked for anything.
_OF_NEW_LOGGER: dict[str, Any] = {"level": 0, "disabled": False, "propagate": True, "handlers": (), "filters": ()}


class _Loggers(Domain):
    """Level, handlers, filters and switches of each logger, as far as they are not those of a new one."""

    def content(self) -> dict[Any, Any]:
        keys = [(each, attribute) for each in _names_of_loggers() for attribute in _OF_NEW_LOGGER]
        return {key: value for key in keys if (value := self.read(key)) is not MISSING}

    def read(self, key: Any) -> object:
        logger, attribute = _logger(key[0]), key[1]
        value = MISSING if logger is None else vars(logger).get(attribute, MISSING)
        if isinstance(value, list):
            # What pytest captures with comes and goes.
            value = tuple(each for each in value if not _is_of_pytest(each))
        return MISSING if same(value, _OF_NEW_LOGGER[attribute]) else value

    def put(self, key: Any, value: Any) -> None:
        logger, attribute = logging.getLogger(key[0]), key[1]
        value = _OF_NEW_LOGGER[attribute] if value is MISSING else value
        if isinstance(value, tuple):
            getattr(logger, attribute)[:] = value
        elif attribute == "level":
            logger.setLevel(value)  # Which forgets for which levels loggers are known to be enabled.
        else:
            setattr(logger, attribute, value)

    def name(self, key: Any) -> str:
        logger, attribute = key
        return f"{attribute} of {f'the logger {logger}' if logger else 'the root logger'}"

    def key_of(self, piece: str) -> object:
        attribute, separator, logger = piece.partition(" of the ")
        if not separator or attribute not in _OF_NEW_LOGGER:
            return MISSING
        return ("" if logger == "root logger" else logger.removeprefix("logger ")), attribute

    def tell(self, key: Any, before: Any, now: Any) -> str:
        default = _OF_NEW_LOGGER[key[1]]
        before, now = (default if value is MISSING else value for value in (before, now))
        if key[1] == "level":
            return f"{self.name(key)} is {logging.getLevelName(now)}; it was {logging.getLevelName(before)}"
        return f"{self.name(key)} is {short(now)}; it was {short(before)}"


def _names_of_loggers() -> list[str]:
    return ["", *(name for name in logging.root.manager.loggerDict if name)]


def _logger(name: str) -> logging.Logger | None:
    """None if nobody has asked for it: it is not made by looking."""
    found = logging.root.manager.loggerDict.get(name) if name else logging.root
    return found if isinstance(found, logging.Logger) else None


def _is_of_pytest(handler: object) -> bool:
    return type(handler).__module__.startswith("_pytest")
