"""How a worker leaves, whatever has happened in it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from . import broken_protocol, untouched
from .reserved_descriptors import report_crash
from .wire.last_words import FAILED, OUT_OF_MEMORY
from .wire.shared_page import SharedPage

#: Exit status of a worker that failed before it could speak to the host.
_FAILED = 70


@contextlib.contextmanager
def leaving_as_worker(page: SharedPage) -> Iterator[None]:
    """Leave the process at the end of the block; if it raises, the last words and the crash file tell why."""
    status = 0
    try:
        yield
    except MemoryError:
        status = _FAILED
        page.leave(OUT_OF_MEMORY)
    except BaseException as error:  # noqa: BLE001 - there is no frame of ours above this one
        status = _FAILED
        page.leave(FAILED)
        report_crash(broken_protocol.describe(error))
    finally:
        # Neither atexit handlers nor buffers that this process inherited are its own. And whatever the test has
        # patched, this must not go on as a second zygote.
        untouched.leave(status)
