"""The ini option that says whether a zygote warms up before it forks: the host declares it, the zygote reads it."""

from __future__ import annotations

WARM_UP = "isolated_loop_warm_up"
WARM_UP_HELP = (
    "Before many tests, let the zygote run a throw-away case and make Python's own functions immortal (default yes)."
)
