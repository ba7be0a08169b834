"""When a worker may leave without anybody waiting for its end."""

from __future__ import annotations

import subprocess
import sys

#: In a process of its own: that of this test has threads of xdist's, and files that it needs.
PARTING = """
import os, socket, subprocess, sys, threading
from isolated_async_workers import parting, reserved_descriptors, system

reserved_descriptors.reserve()
out = os.dup(1)

def in_a_fork(do):
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        end = parting.Parting()
        do()
        leaves_nothing = end.close_what_is_left()
        is_open = True
        try:
            os.fstat(writer)
        except OSError:
            is_open = False
        os._exit(leaves_nothing + 2 * is_open)
    os.close(reader)
    os.close(writer)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])

def nothing(): ...

def child():
    subprocess.Popen(["sleep", "3"])

def grandchild():
    system.adopt_orphans()
    subprocess.run(["sh", "-c", "sleep 3 &"])

def thread():
    threading.Thread(target=threading.Event().wait, daemon=True).start()

def memory():
    globals()["much"] = bytearray(b"x" * parting._LITTLE_BYTES + b"x" * 2**20)

def memory_freed():
    memory()
    del globals()["much"]

def lost_channel():
    os.close(reserved_descriptors.CHANNEL)

def unknown_files():
    parting.open_descriptors = frozenset

def broken():
    parting.count_threads = None

cases = nothing, child, grandchild, thread, memory, memory_freed, lost_channel, unknown_files, broken
os.write(out, b" ".join(b"%d" % in_a_fork(do) for do in cases))
"""
CLOSED_AND_NOTHING = 1
OPEN_AND_SOMETHING = 2


def test_what_is_left() -> None:
    done = subprocess.run([sys.executable, "-c", PARTING], stdout=subprocess.PIPE, text=True, check=True)
    # Peak memory is what counts: it is what another test may not find.
    assert [int(each) for each in done.stdout.split()] == [CLOSED_AND_NOTHING, *[OPEN_AND_SOMETHING] * 8]
