"""What the operating system gives to both sides: the module of the system that this is, picked once.

::

    _linux.py   _macos.py   _windows.py    what each of them has of its own
        `-- _posix.py --'                  what the first two have
    _unforked.py                           what a fork would share, on all but Linux: nobody asks
    _another.py                            every other system: nothing can be isolated there

Nothing outside of the packages called ``system`` asks which system it is. Each name below is a function, or a constant,
of every module here, whose docstring says on which documented behaviour it relies. What only workers need is in
``isolated_async_workers/system``, what only the user's terminal needs in ``isolated_async/terminal/system``.
"""

from __future__ import annotations

import sys

if sys.platform == "linux":
    from . import _linux as _own
    from . import _linux as _shared
    from . import _posix as _family
elif sys.platform == "darwin":
    from . import _macos as _own
    from . import _posix as _family
    from . import _unforked as _shared
elif sys.platform == "win32":
    from . import _unforked as _shared
    from . import _windows as _family
    from . import _windows as _own
else:
    from . import _another as _family
    from . import _another as _own
    from . import _unforked as _shared

#: Why nothing can be isolated here, or None.
why_unsupported = _own.why_unsupported
#: Why a process that has run code of a suite must not be forked here; empty if it may.
WHY_NO_FORKS = _own.WHY_NO_FORKS
#: Why no process hands a descriptor to another one, so that there is neither zygote nor relay; empty if they do.
WHY_NO_DESCRIPTORS = _family.WHY_NO_DESCRIPTORS

#: With which the host asks a worker where it stands, ends a stage whose time is up, and ends a worker; and with which
#: it asks one whose time is not up, and which must not be disturbed.
DUMP_SIGNAL = _own.DUMP_SIGNAL
INTERRUPT_SIGNAL = _own.INTERRUPT_SIGNAL
KILL_SIGNAL = _family.KILL_SIGNAL
LOOK_SIGNAL = _own.LOOK_SIGNAL
#: What well-known exit statuses of a crash mean.
STATUS_NAMES = _family.STATUS_NAMES

usable_cpus = _own.usable_cpus
monotonic = _family.monotonic
usage_clock = _family.usage_clock
peak_rss_bytes = _family.peak_rss_bytes
fork = _family.fork
reap = _family.reap
reap_any = _family.reap_any
call_at_fork = _family.call_at_fork
continue_group = _family.continue_group

open_anonymous_file = _own.open_anonymous_file
open_shared_file = _own.open_shared_file
open_by_name = _family.open_by_name
open_stream = _family.open_stream
read_at = _family.read_at
write_at = _family.write_at
unread_bytes = _family.unread_bytes
set_blocking = _family.set_blocking
connected_pair = _own.connected_pair
send_descriptors = _family.send_descriptors
receive_descriptors = _family.receive_descriptors
new_selector = _family.new_selector
new_poll = _family.new_poll
READABLE = _family.READABLE
WRITABLE = _family.WRITABLE

#: What a fork of this process would break, or share.
count_threads = _shared.count_threads
child_processes = _shared.child_processes
open_descriptors = _shared.open_descriptors
target_of = _shared.target_of
name_of_process = _shared.name_of_process
arguments_of_process = _shared.arguments_of_process
#: In what ``target_of`` says of the descriptor of an event loop.
EVENT_LOOP = _own.EVENT_LOOP
