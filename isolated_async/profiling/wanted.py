"""The options that ask for a profile, and their ini twins."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import pytest

from isolated_async_workers.wire.stages import PROFILE_OPTION

#: The name of the pytest plugin that is registered where one is wanted.
PROFILE_PLUGIN = "isolated-async-profile"
_FILE_OPTION = "isolated_loop_profile_json"
_FLAG_HELP = (
    "Tell at the end of the run where the time of isolated tests went: each stage of them, in the host, in the process "
    "that forks the workers, and in the worker. Every one of them with -vv, else the slowest."
)
_FILE_HELP = "Write that profile to this file, as JSON (implies --isolated-loop-profile)."
_TRUTHS = {**dict.fromkeys(("true", "yes", "on", "1"), True), **dict.fromkeys(("false", "no", "off", "0", ""), False)}


def add_profile_options(parser: pytest.Parser) -> None:
    """Register them."""
    group = parser.getgroup("isolated-loop")
    group.addoption("--isolated-loop-profile", dest=PROFILE_OPTION, action="store_true", help=_FLAG_HELP)
    parser.addini(PROFILE_OPTION, help=f"--isolated-loop-profile as an ini option: true or false. {_FLAG_HELP}")
    group.addoption(
        "--isolated-loop-profile-json", dest=_FILE_OPTION, metavar="FILE", type=_from_command_line, help=_FILE_HELP
    )
    parser.addini(_FILE_OPTION, help=f"--isolated-loop-profile-json as an ini option. {_FILE_HELP}")


def wanted_profile(config: pytest.Config) -> tuple[bool, Path | None]:
    """Whether a profile is wanted, and the file to write it to; from here on the option says the first of it.

    Raises:
        pytest.UsageError: an ini value is not allowed.
    """
    file: str | None = config.getoption(_FILE_OPTION)
    if file is None and (text := _ini(config, _FILE_OPTION)):
        file = _checked(_FILE_OPTION, text)
    is_wanted = bool(config.getoption(PROFILE_OPTION)) or _truth(_ini(config, PROFILE_OPTION)) or file is not None
    # Every process of ours has the option, but not all have the same ini file.
    setattr(config.option, PROFILE_OPTION, is_wanted)
    return is_wanted, None if file is None else Path(file)


def _ini(config: pytest.Config, name: str) -> str:
    return str(config.getini(name) or "")


def _truth(text: str) -> bool:
    try:
        return _TRUTHS[text.lower()]
    except KeyError:
        raise pytest.UsageError(
            f"ini option {PROFILE_OPTION}: invalid value {text!r}; allowed: true or false"
        ) from None


def _checked(name: str, text: str) -> str:
    try:
        return _file(text)
    except ValueError as error:
        raise pytest.UsageError(f"ini option {name}: invalid value {text!r}; allowed: {error}") from None


def _from_command_line(text: str) -> str:
    try:
        return _file(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"invalid value {text!r}; allowed: {error}") from None


def _file(text: str) -> str:
    """Its path, as a text: xdist sends the options to its workers."""
    # A test of the host may change the directory.
    path = os.path.abspath(text)
    if not text or os.path.isdir(path):
        raise ValueError("the path of a file to write, which is no directory")
    return path
