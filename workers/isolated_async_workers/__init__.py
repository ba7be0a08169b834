"""The worker side of isolated-async: zygote, worker, clean loop, built-in runner, and the wire.

Nothing here imports from ``isolated_async`` (the host side). The host imports only ``wire`` from here.
"""
