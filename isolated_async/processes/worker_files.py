"""What the host and one worker share beside their socket: in memory, or by pipes.

::

    host                                   worker
    ----                                   ------
    capture files  <---- memory -------->  stdout, stderr   pytest's own capture; read here if it dies
    pipes          <--------------------   live stdout/err  what nobody captures (-s)
    crash file     <---- memory -------->  faulthandler

All of it is handed over with the worker's fork; or, where no descriptors are handed over, all of it is in files that
the worker opens by their names, live output too.
"""

from __future__ import annotations

import contextlib
import os

from isolated_async_workers.wire.system import open_shared_file, open_stream

from .anonymous_file import read_whole

_READ_BYTES = 256 * 1024
#: More than a pipe holds when its writer is dead; a writer that is faster than we are must not keep us.
_READS_AT_ONCE = 64
#: Of a dead worker's captured output the report shows at most this many bytes, the last ones.
_MAX_SHOWN_BYTES = 1024 * 1024


class WorkerFiles:
    """Of one worker."""

    def __init__(self) -> None:
        """Raises OSError, and leaves nothing open, if this process has no descriptors left."""
        with contextlib.ExitStack() as opened:
            self._stdout, stdout_name = _closed_by(opened, open_shared_file("stdout"))
            self._stderr, stderr_name = _closed_by(opened, open_shared_file("stderr"))
            live_stdout, remote_stdout, live_stdout_name = _closed_by_both(opened, open_stream("live-stdout"))
            live_stderr, remote_stderr, live_stderr_name = _closed_by_both(opened, open_stream("live-stderr"))
            self._crash, crash_name = _closed_by(opened, open_shared_file("crash"))
            opened.pop_all()
        self.live = {1: live_stdout, 2: live_stderr}
        #: By which the worker opens what it is not handed, in the order of :attr:`handed_over`; empty where it is.
        self.names = [stdout_name, stderr_name, live_stdout_name, live_stderr_name, crash_name]
        #: True if live output has to be looked for: it comes in files.
        self.has_live_files = remote_stdout is None or remote_stderr is None
        self._remote_ends = [end for end in (remote_stdout, remote_stderr) if end is not None]
        #: The descriptors of the worker's ends, in the order of ``WorkerDescriptors`` after the channel.
        self.handed_over = (
            self._stdout,
            self._stderr,
            live_stdout if remote_stdout is None else remote_stdout,
            live_stderr if remote_stderr is None else remote_stderr,
            self._crash,
        )

    def close_remote_ends(self) -> None:
        """After the zygote has its copies: close what only the worker may hold open."""
        for descriptor in self._remote_ends:
            os.close(descriptor)

    def read_live(self, stream: int) -> tuple[bytes, bool]:
        """The uncaptured output of ``stream`` (1 or 2) that has arrived, and whether there will never be more.

        A file has an end now, and may have another one later.
        """
        chunks: list[bytes] = []
        try:
            for _ in range(_READS_AT_ONCE):
                data = os.read(self.live[stream], _READ_BYTES)
                if not data:
                    return b"".join(chunks), not self.has_live_files
                chunks.append(data)
        except BlockingIOError:
            pass
        return b"".join(chunks), False

    def captured(self, limit: int = _MAX_SHOWN_BYTES) -> tuple[str, str]:
        """What the capture files hold now, the last ``limit`` bytes: the output of the worker's current stage."""
        return read_whole(self._stdout, limit), read_whole(self._stderr, limit)

    def crash_text(self) -> str:
        """What faulthandler wrote."""
        return read_whole(self._crash, _MAX_SHOWN_BYTES)

    def forget_crash_text(self) -> None:
        """Empty the file that faulthandler writes to; both processes have the same place in it."""
        os.ftruncate(self._crash, 0)
        os.lseek(self._crash, 0, os.SEEK_SET)

    def close(self) -> None:
        """Close everything of the host's; the worker must be gone."""
        for descriptor in (self._stdout, self._stderr, self._crash, *self.live.values()):
            os.close(descriptor)


def _closed_by(opened: contextlib.ExitStack, file: tuple[int, str]) -> tuple[int, str]:
    opened.callback(os.close, file[0])
    return file


def _closed_by_both(opened: contextlib.ExitStack, stream: tuple[int, int | None, str]) -> tuple[int, int | None, str]:
    for end in stream[:2]:
        if end is not None:
            opened.callback(os.close, end)
    return stream
