"""The commands that do again what a comparison has found.

They are for the directory in which the comparison was started, and for a POSIX shell.
"""

from __future__ import annotations

import os
import shlex
from collections.abc import Mapping, Sequence

from isolated_async_workers.wire.light_dataclass import dataclass

from .runs import Run
from .sides import IN_PROCESS, MODES, SIDES, WHOLE

_PYTEST = ("python", "-m", "pytest")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a comparison was asked for.

    Attributes:
        arguments: of pytest.
        mode: which tests are isolated.
        command: the whole command line of the comparison.
        root: the directory that node ids are relative to; empty for this one.
        chosen: of the arguments, those that are files, directories and node ids.
        for_terminal: True if the report is printed on a terminal.
    """

    arguments: tuple[str, ...] = ()
    mode: str = MODES[0]
    command: tuple[str, ...] = ()
    root: str = ""
    chosen: tuple[str, ...] = ()
    for_terminal: bool = False

    def suite_on(self, side: str) -> str:
        """The suite, as one run of this side does it."""
        return shlex.join([*_PYTEST, *self.arguments, WHOLE, *self._options_of(side)])

    def around_a_test(self, side: str) -> tuple[str, str]:
        """What stands before and behind a test to run it alone on this side."""
        return f"{shlex.join(_PYTEST)} ", f" {shlex.join([*self._options, *self._options_of(side)])}"

    @property
    def around_a_diagnosis(self) -> tuple[str, str]:
        """What stands before and behind the node id of a test of which is to be found out what it fails after."""
        arguments = f" -- {shlex.join(self.arguments)}" if self.arguments else ""
        return "isolated-async diagnose ", arguments

    def path_of(self, file: str) -> str:
        """The file of a node id, from the directory in which the commands are run."""
        return os.path.relpath(os.path.join(self.root, file)).replace(os.sep, "/")

    @property
    def _options(self) -> list[str]:
        """The arguments without what they choose: a test that is named takes its place."""
        return options_of(self.arguments, self.chosen)

    def _options_of(self, side: str) -> list[str]:
        return SIDES[side].options_for(self.mode) if side in SIDES else []


#: Of a comparison that nobody asked for: the tests of what makes use of one.
NOTHING = Asked()


def asked(
    command: Sequence[str],
    arguments: Sequence[str],
    mode: str,
    recorded: Mapping[str, Sequence[Run]],
    for_terminal: bool,
) -> Asked:
    """With what one of the ``recorded`` runs says of itself."""
    runs = [run for of_side in recorded.values() for run in of_side]
    begun = next((run for run in runs if run.root), Run(IN_PROCESS.name, 0))
    return Asked(tuple(arguments), mode, tuple(command), begun.root, begun.chosen, for_terminal)


def options_of(arguments: Sequence[str], chosen: Sequence[str]) -> list[str]:
    """The ``arguments`` of pytest without those that are files, directories and node ids: the ``chosen`` ones."""
    options = list(arguments)
    for each in chosen:
        if (at := _place_of(each, options)) is not None:
            del options[at]
    return options


def _place_of(chosen: str, options: Sequence[str]) -> int | None:
    """Where this stands as an argument of its own, rather than as the value of the option before it."""
    places = [at for at, option in enumerate(options) if option == chosen]
    on_its_own = [at for at in places if at == 0 or not options[at - 1].startswith("-")]
    return next(iter([*on_its_own, *reversed(places)]), None)
