"""The ways to run a suite that are compared."""

from __future__ import annotations

from importlib.util import find_spec

from isolated_async_workers.wire.light_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Side:
    """One way.

    Attributes:
        name: by which it is asked for and told.
        options: of pytest; ``{mode}`` stands for which tests are isolated.
        needs: the module without which pytest has no such options; empty if none.
    """

    name: str
    options: tuple[str, ...]
    needs: str = ""

    @property
    def problem(self) -> str:
        """Why it cannot be run here; empty if it can."""
        return f"{self.needs} is not installed" if self.needs and find_spec(self.needs) is None else ""

    @property
    def isolates(self) -> bool:
        """True if tests are isolated there, of what there are."""
        return any("{mode}" in option for option in self.options)

    def options_for(self, mode: str) -> list[str]:
        """With this mode of isolated-async, where tests are isolated."""
        return [option.format(mode=mode) for option in self.options]


def _isolated(workers: str, *more: str) -> tuple[str, ...]:
    return ("--isolated-loop-mode={mode}", f"--isolated-loop-workers={workers}", *more)


#: Of pytest: whole suites are compared, whatever the ini file and the arguments say of ``-x``.
WHOLE = "--maxfail=0"
_OFF = "--isolated-loop-mode=off"
IN_PROCESS = Side("in-process", (_OFF,))
SIDES = {
    side.name: side
    for side in (
        IN_PROCESS,
        Side("isolated", _isolated("1")),
        Side("isolated-2", _isolated("2")),
        Side("isolated-auto", _isolated("auto")),
        Side("spawn", _isolated("1", "--isolated-loop-start=spawn")),
        Side("xdist", (_OFF, "-n", "2"), "xdist"),
        Side("forked", (_OFF, "--forked"), "pytest_forked"),
    )
}
DEFAULT = "isolated"
#: Which tests are isolated on the sides that isolate some.
MODES = ("async", "all", "marked")
