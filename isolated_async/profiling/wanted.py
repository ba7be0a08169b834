"""The options that ask for a profile, and their ini twins."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from isolated_async_workers.wire.stages import PROFILE_OPTION

from ..choice.option import Option, truth

#: The name of the pytest plugin that is registered where one is wanted.
PROFILE_PLUGIN = "isolated-async-profile"


def _file(text: str) -> str:
    """Its path, as a text: xdist sends the options to its workers."""
    # A test of the host may change the directory.
    path = os.path.abspath(text)
    if not text or os.path.isdir(path):
        raise ValueError("the path of a file to write, which is no directory")
    return path


_PROFILE = Option(
    PROFILE_OPTION.removeprefix("isolated_loop_"),
    "",
    truth,
    "false",
    "Tell at the end of the run where the time of isolated tests went: each stage of them, in the host, in the process "
    "that forks the workers, and in the worker. Every one of them with -vv, else the slowest.",
)
_JSON = Option(
    "profile_json", "FILE", _file, "", "Write that profile to this file, as JSON (implies --isolated-loop-profile)."
)


def add_profile_options(parser: pytest.Parser) -> None:
    """Register them."""
    group = parser.getgroup("isolated-loop")
    group.addoption(_PROFILE.flag, dest=_PROFILE.ini, action="store_true", default=None, help=_PROFILE.help)
    _PROFILE.add_ini(parser)
    _JSON.add(parser, group)


def wanted_profile(config: pytest.Config) -> tuple[bool, Path | None]:
    """Whether a profile is wanted, and the file to write it to; from here on the option says the first of it.

    Raises:
        pytest.UsageError: an ini value is not allowed.
    """
    file = _JSON.value(config) if config.getoption(_JSON.ini) or config.getini(_JSON.ini) else None
    is_wanted = _PROFILE.value(config) or file is not None
    # Every process of ours has the option, but not all have the same ini file.
    setattr(config.option, PROFILE_OPTION, is_wanted)
    return is_wanted, None if file is None else Path(file)
