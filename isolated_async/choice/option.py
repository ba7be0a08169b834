"""An option of the command line, and the ini option of the same name: one check for both."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import pytest

from isolated_async_workers.wire.light_dataclass import dataclass

_TRUTHS = {**dict.fromkeys(("true", "yes", "on", "1"), True), **dict.fromkeys(("false", "no", "off", "0", ""), False)}


@dataclass(frozen=True, slots=True)
class Option:
    """What is given on the command line, else in the ini file, else ``default``.

    ``parse`` makes a value of a text, or raises ValueError with what is allowed.
    """

    name: str
    metavar: str
    parse: Callable[[str], Any]
    default: str
    help: str

    @property
    def flag(self) -> str:
        return f"--isolated-loop-{self.name.replace('_', '-')}"

    @property
    def ini(self) -> str:
        return f"isolated_loop_{self.name}"

    def add(self, parser: pytest.Parser, group: pytest.OptionGroup) -> None:
        """Register both."""
        group.addoption(self.flag, dest=self.ini, metavar=self.metavar, type=self.from_command_line, help=self.help)
        self.add_ini(parser)

    def add_ini(self, parser: pytest.Parser) -> None:
        """Register the one of the ini file."""
        parser.addini(self.ini, help=f"{self.flag} as an ini option. {self.help}", default=self.default)

    def from_command_line(self, text: str) -> Any:
        try:
            return self.parse(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"invalid value {text!r}; allowed: {error}") from None

    def value(self, config: pytest.Config) -> Any:
        """What was chosen.

        Raises:
            pytest.UsageError: the ini file has something else.
        """
        chosen = config.getoption(self.ini)
        if chosen is not None:
            return chosen
        return self.from_ini(str(config.getini(self.ini)))

    def settle(self, config: pytest.Config) -> Any:
        """The same; from here on the option of the command line says it, which each of our processes has."""
        chosen = self.value(config)
        setattr(config.option, self.ini, chosen)
        return chosen

    def from_ini(self, text: str) -> Any:
        try:
            return self.parse(text)
        except ValueError as error:
            raise pytest.UsageError(f"ini option {self.ini}: invalid value {text!r}; allowed: {error}") from None


def truth(text: str) -> bool:
    """Raises ValueError for what is neither."""
    try:
        return _TRUTHS[text.lower()]
    except KeyError:
        raise ValueError("true or false") from None
