"""What Linux has in the place of Windows, for the ``sitecustomize.py`` of a suite: see other_systems.py.

Job objects are made of sessions, Ctrl-Break of a signal to a process group, a file that goes with its last handle of
one whose name goes when it is opened a second time. A process that outlives the host does what the kernel does when
the handles of a process are closed.
"""

from __future__ import annotations

#: Run before what only Unix has is taken away.
FAKES = r"""
import _thread, atexit, ctypes, fcntl, struct, termios, types
from contextlib import suppress

BREAK, CONSOLE, KILL = signal.SIGUSR2, signal.SIGUSR1, signal.SIGKILL
getsid, kill, wait_for = os.getsid, os.kill, signal.sigwait
sigmask, BLOCK, SET = signal.pthread_sigmask, signal.SIG_BLOCK, signal.SIG_SETMASK
ioctl, FIONREAD = fcntl.ioctl, termios.FIONREAD

def members(session):
    found = set()
    for pid in filter(str.isdigit, os.listdir("/proc")):
        with suppress(OSError), open(f"/proc/{pid}/stat") as file:
            state, _, _, its_session = file.read().rpartition(") ")[2].split()[:4]
            if int(its_session) == session and state not in "ZX":
                found.add(int(pid))
    return found

CLOSES_JOBS = (
    "import os, sys, contextlib\n"
    "sessions = {int(line) for line in sys.stdin}\n"
    "for pid in filter(str.isdigit, os.listdir('/proc')):\n"
    "    with contextlib.suppress(OSError):\n"
    "        os.getsid(int(pid)) in sessions and os.kill(int(pid), 9)\n"
)

class Kernel32:
    def __init__(self):
        self.jobs, self.closes_jobs = {}, None

    def CreateJobObjectW(self, attributes, name):
        job = 4 * len(self.jobs) + 4
        self.jobs[job] = 0
        return job

    def SetInformationJobObject(self, job, kind, information, size):
        assert kind == 9 and size == 144 and information._obj.BasicLimitInformation.LimitFlags == 0x2000
        return 1

    def OpenProcess(self, access, inherit, pid):
        return pid

    def AssignProcessToJobObject(self, job, process):
        self.jobs[job] = process
        if self.closes_jobs is None:
            self.closes_jobs = subprocess.Popen(
                [sys.executable, "-ISc", CLOSES_JOBS], stdin=subprocess.PIPE, cwd="/", creationflags=0x200
            )
            self.closes_jobs.returncode = 0
        self.closes_jobs.stdin.write(b"%d\n" % process)
        self.closes_jobs.stdin.flush()
        return 1

    def TerminateJobObject(self, job, status):
        for pid in members(self.jobs[job]):
            with suppress(ProcessLookupError):
                kill(pid, KILL)
        return 1

    def QueryInformationJobObject(self, job, kind, information, size, written):
        told = information._obj
        if kind == 1:
            assert size == 48
            told.ActiveProcesses = len(members(self.jobs[job]))
        if kind == 3:
            pids = members(getsid(0) if job is None else self.jobs[job])
            told.NumberOfProcessIdsInList = len(pids)
            told.ProcessIdList[: len(pids)] = sorted(pids)
        return 1

    def GenerateConsoleCtrlEvent(self, event, group):
        assert event == 1
        for pid in members(group):
            with suppress(ProcessLookupError):
                kill(pid, CONSOLE if pid == group else BREAK)
        return 1

    def SetConsoleCtrlHandler(self, handler, add):
        sigmask(BLOCK, [CONSOLE])
        _thread.start_new_thread(self.call_in_new_thread, (handler, _thread.get_ident()))
        return 1

    def call_in_new_thread(self, handler, main):
        sigmask(BLOCK, [BREAK])
        while wait_for([CONSOLE]):
            assert not handler(1)
            signal.pthread_kill(main, BREAK)

    def PeekNamedPipe(self, handle, buffer, size, read, waiting, left):
        if select.select([handle], [], [], 0)[0]:
            waiting._obj.value = struct.unpack("i", ioctl(handle, FIONREAD, bytes(4)))[0]
            return waiting._obj.value
        return 1

    def CloseHandle(self, handle):
        return 1

kernel32 = Kernel32()
# Attributes of theirs are set, so they must be functions.
for name in [each for each in vars(Kernel32) if each[0].isupper()]:
    setattr(kernel32, name, lambda *arguments, call=getattr(kernel32, name): call(*arguments))
ctypes.WINFUNCTYPE = ctypes.CFUNCTYPE
ctypes.WinDLL = lambda name, use_last_error: kernel32
sys.modules["msvcrt"] = types.SimpleNamespace(get_osfhandle=int)

signal.SIGBREAK, signal.CTRL_BREAK_EVENT = BREAK, 1
SIGNALS = {signal.SIGABRT, signal.SIGFPE, signal.SIGILL, signal.SIGINT, signal.SIGSEGV, signal.SIGTERM, BREAK}
handle_signal = signal.signal
def handle_signal_of_windows(number, handler):
    if number not in SIGNALS:
        raise ValueError(f"there is no signal {number}")
    return handle_signal(number, handler)
signal.signal = handle_signal_of_windows

# Nothing but Ctrl-C interrupts it.
interruptible_sleep = time.sleep
def sleep(seconds):
    before = sigmask(BLOCK, [BREAK])
    try:
        interruptible_sleep(seconds)
    finally:
        sigmask(SET, before)
time.sleep = sleep

# Without sched_getaffinity.
os.process_cpu_count = os.cpu_count
# No launcher is between an environment's interpreter and its process here.
sys._base_executable = sys.executable
subprocess.CREATE_NEW_PROCESS_GROUP, subprocess._USE_POSIX_SPAWN = 0x200, False
begin, take_status = subprocess.Popen.__init__, subprocess.Popen._handle_exitstatus
def begin_with_flags(self, *arguments, creationflags=0, start_new_session=False, **options):
    begin(self, *arguments, start_new_session=bool(creationflags), **options)
def take_status_of_windows(self, *arguments, **options):
    take_status(self, *arguments, **options)
    if self.returncode is not None and self.returncode < 0:
        self.returncode = {signal.SIGABRT: 3, signal.SIGSEGV: 0xC0000005}.get(-self.returncode, -self.returncode)
subprocess.Popen.__init__ = begin_with_flags
subprocess.Popen._handle_exitstatus = take_status_of_windows

os.O_BINARY, os.O_TEMPORARY = 0, 1 << 40
open_file, temporary = os.open, set()
def open_as_on_windows(path, flags, mode=0o777, *, dir_fd=None):
    descriptor = open_file(path, flags & ~os.O_TEMPORARY, mode, dir_fd=dir_fd)
    if flags & os.O_TEMPORARY and flags & os.O_CREAT:
        temporary.add(path)
    elif flags & os.O_TEMPORARY:
        os.unlink(path)
    return descriptor
os.open = open_as_on_windows

@atexit.register
def unlink_those_never_opened():
    for path in temporary:
        with suppress(OSError):
            os.unlink(path)
"""
