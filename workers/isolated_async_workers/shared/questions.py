"""Where a test, or another shared fixture, gets the value of a shared fixture from: from the host.

::

    pytest sets up the fixture --> SharedValueWanted --> host: has it, or has it set up
                               <-- SharedValue -----------'
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any

import pytest

from ..pytest_private import item_of
from ..result_channel import ResultChannel
from ..wire.messages import SharedValue, SharedValueWanted
from ..wire.shared_definitions import SharedDefinition, SharedDefinitions
from ..wire.value_text import load


class SharedQuestions:
    """Answers for one worker; ``key_of`` gives node id and occurrence of a test."""

    def __init__(
        self, definitions: SharedDefinitions, channel: ResultChannel, key_of: Callable[[pytest.Item], tuple[str, int]]
    ) -> None:
        self._channel = channel
        self._key_of = key_of
        definitions.answer = self._answer

    def _answer(self, definition: SharedDefinition, request: Any) -> object:
        __tracebackhide__ = True
        item = item_of(request)
        self._channel.send(SharedValueWanted(definition.id, *self._key_of(item)))
        answer = self._channel.receive_shared_value(definition.id)
        if answer is None:
            pytest.fail(f"shared fixture {definition.name!r} cannot be had any more: the run ends", pytrace=False)
        for stage, title, text in answer.sections:
            item.add_report_section(stage, title, text)
        return _value(definition, answer)


def _value(definition: SharedDefinition, answer: SharedValue) -> object:
    __tracebackhide__ = True
    match answer.outcome:
        case "skipped":
            pytest.skip(answer.text)
        case "xfailed":
            pytest.xfail(answer.text)
        case "exit":
            pytest.exit(answer.text)
        case "failed":
            pytest.fail(answer.text, pytrace=False)
    try:
        return load(answer.value)
    except Exception:  # noqa: BLE001 - the classes of the value are a user's
        trace = traceback.format_exc()
    pytest.fail(f"the value of shared fixture {definition.name!r} cannot be loaded here\n\n{trace}", pytrace=False)
