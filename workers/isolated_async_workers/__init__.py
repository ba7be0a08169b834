"""The worker side of isolated-async: zygote, worker, clean loop, built-in runner, and the wire.

PYTEST_DONT_REWRITE: our asserts are for us, and a fresh zygote imports this package before pytest starts.

Nothing here imports from ``isolated_async`` (the host side). The host imports only ``wire`` from here.
"""
