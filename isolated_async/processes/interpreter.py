"""The command of a fresh interpreter that runs a part of us."""

from __future__ import annotations

import subprocess
import sys

from .import_path import current_directory, standard_library_first

#: Run by ``python -c`` with a module, how many entries of the path come first while we import, how many the path has,
#: these entries, the path, and the numbers and names of files that ``main`` of that module takes: a suite's own
#: ``json.py`` must not win.
_BOOTSTRAP = (
    "import sys, importlib; module, first, count = sys.argv[1], int(sys.argv[2]) + 4, int(sys.argv[3]); "
    "path, given = sys.argv[first:first+count], [int(n) if n.isdigit() else n for n in sys.argv[first+count:]]; "
    "sys.path[:] = sys.argv[4:first]; sys.argv[:] = ['pytest']; "
    "main = importlib.import_module(module).main; sys.path[:] = path; main(*given)"
)


def interpreter_command(module: str, *numbers: int) -> list[str]:
    """What starts ``main`` of this module, with these numbers, and what is added: numbers, or absolute names."""
    path = _path()
    with standard_library_first():
        first = _path()
    counts = [str(len(first)), str(len(path))]
    bootstrap = [sys.executable, *_flags(), "-c", _BOOTSTRAP, module, *counts, *first, *path]
    return [*bootstrap, *(str(number) for number in numbers)]


def _flags() -> list[str]:
    """Those of this interpreter: -O, -X utf8, warning filters and the like; and its path is safe in any case."""
    # Private, but multiprocessing starts its processes with it, and there is no other way to learn all of them.
    flags: list[str] = subprocess._args_from_interpreter_flags()  # type: ignore[attr-defined]
    return flags if sys.version_info < (3, 11) or "-P" in flags else ["-P", *flags]


def _path() -> list[str]:
    """``sys.path``, but for what is no text, and for a current directory that is gone: imports pass over these."""
    entries = (entry or current_directory() for entry in sys.path if isinstance(entry, str))
    return [entry for entry in entries if entry]
