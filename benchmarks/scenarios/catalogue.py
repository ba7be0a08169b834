"""All scenarios, in the order of the results."""

from __future__ import annotations

from benchmarks.scenarios import calls, heavy, leaks, many, module, off, peers, spawn, stages, start, trivial, waiting

SCENARIOS = {
    module_.SCENARIO.name: module_.SCENARIO
    for module_ in (peers, trivial, stages, start, waiting, heavy, many, module, spawn, off, leaks, calls)
}
