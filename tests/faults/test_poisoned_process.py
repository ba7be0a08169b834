"""A test that leaves the state of its process changed: its verdict is its own, and nobody else sees it."""

from __future__ import annotations

import textwrap

import pytest

from .fault import DIED_IN_CALL, FAILED, PASSED, Fault, Outcome, check

IMPORTS = """
import atexit, ctypes, faulthandler, gc, locale, os, resource, signal, sys, threading, time

def nothing(*arguments):
    pass

def broken(*arguments):
    raise RuntimeError("left behind")

def limit(what, soft):
    resource.setrlimit(what, (soft, resource.getrlimit(what)[1]))
"""


def leaves(name: str, code: str) -> list[Fault]:
    """A test that leaves this behind and passes, and one that then fails."""
    body = textwrap.indent(textwrap.dedent(code).strip(), "    ")
    failing = f'{IMPORTS}\nasync def test_fault(tmp_path):\n{body}\n    raise ValueError("the reason")\n'
    return [
        Fault(name, f"{IMPORTS}\ndef test_fault(tmp_path):\n{body}\n", PASSED),
        Fault(f"{name}_and_fails", failing, FAILED, says=("ValueError: the reason",)),
    ]


FAULTS = [
    *leaves("directory_deleted", "os.chdir(tmp_path); os.rmdir(tmp_path)"),
    *leaves("umask", "os.umask(0o777)"),
    *leaves("trace", "sys.settrace(nothing); threading.settrace(nothing)"),
    *leaves("profile", "sys.setprofile(nothing); threading.setprofile(nothing)"),
    *leaves("switch_interval", "sys.setswitchinterval(100)"),
    *leaves("no_garbage_collection", "gc.disable(); gc.set_threshold(0)"),
    *leaves("frozen_garbage", "gc.freeze()"),
    *leaves("garbage_kept", "gc.set_debug(gc.DEBUG_SAVEALL)"),
    *leaves("broken_gc_callback", "gc.callbacks.append(broken)"),
    *leaves(
        "every_signal_ignored",
        """
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, signal.SIG_IGN)
        """,
    ),
    *leaves(
        "every_signal_handled",
        """
        for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(number, broken)
        """,
    ),
    *leaves("every_signal_blocked", "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())"),
    *leaves(
        "alarm_in_the_air", "signal.signal(signal.SIGALRM, nothing); signal.setitimer(signal.ITIMER_REAL, 0.01, 0.01)"
    ),
    *leaves("wakeup_descriptor", "signal.set_wakeup_fd(-1)"),
    *leaves("faulthandler_disabled", "faulthandler.disable(); faulthandler.cancel_dump_traceback_later()"),
    *leaves("locale", 'locale.setlocale(locale.LC_ALL, "C.UTF-8"); os.environ["TZ"] = "Asia/Tokyo"; time.tzset()'),
    *leaves("environment_replaced", "os.environ.clear(); os.environ.update(LANG='xx', PATH='', HOME='/nowhere')"),
    *leaves("nice", "os.nice(5); os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})"),
    *leaves("no_more_processes", "limit(resource.RLIMIT_NPROC, 0)"),
    *leaves("no_more_descriptors", "limit(resource.RLIMIT_NOFILE, 3)"),
    *leaves("no_larger_files", "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); limit(resource.RLIMIT_FSIZE, 0)"),
    *leaves("no_core", "limit(resource.RLIMIT_CORE, 0)"),
    *leaves("little_stack", "threading.stack_size(32768); limit(resource.RLIMIT_STACK, 65536)"),
    *leaves("another_group", "os.setpgid(0, os.getpgid(os.getppid()))"),
    *leaves("another_session", "os.setpgid(0, os.getpgid(os.getppid())); os.setsid()"),
    *leaves("another_user", "os.setgroups([]), os.setgid(65534), os.setuid(65534) if os.getuid() == 0 else None"),
    *leaves("hanging_exit_handler", "atexit.register(time.sleep, 1000); atexit.register(broken)"),
    *leaves("hanging_thread", "threading.Thread(target=time.sleep, args=(1000,), daemon=True).start()"),
    *leaves(
        "parent_death_signal",
        """
        PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER, PR_SET_NAME = 1, 36, 15
        for option in (PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER):
            ctypes.CDLL(None).prctl(option, 0, 0, 0, 0)
        ctypes.CDLL(None).prctl(PR_SET_NAME, b") Z 1 (", 0, 0, 0)
        """,
    ),
    *leaves("audit_hook", "sys.addaudithook(nothing)"),
    *(
        # What it raises in the next function that is called, pytest's own, is how the test ends.
        Fault(
            f"broken_{function}",
            f"{IMPORTS}\ndef test_fault():\n    sys.{function}(broken)\n",
            FAILED,
            says=("RuntimeError: left behind",),
        )
        for function in ("settrace", "setprofile")
    ),
    Fault(
        "hangs_in_another_group",
        """
        import os, time
        from isolated_async import isolated_loop

        @isolated_loop(timeout=0.2)
        def test_fault():
            os.setpgid(0, os.getpgid(os.getppid()))
            while True:
                try:
                    time.sleep(1000)
                except BaseException:
                    pass
        """,
        DIED_IN_CALL,
        says=("Timeout: call took longer than 0.2 s",),
    ),
    Fault(
        "recursion_limit",
        """
        import inspect, sys

        def test_fault():
            sys.setrecursionlimit(len(inspect.stack(0)) + 20)
        """,
        PASSED,
    ),
    Fault(
        "recursion_limit_and_fails",
        """
        import inspect, sys

        def test_fault():
            sys.setrecursionlimit(len(inspect.stack(0)) + 20)
            raise ValueError("the reason")
        """,
        FAILED,
        says=("ValueError: the reason",),
    ),
    Fault(
        "hidden_child",
        """
        import ctypes, os, time

        def test_fault():
            # Nobody adopts its orphans any more but the zygote.
            ctypes.CDLL(None).prctl(36, 0, 0, 0, 0)
            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    time.sleep(1000)
                os._exit(0)
            os.wait()
        """,
        PASSED,
    ),
    Fault(
        "unraisable",
        """
        import sys, threading, pytest

        class Broken:
            def __del__(self):
                raise RuntimeError("in a finalizer")

        @pytest.mark.filterwarnings("ignore")
        def test_fault():
            sys.unraisablehook = threading.excepthook = sys.excepthook = lambda *arguments: 1 / 0
            Broken()
            thread = threading.Thread(target=lambda: 1 / 0)
            thread.start()
            thread.join()
        """,
        PASSED,
    ),
]


@pytest.mark.parametrize("fault", FAULTS, ids=str)
def test_poisoned_process(fault: Fault, outcome: Outcome) -> None:
    check(fault, outcome)
