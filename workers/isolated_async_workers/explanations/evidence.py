"""What was noted while a case ran, for whoever explains its failure.

::

    Origins --place_of--.
    NeverAwaited --------+--> Evidence --> classic_errors (why), forgotten (perhaps why)
    LoopErrors ----------'
"""

from __future__ import annotations

from collections.abc import Callable

from ..leaks.loop_errors import DestroyedTask
from ..leaks.never_awaited import Unawaited
from ..places import Place
from ..wire.light_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where to ask.

    Attributes:
        place_of: where a thing was made, if that is known.
        never_awaited: the coroutines of this test that have gone without having run, so far.
        destroyed_tasks: the tasks that have gone before they were done, so far.
    """

    place_of: Callable[[object], Place | None]
    never_awaited: Callable[[], list[Unawaited]]
    destroyed_tasks: Callable[[], list[DestroyedTask]]
