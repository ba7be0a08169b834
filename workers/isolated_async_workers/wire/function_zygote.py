"""The process that ``run_isolated`` keeps warm, and by what it is known among others: its command line."""

from __future__ import annotations

#: The module that it is started with.
FUNCTION_ZYGOTE = "isolated_async_workers.functions.zygote"
