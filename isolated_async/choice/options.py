"""The command line options, their ini twins, and the checked settings that come of them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TypeVar, cast

import pytest

from isolated_async_workers.wire.light_dataclass import dataclass
from isolated_async_workers.wire.system import WHY_NO_DESCRIPTORS, usable_cpus
from isolated_async_workers.wire.warm_up_setting import WARM_UP

from .allowed import LONGEST_TIMEOUT_S, is_dotted_name
from .marker import LEAKS, Leaks
from .option import Option, truth
from .start import STARTS, WHY_NOT_ALL

if TYPE_CHECKING:
    from .machine_specs import MachineSpec

Mode = Literal["marked", "async", "all", "off"]
_MODES = ("marked", "async", "all", "off")
Start = Literal["auto", "fork", "spawn"]
_STARTS: tuple[Start, ...] = ("auto", *STARTS)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the command line and the ini file say together.

    Attributes:
        mode: which tests are isolated.
        workers: cases in flight at the same time.
        timeout_s: limit in seconds of each stage of a case; None is no limit.
        timeouts_off: True if every limit is off, also those of markers.
        slow_s: seconds after which a test that still runs is named; None for never.
        leaks: what becomes of what a test leaves behind.
        loop_factory: dotted name of what makes the loops; empty for asyncio's own choice.
        start: how workers come to be; ``auto`` forks wherever that is safe.
        machines: others on which cases run as well.
        machines_unused: why those that were named are not among them; empty if they are.
    """

    mode: Mode
    workers: int
    timeout_s: float | None
    timeouts_off: bool
    slow_s: float | None
    leaks: Leaks
    loop_factory: str
    start: Start = "auto"
    machines: Sequence[MachineSpec] = ()
    machines_unused: str = ""


def _mode(text: str) -> Mode:
    if text not in _MODES:
        raise ValueError(f"one of {', '.join(_MODES)}")
    return cast(Mode, text)


def _leaks(text: str) -> Leaks:
    if text not in LEAKS:
        raise ValueError(f"one of {', '.join(LEAKS)}")
    return text


def _start(text: str) -> Start:
    if text not in _STARTS:
        raise ValueError(f"one of {', '.join(_STARTS)}{WHY_NOT_ALL}")
    return text


def _factory(text: str) -> str:
    if text and not is_dotted_name(text):
        raise ValueError("a dotted name, like uvloop.new_event_loop")
    return text


def _workers(text: str) -> int:
    if text == "auto":
        return usable_cpus()
    # Fewer digits than a thousand: more workers than that no machine runs at the same time.
    if not (text.isascii() and text.isdigit() and len(text) <= 3 and int(text) > 0):
        raise ValueError("a whole number from 1 to 999, or auto")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds <= LONGEST_TIMEOUT_S:
        raise ValueError("seconds (a month at most), or 0 for none at all")
    return seconds


def _machine(text: str) -> MachineSpec:
    # Imported here: a run that names no machine needs none of it.
    from .machine_specs import parse_spec

    return parse_spec(text)


_MODE = Option(
    "mode",
    "MODE",
    _mode,
    "marked",
    "Which tests run isolated: marked (default), async (those and every async test), all, or off "
    "(none, marked or not).",
)
_WORKERS = Option(
    "workers",
    "N|auto",
    _workers,
    "1",
    "How many isolated tests may run at the same time (default 1: same order, nothing concurrent); "
    "results are reported in collection order.",
)
_TIMEOUT = Option(
    "timeout",
    "SECONDS",
    _seconds,
    "",
    "Limit of each of setup, call and teardown of an isolated test; 0 turns every limit off, also the markers'.",
)
_SLOW = Option(
    "slow",
    "SECONDS",
    _seconds,
    "0",
    "Name an isolated test that still runs after so many seconds, and the line that it awaits, and again after as many "
    "(default 0: never).",
)
_LEAKS = Option(
    "leaks",
    "|".join(LEAKS),
    _leaks,
    "warn",
    "What an isolated test that leaves something behind (pending tasks, open loops and transports, threads, child "
    "processes, ...) gets: nothing, a warning each (default), or an error at teardown.",
)
_FACTORY = Option(
    "factory",
    "DOTTED.NAME",
    _factory,
    "",
    "What makes the event loop of an isolated test, for instance uvloop.new_event_loop.",
)
_START = Option(
    "start",
    "|".join(_STARTS),
    _start,
    "auto",
    "How worker processes come to be: fork (from a process that has collected the tests: milliseconds), spawn (each a "
    "fresh interpreter that imports its test by itself), or auto (default: fork wherever that is safe).",
)
_TX = Option(
    "tx",
    "[N*]SPEC",
    _machine,
    "",
    "Run isolated tests on this machine too, up to N (default 1) at the same time; may be given several times. An "
    "execnet spec, for instance 2*ssh=host//python=/venv/bin/python//chdir=/src. The code must be there already.",
)
_WARM_UP = Option(
    WARM_UP.removeprefix("isolated_loop_"),
    "true|false",
    truth,
    "true",
    "Before it forks workers for many tests, let the zygote run a throw-away case, and make Python's own functions "
    "immortal (default true).",
)
_OPTIONS = (_MODE, _WORKERS, _TIMEOUT, _SLOW, _LEAKS, _FACTORY, _START, _WARM_UP)


def add_options(parser: pytest.Parser) -> None:
    """Register the options and their ini twins."""
    group = parser.getgroup("isolated-loop", "isolated event loops")
    group.addoption(
        "--isolated-loop",
        action="store_true",
        dest="isolated_loop",
        help="Run every async test in a worker process of its own with a clean event loop "
        "(short for --isolated-loop-mode=async).",
    )
    group.addoption(
        _TX.flag, dest=_TX.ini, metavar=_TX.metavar, type=_TX.from_command_line, action="append", help=_TX.help
    )
    parser.addini(_TX.ini, help=f"{_TX.flag} as an ini option, one a line. {_TX.help}", type="linelist", default=[])
    for option in _OPTIONS:
        option.add(parser, group)


def read_settings(config: pytest.Config) -> Settings:
    """The settings of this run: the command line before the ini file.

    Raises:
        pytest.UsageError: an ini value is not allowed, or two options contradict each other.
    """
    mode: Mode = _MODE.value(config)
    if config.getoption("isolated_loop"):
        explicit = config.getoption(_MODE.ini)
        if explicit not in (None, "async"):
            raise pytest.UsageError(
                f"--isolated-loop means --isolated-loop-mode=async and contradicts --isolated-loop-mode={explicit}"
            )
        mode = "async"
    timeout = None if _no_timeout_given(config) else _TIMEOUT.value(config)
    _WARM_UP.settle(config)
    machines = _machines(config, mode)
    debugger = _needs_terminal(config) if machines else ""
    return Settings(
        mode,
        _WORKERS.value(config),
        timeout or None,
        timeouts_off=timeout == 0,
        slow_s=_SLOW.value(config) or None,
        leaks=_LEAKS.value(config),
        loop_factory=_FACTORY.value(config),
        start=_START.value(config),
        machines=[] if debugger else machines,
        machines_unused=debugger,
    )


def _machines(config: pytest.Config, mode: Mode) -> list[MachineSpec]:
    chosen: list[MachineSpec] | None = config.getoption(_TX.ini)
    if chosen is None:
        chosen = [_TX.from_ini(text) for text in config.getini(_TX.ini)]
    if not chosen or mode == "off":
        return []
    if WHY_NO_DESCRIPTORS:
        raise pytest.UsageError(f"{_TX.flag}: no other machine can be reached from here ({WHY_NO_DESCRIPTORS})")
    from .machine_specs import check_together

    try:
        check_together(chosen)
    except ValueError as error:
        raise pytest.UsageError(f"{_TX.flag}: {error}") from None
    if config.getoption("dist", "no") != "no":
        raise pytest.UsageError(f"{_TX.flag} does not go with the distribution of pytest-xdist (-n, --dist)")
    # An xdist worker gets no such option, but the same ini file.
    return [] if hasattr(config, "workerinput") else chosen


def _needs_terminal(config: pytest.Config) -> str:
    """The option by which a debugger is opened, which has a terminal on this machine only."""
    options = {"usepdb": "--pdb", "trace": "--trace"}
    return next((flag for name, flag in options.items() if config.getoption(name, False)), "")


def _no_timeout_given(config: pytest.Config) -> bool:
    return config.getoption(_TIMEOUT.ini) is None and config.getini(_TIMEOUT.ini) == ""
