"""What coverage has measured in the workers, put into the data of the Coverage object that measures the host.

::

    CoverageMeasured <-- worker        kept here, context by context --at the end of the tests--> CoverageData

So whoever reports (coverage, pytest-cov) finds it there before it reports, and no file lies about for it.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from isolated_async_workers.wire.current_coverage import current_coverage
from isolated_async_workers.wire.messages import CoverageMeasured


class CoverageMerge:
    """Collects the measurements of one session."""

    def __init__(self) -> None:
        #: By context and kind of measurement (True for arcs, False for lines), then by file: flat numbers.
        self._measured: dict[tuple[str, bool], dict[str, set[Any]]] = defaultdict(lambda: defaultdict(set))
        self._tracers: dict[str, str] = {}

    def take(self, message: CoverageMeasured) -> None:
        """Keep it.

        Raises:
            ValueError: it is nothing that coverage measures.
        """
        # A worker that names the plugin of a file has measured nothing by that, neither lines nor arcs.
        for name, numbers in message.files.items():
            if not isinstance(numbers, list) or not all(type(each) is int for each in numbers):
                raise ValueError(f"what was measured in {name!r} is not a list of line numbers")
            file = self._measured[message.context, message.arcs][name]
            file.update(zip(numbers[::2], numbers[1::2], strict=True) if message.arcs else numbers)
        self._tracers.update({str(name): str(tracer) for name, tracer in message.tracers.items()})

    def hand_over(self) -> list[str]:
        """Put everything into the data of the Coverage object of this process, if that still measures.

        Returns what the end of the run has to say of it: nothing, if coverage has taken it.
        """
        current = current_coverage()
        if current is None or not self._measured:
            return []
        try:
            self._add_to(current.get_data())
        except Exception as error:  # noqa: BLE001 - whatever coverage raises must not cost the reports of the tests
            return [f"coverage does not take what isolated tests have run: {type(error).__name__}: {error}"]
        finally:
            self._measured.clear()
        return []

    def _add_to(self, data: Any) -> None:
        before = None
        try:
            for number, ((context, arcs), files) in enumerate(self._measured.items()):
                # Not by CoverageData.update: by what is added coverage tells one worker's file of xdist from another's.
                previous = data.set_context(context)
                before = previous if number == 0 else before
                (data.add_arcs if arcs else data.add_lines)(files)
        finally:
            data.set_context(before)
        known = data.measured_files()
        data.add_file_tracers({name: tracer for name, tracer in self._tracers.items() if name in known})
