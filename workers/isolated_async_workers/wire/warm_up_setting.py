"""The name of the option that says whether a zygote warms up: the host settles it, the zygote reads it."""

from __future__ import annotations

WARM_UP = "isolated_loop_warm_up"
