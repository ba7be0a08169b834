"""What a comparison says, in each format."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

from isolated_async_workers.wire.light_dataclass import dataclass

from ..tally import Tally
from .data import as_json
from .junit import as_junit
from .text import as_text

#: Of the project, with what some formats need.
_EXTRA = "report"


@dataclass(frozen=True, slots=True)
class Format:
    """One of them.

    Attributes:
        render: the whole report.
        needs: the modules that it imports, which the plugin itself does not need.
    """

    render: Callable[[Tally], str]
    needs: tuple[str, ...] = ()

    @property
    def problem(self) -> str:
        """Why there can be no such report here; empty if there can."""
        missing = [module for module in self.needs if find_spec(module) is None]
        if not missing:
            return ""
        are = "is" if len(missing) == 1 else "are"
        return f"{', '.join(missing)} {are} not installed: pip install 'isolated-async[{_EXTRA}]'"


def _as_table(compared: Tally) -> str:
    from .table import as_table  # Needs what not everybody has.

    return as_table(compared)


def _as_html(compared: Tally) -> str:
    from .page import as_html  # Needs what not everybody has, which takes its time to import.

    return as_html(compared)


FORMATS: dict[str, Format] = {
    "text": Format(as_text),
    "table": Format(_as_table, ("rich",)),
    "html": Format(_as_html, ("jinja2", "altair", "vl_convert")),
    "json": Format(as_json),
    "junit": Format(as_junit),
}


def usual_format(is_terminal: bool) -> str:
    """The one that nobody has to ask for: for people, as well as it can be done here."""
    return "table" if is_terminal and not FORMATS["table"].problem else "text"
