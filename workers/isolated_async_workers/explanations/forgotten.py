"""What a test has forgotten before it failed: coroutines that nobody awaited, and tasks that were destroyed.

Nobody can tell whether that is why it failed, so no more is said than what is known, and nothing about what the
failure itself has left behind: a coroutine that goes with the statement that fails, or that a later line awaits.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..leaks.coroutine_origin import CoroutineOrigin
from ..leaks.findings import Kind
from ..places import frames_of
from ..wire.printed import printed
from .error_tree import whole_tree
from .evidence import Evidence
from .explanation import Explanation, text_of
from .waiting_coroutines import named_in

_ABOUT = "If the failure is about what it was to do, this is why."


def explain_perhaps(error: BaseException, evidence: Evidence) -> str | None:
    """What may be why a test failed with ``error``; None if nothing was forgotten."""
    tasks = list(dict.fromkeys(f"{each.what}{each.origin}" for each in evidence.destroyed_tasks()))
    made = {each.origin.made for each in evidence.destroyed_tasks()}
    # A task that never ran leaves a coroutine that never ran.
    coroutines = [what for what, origin in _coroutines(error, evidence) if origin.made not in made]
    explanations = []
    if coroutines:
        explanations.append(
            Explanation(
                f"A coroutine was made and not awaited, so its body has not run. {_ABOUT}",
                tuple(coroutines),
                "put `await` before the call, or close() the coroutine if it is not needed.",
                "never-awaited",
            )
        )
    if tasks:
        explanations.append(
            Explanation(
                "A task was destroyed before it was done: nothing referred to it any more, or its loop was closed "
                f"first. {_ABOUT}",
                tuple(tasks),
                Kind.DESTROYED.advice,
                "task-destroyed",
            )
        )
    return text_of(explanations)


def _coroutines(error: BaseException, evidence: Evidence) -> Iterator[tuple[str, CoroutineOrigin]]:
    errors = list(whole_tree(error))
    failing = {(frame.f_code.co_filename, lineno) for each in errors for frame, lineno in frames_of(each.__traceback__)}
    for each in evidence.never_awaited():
        # What a library makes, it may know how to do without.
        if each.origin.is_of_user and (each.gone is None or (each.gone.filename, each.gone.lineno) not in failing):
            yield f"{each.what}{each.origin}", each.origin
    for each_error in errors:
        for coroutine in named_in(printed(each_error)):
            origin = CoroutineOrigin.of(coroutine)
            yield f"coroutine '{coroutine.__qualname__}'{origin}", origin
