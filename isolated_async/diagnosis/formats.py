"""What a diagnosis says: as text for people, as JSON for programs."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from isolated_async_workers.wire.conflict_pages import page
from isolated_async_workers.wire.probes import Change

from .checks import MODE
from .findings import Checked, Diagnosis, Polluters, Remainder

#: Of the JSON format; raised when a name changes its meaning or goes away.
_SCHEMA = 1
#: The page about tests that pass without having run.
_GREEN = "green-without-running"
#: Polluters that are named one by one.
_MOST_LINES = 20
#: Tests that are named in one line.
_MOST_TOGETHER = 3
_UNSEEN = "what is left behind could not be looked at: {}"
_OPTION = f"--isolated-loop-mode={MODE}"


def as_text(found: Diagnosis) -> str:
    """The answer first, then what it rests on."""
    lines = [*_answer(found), "", *_counts(found)]
    if found.is_green:
        lines += ["", f"more: {page(_GREEN)}"]
    if found.needed:
        lines += ["", *_remains(found.needed, "needed", "it fails again")]
    if found.polluters:
        lines += ["", *_remains(found.polluters[0], "the cause", "it passes"), *_others(found)]
    if found.in_process is not None or found.isolated is not None:
        lines += ["", *_commands(found)]
    notes = [*found.notes, *(f"left out, because nothing comes after it: {each}" for each in found.left_out)]
    if notes:
        lines += ["", *(f"note: {note}" for note in notes)]
    return "\n".join(lines) + "\n"


def _answer(found: Diagnosis) -> Iterator[str]:
    match found.verdict:
        case "found":
            first = found.polluters[0]
            yield f"{found.test} fails {'when this is collected with it:' if first.by_import else 'after'}"
            yield from (f"    {each}" for each in _first(first.tests))
            if first.causes:
                yield f"which {'leaves' if len(first.tests) == 1 else 'leave'} this behind:"
            yield from (f"    {_told(each)}" for each in first.causes)
        case "fails alone":
            yield from _fails_alone(found)
        case "passes":
            yield f"{found.test} does not fail in company{_but(found)}"
        case "not found":
            company = " in company" if found.company.failed else ""
            yield f"{found.test} fails{company}, and it was not found after which tests: {found.problem}"
        case "broken off":
            yield f"{found.test}: broken off"
            if found.candidates:
                yield f"it fails after {_together(found.candidates)}"


def _fails_alone(found: Diagnosis) -> Iterator[str]:
    if not found.is_helped:
        yield f"{found.test} fails alone: {found.problem or 'company is not why'}"
    elif found.needed:
        yield f"{found.test} fails alone, and passes after"
        yield from (f"    {each}" for each in _first(found.needed.tests))
        what = "this leaves" if len(found.needed.tests) == 1 else "these leave"
        yield f"it needs what {what}{':' if found.needed.causes else ''}"
        yield from (f"    {_told(each)}" for each in found.needed.causes)
    else:
        yield f"{found.test} fails alone, and passes in company: it needs what other tests leave"
        argument = shlex.quote(found.argument)
        yield f"which tests these are was not found: try it after some of them, pytest SOME {argument}"


def _but(found: Diagnosis) -> str:
    """What else is to be known of a test that passes."""
    if found.is_green:
        return ": in process it is green without having run"
    return ", and fails isolated" if found.isolated is not None and found.isolated.fails else ""


def _first(tests: Sequence[str]) -> list[str]:
    return [*tests[:_MOST_LINES], *([f"... {len(tests)} in all"] if len(tests) > _MOST_LINES else [])]


def _together(tests: Sequence[str]) -> str:
    if len(tests) > _MOST_TOGETHER:
        return f"{len(tests)} tests, from {tests[0]} to {tests[-1]}"
    return " and ".join(tests)


def _told(remainder: Remainder) -> str:
    place = _place(remainder.change) if remainder.change else remainder.left.place
    return f"{remainder.left.what}{f' ({place})' if place else ''}"


def _place(change: Change) -> str:
    through = f", through {change.through}" if change.through else ""
    if change.file:
        return f"{change.file}:{change.line}, in {change.function}{through}"
    return f"in the {change.stage} of {change.test}{through}" if change.test else f"in the {change.stage}{through}"


def _counts(found: Diagnosis) -> Iterator[str]:
    yield f"alone: {found.alone.describe()}"
    if found.company.runs and found.before:
        before = "the test" if found.before == 1 else f"the {found.before} tests"
        yield f"after {before} before it: {found.company.describe()}"
    if found.needed:
        yield f"after {_what(found.needed.tests)}: {found.needed.count.describe()}"
    if found.polluters:
        first = found.polluters[0]
        yield f"{'with' if first.by_import else 'after'} {_what(first.tests)}: {first.count.describe()}"
    yield f"{_number(found.probes, 'probe')} and {_number(found.pytests, 'run')} of pytest, {found.seconds:.1f} s"


def _what(tests: Sequence[str]) -> str:
    return "what was found" if len(tests) > 1 else tests[0]


def _number(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"


def _remains(polluters: Polluters, cause: str, without: str) -> Iterator[str]:
    if polluters.unseen:
        yield _UNSEEN.format(polluters.unseen)
    elif not polluters.remains:
        yield "nothing was found that is left behind"
    for remainder in polluters.causes:
        yield f"{cause}: {remainder.left.what}"
        others = "" if len(polluters.causes) == 1 else ", with the other causes"
        yield f"    {without} if that is put back before it{others}"
        yield f"    mend: {remainder.mend}"
        if remainder.page:
            yield f"    more: {page(remainder.page)}"
    beside = [_told(each) for each in polluters.remains if not each.is_cause]
    if beside:
        yield (
            "also left behind:"
            if polluters.causes
            else "left behind, and nothing of it could be shown to be the cause:"
        )
    yield from (f"    {each}" for each in beside)
    if polluters.more:
        yield f"    and {polluters.more} more"


def _others(found: Diagnosis) -> Iterator[str]:
    for polluters in found.polluters[1:]:
        yield f"also after {_together(polluters.tests)}: {polluters.count.describe()}"
        yield from (f"    {_told(each)}" for each in polluters.causes)
    if found.has_more:
        yield "and after others, which were not looked for"


def _commands(found: Diagnosis) -> Iterator[str]:
    for title, check, option in (("to see it", found.in_process, ""), ("isolated", found.isolated, f"{_OPTION} ")):
        if check is not None:
            yield f"{title}: pytest {option}{shlex.join(check.arguments)}"
            ended = f"{check.outcome or 'did not end'} 1 of 1"
            yield f"    {check.problem or ended}"
    if not found.polluters:
        return
    if found.isolated is not None and found.isolated.outcome in ("passed", "xfailed", "xpassed", "skipped"):
        yield "    @isolated_loop on the test does the same for it alone"


def as_json(found: Diagnosis) -> str:
    """docs/how-to/diagnose.md tells what the names mean."""
    sets = [*found.polluters, *([found.needed] if found.needed else [])]
    plain = {
        "schema": _SCHEMA,
        "test": found.test,
        "verdict": found.verdict,
        "problem": found.problem,
        "alone": asdict(found.alone),
        "company": {**asdict(found.company), "tests": found.before},
        "candidates": list(found.candidates) if found.verdict == "broken off" else [],
        "polluters": [_polluters(each) for each in found.polluters],
        "needed": list(found.needed.tests) if found.needed else [],
        "needed_left_behind": [_remainder(each) for each in found.needed.remains] if found.needed else [],
        "has_more": found.has_more,
        "green": found.is_green,
        "in_process": _check(found.in_process, ()),
        "isolated": _check(found.isolated, (_OPTION,)),
        "left_out": found.left_out,
        "notes": [*found.notes, *(_UNSEEN.format(each.unseen) for each in sets if each.unseen)],
        "probes": found.probes,
        "pytests": found.pytests,
        "seconds": round(found.seconds, 3),
    }
    return json.dumps(plain, indent=2) + "\n"


def _polluters(polluters: Polluters) -> dict[str, Any]:
    return {
        "tests": list(polluters.tests),
        "by_import": polluters.by_import,
        "count": asdict(polluters.count),
        "left_behind": [_remainder(each) for each in polluters.remains],
        "more": polluters.more,
    }


def _remainder(remainder: Remainder) -> dict[str, Any]:
    change = remainder.change
    return {
        "kind": remainder.left.kind,
        "what": remainder.left.what,
        "is_cause": remainder.is_cause,
        "mend": remainder.mend,
        "page": page(remainder.page) if remainder.page else "",
        "file": change.file if change else "",
        "line": change.line if change else 0,
        "function": change.function if change else "",
        "through": change.through if change else "",
        "test": change.test if change else "",
        "stage": change.stage if change else "",
        "made_at": remainder.left.place,
    }


def _check(check: Checked | None, options: Sequence[str]) -> dict[str, Any] | None:
    if check is None:
        return None
    return {"arguments": [*options, *check.arguments], "outcome": check.outcome, "problem": check.problem}


FORMATS: dict[str, Callable[[Diagnosis], str]] = {"text": as_text, "json": as_json}
