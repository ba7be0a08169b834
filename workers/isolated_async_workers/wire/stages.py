"""What a profile calls the stages of a case that its worker tells of, and by what both sides know that one is wanted.

::

    forked     prepare, wait, begin,         setup, report, call, report, teardown, wind-up, report, exit
    spawned    load, wait, collect, prepare, setup, ...
    in a group                               setup, ...                   teardown, report, wait, begin, setup, ...

Each lasts until the next one begins, so that there is no time between them.
"""

from __future__ import annotations

#: The name of the option, by which the worker side knows as well: true if each worker is to tell of its stages.
PROFILE_OPTION = "isolated_loop_profile"

#: A spawned worker loads pytest, plugins and conftests, before it knows its case.
LOAD = "load"
#: A spawned worker imports the module of its case.
COLLECT = "collect"
#: A worker becomes ready for its case.
PREPARE = "prepare"
#: It waits until the host has a case for it.
WAIT = "wait"
#: It has its case; nothing of that has run.
BEGIN = "begin"
SETUP = "setup"
CALL = "call"
TEARDOWN = "teardown"
#: The last finalizer has run: loops are closed, leaks are looked for.
WIND_UP = "wind-up"
#: Reports are made, serialised and written.
REPORT = "report"
#: The last word is said, and the process leaves; that of a group may stay for the next case.
EXIT = "exit"

OF_WORKERS = (LOAD, COLLECT, PREPARE, WAIT, BEGIN, SETUP, CALL, TEARDOWN, WIND_UP, REPORT, EXIT)
