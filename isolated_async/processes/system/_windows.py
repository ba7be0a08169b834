"""A process group and a job object: Microsoft's documentation of the functions that are named here. Untested there.

Guarantees, by "Job Objects" and "SetInformationJobObject":

* what a process of the job starts is in the job, and cannot leave it;
* when the host ends, however that happens, Windows closes its handle of the job, and with that ends all of it
  (JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE).

A worker is assigned to its job when it exists already, and runs nothing of a suite before it has read its first
message, which the host sends after that: so it need not be created suspended.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import subprocess
import sys
from ctypes import byref, c_int, c_int64, c_size_t, c_uint32, c_uint64, c_void_p, sizeof
from typing import Any

assert sys.platform == "win32"  # What follows is checked for that alone.

#: winnt.h: access rights, JOBOBJECTINFOCLASS, limit flags; wincon.h: the event.
_PROCESS_TERMINATE, _PROCESS_SET_QUOTA = 0x0001, 0x0100
_BASIC_ACCOUNTING_INFORMATION, _EXTENDED_LIMIT_INFORMATION = 1, 9
_KILL_ON_JOB_CLOSE = 0x2000
_CTRL_BREAK_EVENT = 1
#: The exit status of what is ended with its job.
_ENDED = 1


#: What ``sys.executable`` starts: itself, or what a launcher starts in its place.
_INTERPRETER: str = sys._base_executable  # type: ignore[attr-defined]


class _Accounting(ctypes.Structure):
    """JOBOBJECT_BASIC_ACCOUNTING_INFORMATION."""

    _fields_ = (
        *((name, c_int64) for name in ("TotalUserTime", "TotalKernelTime")),
        *((name, c_int64) for name in ("ThisPeriodTotalUserTime", "ThisPeriodTotalKernelTime")),
        *((name, c_uint32) for name in ("TotalPageFaultCount", "TotalProcesses")),
        *((name, c_uint32) for name in ("ActiveProcesses", "TotalTerminatedProcesses")),
    )


class _BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_ = (
        ("PerProcessUserTimeLimit", c_int64),
        ("PerJobUserTimeLimit", c_int64),
        ("LimitFlags", c_uint32),
        ("MinimumWorkingSetSize", c_size_t),
        ("MaximumWorkingSetSize", c_size_t),
        ("ActiveProcessLimit", c_uint32),
        ("Affinity", c_size_t),
        ("PriorityClass", c_uint32),
        ("SchedulingClass", c_uint32),
    )


class _ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

    _fields_ = (
        ("BasicLimitInformation", _BasicLimits),
        ("IoInfo", c_uint64 * 6),
        *((name, c_size_t) for name in ("ProcessMemoryLimit", "JobMemoryLimit")),
        *((name, c_size_t) for name in ("PeakProcessMemoryUsed", "PeakJobMemoryUsed")),
    )


_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)


def _function(name: str, *arguments: Any, returns: Any = c_int) -> Any:
    function = getattr(_kernel32, name)
    function.argtypes, function.restype = arguments, returns
    return function


_create_job = _function("CreateJobObjectW", c_void_p, c_void_p, returns=c_void_p)
_set_job = _function("SetInformationJobObject", c_void_p, c_int, c_void_p, c_uint32)
_query_job = _function("QueryInformationJobObject", c_void_p, c_int, c_void_p, c_uint32, c_void_p)
_assign = _function("AssignProcessToJobObject", c_void_p, c_void_p)
_terminate_job = _function("TerminateJobObject", c_void_p, c_uint32)
_open_process = _function("OpenProcess", c_uint32, c_int, c_uint32, returns=c_void_p)
_send_event = _function("GenerateConsoleCtrlEvent", c_uint32, c_uint32)
_close_handle = _function("CloseHandle", c_void_p)


def hear_of_ended_children() -> None:
    """Nothing: nobody can ignore them here."""


def own_interpreter(command: list[str]) -> list[str]:
    """The command with the interpreter itself, where this one was started by the launcher of a virtual environment.

    The launcher would start the interpreter as a process of its own, in a job of its own, perhaps before ours is there.
    ``multiprocessing.popen_spawn_win32`` does the same (bpo-35797).
    """
    program, *arguments = command
    return [_INTERPRETER if program == sys.executable else program, *arguments]


def start_options() -> dict[str, Any]:
    """Of ``subprocess.Popen``. Ctrl-C does not reach such a group, and Ctrl-Break alone can be sent to it."""
    # What the launcher tells the interpreter, so that it finds the virtual environment.
    launched = {} if sys.executable == _INTERPRETER else {"__PYVENV_LAUNCHER__": sys.executable}
    return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP, "env": {**os.environ, **launched}}


class Job:
    """A process started with these options, and all that it starts from now on."""

    def __init__(self, pid: int) -> None:
        """Raises OSError if there is no job to be had, or the process cannot be assigned to one."""
        self._pid = pid
        self._handle = _checked(_create_job(None, None))
        with contextlib.ExitStack() as undone:
            undone.callback(self.close)
            limits = _ExtendedLimits()
            limits.BasicLimitInformation.LimitFlags = _KILL_ON_JOB_CLOSE
            _checked(_set_job(self._handle, _EXTENDED_LIMIT_INFORMATION, byref(limits), sizeof(limits)))
            # Its number is its own for as long as somebody has a handle of it: Popen has one.
            process = _checked(_open_process(_PROCESS_TERMINATE | _PROCESS_SET_QUOTA, False, pid))
            try:
                _checked(_assign(self._handle, process))
            finally:
                _close_handle(process)
            undone.pop_all()

    def ask(self, question: int) -> None:
        """Have the process look at the page where the question stands: Ctrl-Break for its group, if there is a console.

        "Only those processes in the group that share the same console as the calling process receive the signal": so do
        the child processes of a test, and those that do not handle it end.
        """
        _send_event(_CTRL_BREAK_EVENT, self._pid)

    def kill(self) -> None:
        """End every process of it."""
        _terminate_job(self._handle, _ENDED)

    def count(self) -> int:
        """How many processes of it run."""
        accounting = _Accounting()
        _query_job(self._handle, _BASIC_ACCOUNTING_INFORMATION, byref(accounting), sizeof(accounting), None)
        return int(accounting.ActiveProcesses)

    def peak_bytes(self) -> int:
        """The most memory that one of its processes has had."""
        limits = _ExtendedLimits()
        _query_job(self._handle, _EXTENDED_LIMIT_INFORMATION, byref(limits), sizeof(limits), None)
        return int(limits.PeakProcessMemoryUsed)

    def close(self) -> None:
        """Let go of it: what still runs in it ends."""
        handle, self._handle = self._handle, None
        if handle is not None:
            _close_handle(handle)


def _checked(result: Any) -> Any:
    if not result:
        raise ctypes.WinError(ctypes.get_last_error())
    return result
