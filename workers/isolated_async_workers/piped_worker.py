"""A spawned worker where no descriptor is handed to another process: it has two pipes, and files by their names.

::

    host ==(pipe: its standard input)==> CHANNEL  ==> piped worker: then as every spawned worker
         <=(pipe: its standard output)== ANSWERS  <==
         --names of files--> capture files, files of live output, crash file, the page: all opened here

The pipes leave the numbers 0 and 1 before anything of a suite is loaded. What the start of the interpreter has printed
before that (``sitecustomize``) goes before :data:`PREAMBLE`, and nobody reads it.
"""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from . import spawned_worker, untouched
from .last_resort import leaving_as_worker
from .reserved_descriptors import ANSWERS, CHANNEL, occupy
from .result_channel import ResultChannel
from .wire.descriptors import WorkerDescriptors
from .wire.framing import PREAMBLE
from .wire.shared_page import SharedPage
from .wire.system import open_by_name


def main(number: int, *names: str) -> NoReturn:
    """Be worker ``number``; ``names`` are those of the page, and then of what is in ``WorkerDescriptors``."""
    page, own = take_over_pipes(*names)
    with leaving_as_worker(page):
        spawned_worker.serve(number, page, own, ResultChannel(CHANNEL, ANSWERS))
    raise AssertionError("unreachable")


def take_over_pipes(page_name: str, *names: str) -> tuple[SharedPage, WorkerDescriptors]:
    """Be where a worker is that was handed its descriptors, and has put those that are its own in their places."""
    file = open_by_name(page_name)
    page = SharedPage(file)
    os.close(file)
    *files, crash = names
    # The host empties the crash file, and cannot move this process's place in it.
    own = WorkerDescriptors(*[os.dup(0), *map(open_by_name, files), open_by_name(crash, appending=True)])
    sys.stdout.flush()
    untouched.write(1, PREAMBLE)
    os.dup2(1, ANSWERS, inheritable=False)
    occupy(own)
    empty = os.open(os.devnull, os.O_RDONLY)
    # What is printed before pytest captures is shown if that was the end: so standard error goes on where it is.
    os.lseek(own.captured_stderr, 0, os.SEEK_END)
    for target, source in ((0, empty), (1, own.captured_stdout), (2, own.captured_stderr)):
        os.dup2(source, target)
    os.close(empty)
    for stream in (sys.stdout, sys.stderr):
        # The host writes it as it is to its own: the encoding of a pipe is the system's, and a console has UTF-8.
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    return page, own
