"""What the operating system gives to the worker side alone: the module of the system that this is, picked once.

::

    _linux.py   _macos.py -- _ps.py    who dies with whom, and whom a process leaves behind
        `-- _posix.py --'              what both have
    _linux_pages.py                    which memory a fork has copied, where there are forks
    _windows.py                        the same for workers that the host starts; what a zygote needs raises
    _another.py                        every other system: all of it raises

See ``wire/system``, which has what both sides need.
"""

from __future__ import annotations

import sys

if sys.platform == "linux":
    from . import _linux as _own
    from . import _posix as _family
elif sys.platform == "darwin":
    from . import _macos as _own
    from . import _posix as _family
elif sys.platform == "win32":
    from . import _windows as _family
    from . import _windows as _own
else:
    from . import _another as _family
    from . import _another as _own

#: Who dies with whom.
follow_parent = _own.follow_parent
adopt_orphans = _own.adopt_orphans
wait_for_zygote = _own.wait_for_zygote
open_end = _own.open_end
close_end = _own.close_end
children = _own.children
children_of_all_threads = _own.children_of_all_threads
left_behind = _own.left_behind
has_children = _own.has_children
has_ended = _own.has_ended
command_of = _own.command_of

#: Processes.
fork = _family.fork
CHILD_SIGNAL = _family.CHILD_SIGNAL
lead_group = _family.lead_group
group_of = _family.group_of
signal_group = _family.signal_group
wait_with_usage = _family.wait_with_usage
peak_rss = _family.peak_rss
PEAK_RSS_UNIT_BYTES = _own.PEAK_RSS_UNIT_BYTES
die_by = _family.die_by
may_have_loops = _own.may_have_loops
reread_time_zone = _family.reread_time_zone

#: What the host asks for while a test runs, and says.
dump_threads_when_asked = _family.dump_threads_when_asked
answer_when_asked = _family.answer_when_asked
wake_for_signals = _family.wake_for_signals
has_news = _family.has_news
call_at_news = _family.call_at_news
receive_lent = _family.receive_lent
transports = _family.transports

#: Descriptors and files.
descriptor_limit = _family.descriptor_limit
duplicate_above = _family.duplicate_above

#: Memory.
private_memory = _family.private_memory
writable_pages = _own.writable_pages
copied_pages = _own.copied_pages
to_copy = _own.to_copy
copy_pages = _own.copy_pages
MEMORY_LIMITS = _family.MEMORY_LIMITS
get_limit = _family.get_limit
set_limit = _family.set_limit
