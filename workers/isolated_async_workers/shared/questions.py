"""Where a test, or another shared fixture, gets the value of a shared fixture from: from the host.

::

    pytest sets up the fixture --> SharedValueWanted --> host: has it, or has it set up
                               <-- SharedValue -----------'
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ..pytest_private import item_of
from ..result_channel import ResultChannel
from ..wire.messages import SharedValue, SharedValueWanted
from ..wire.shared_definitions import SharedDefinition, SharedDefinitions


class SharedQuestions:
    """Answers for one worker; ``key_of`` gives node id and occurrence of a test."""

    def __init__(
        self, definitions: SharedDefinitions, channel: ResultChannel, key_of: Callable[[pytest.Item], tuple[str, int]]
    ) -> None:
        self._channel = channel
        self._key_of = key_of
        definitions.answer = self._answer

    def _answer(self, definition: SharedDefinition, request: Any) -> SharedValue:
        __tracebackhide__ = True
        self._channel.send(SharedValueWanted(definition.id, *self._key_of(item_of(request))))
        answer = self._channel.receive_shared_value(definition.id)
        if answer is None:
            pytest.fail(f"shared fixture {definition.name!r} cannot be had any more: the run ends", pytrace=False)
        return answer
