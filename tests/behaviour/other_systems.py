"""What a suite writes as ``sitecustomize.py`` to have all processes of its run take this system for another one.

The modules of that system are then the ones that run, all of the way. Only ``sys.platform`` is changed, and only while
they are chosen; nothing of theirs or of ours is replaced.
"""

from __future__ import annotations

from .fake_windows import FAKES

_CHOOSE = """

def choose(name):
    here, sys.platform = sys.platform, name
    import isolated_async_workers.system, isolated_async_workers.wire.system
    import isolated_async.processes.system, isolated_async.terminal.system
    sys.platform = here
"""

#: macOS: without what Linux alone has. Its ``kqueue``, of which the ends of processes are wanted, is made of Linux's
#: descriptors of processes, and its two signals get the numbers of two others.
MACOS = f"""
# The loops' selectors are those of this system.
import os, select, selectors, signal, sys

pidfd_open = os.pidfd_open
for name in ("memfd_create", "pidfd_open", "sched_getaffinity", "waitid"):
    delattr(os, name)
del signal.SIGRTMAX
signal.SIGINFO, signal.SIGEMT = signal.SIGUSR1, signal.SIGUSR2
select.KQ_FILTER_PROC = select.KQ_EV_ADD = select.KQ_EV_ONESHOT = select.KQ_NOTE_EXIT = 0

class kevent:
    def __init__(self, ident, *_):
        self.ident = ident

class kqueue:
    def __init__(self):
        self._epoll = select.epoll()
        self._of = {{}}

    def fileno(self):
        return self._epoll.fileno()

    def close(self):
        self._epoll.close()
        for descriptor in self._of:
            os.close(descriptor)

    def control(self, changes, most):
        for each in changes or ():
            descriptor = pidfd_open(each.ident)
            self._of[descriptor] = each
            self._epoll.register(descriptor, select.EPOLLIN)
        return [self._of[descriptor] for descriptor, _ in self._epoll.poll(maxevents=most)] if most else []

select.kevent, select.kqueue = kevent, kqueue
{_CHOOSE}
choose("darwin")
"""

#: Without the modules and functions of which Python's documentation says "Unix".
_WITHOUT_UNIX = f"""
# What the standard library takes from there, it has taken.
import asyncio, faulthandler, multiprocessing, os, select, selectors, signal, socket, subprocess, sys, tempfile, time
{{before}}
for name in ("fcntl", "resource", "termios", "pwd", "grp", "asyncio.unix_events"):
    sys.modules[name] = None
del asyncio.unix_events
for owner, names in {{{{
    os: "fork forkpty register_at_fork waitid wait3 wait4 wait killpg getpgid setpgid getpgrp setsid getsid pread "
        "pwrite sched_getaffinity memfd_create pidfd_open set_blocking posix_spawn tcgetpgrp tcsetpgrp WNOHANG P_ALL",
    time: "clock_gettime CLOCK_MONOTONIC",
    select: "poll POLLIN epoll",
    selectors: "PollSelector EpollSelector",
    socket: "send_fds recv_fds",
    signal: "SIGKILL SIGUSR1 SIGUSR2 SIGRTMAX SIGTTOU pthread_sigmask SIG_BLOCK",
    faulthandler: "register",
}}}}.items():
    for name in names.split():
        delattr(owner, name)
{_CHOOSE}
"""
ANOTHER = f"{_WITHOUT_UNIX.format(before='')}\nchoose('sunos5')\n"

#: Windows, as its documentation has it, and as far as it can be made of what Linux has.
_WINDOWS = f"{_WITHOUT_UNIX.format(before=FAKES)}\nchoose('win32')\ndel sys.modules['msvcrt']\n"
# No code of the user's, who would be told that it has made what is left.
WINDOWS = f"exec(compile({_WINDOWS!r}, '<frozen windows>', 'exec'))\n"
