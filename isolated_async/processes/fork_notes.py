"""What the end of a run says of how its workers came to be."""

from __future__ import annotations


def describe_found_late(modules: dict[str, str]) -> list[str]:
    """Lines for modules that were found not to be safe to fork, and what their imports leave, after the header."""
    return [f"{module} was not forked either, its import leaves {left}" for module, left in modules.items()]


def describe_forks(no_forks: str, threads: int) -> list[str]:
    """Lines for the user; none where all went as the header says.

    Args:
        no_forks: why forks were refused; empty if they were not.
        threads: of the process that forks.
    """
    if no_forks:
        return [
            f"spawned, not forked: in the process that forks, {no_forks}, and a lock that one of them holds would stay "
            "locked in every worker; --isolated-loop-start=fork forks all the same"
        ]
    if threads > 1:
        return [
            f"the process that forks the workers has {threads} threads: what the suite imports starts them, and a lock "
            "that one of them holds at the fork stays locked in the worker"
        ]
    return []
