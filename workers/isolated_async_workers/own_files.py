"""What a worker has open of its own, put in the place of what its pytest has opened or inherited.

No two workers share an open file of ours, nor does a worker share one with the host's terminal.
"""

from __future__ import annotations

import os
import sys

import pytest

from .copied_capture import copy_to
from .pytest_private import capture_files, faulthandler_file, files_in_memory
from .reserved_descriptors import keep_out_of_the_way, occupy
from .wire.descriptors import WorkerDescriptors
from .wire.system import open_anonymous_file


def take_over(config: pytest.Config, descriptors: WorkerDescriptors) -> None:
    """Put ``descriptors`` in their places, and close what is left of them."""
    occupy(descriptors)
    take_over_captured(config, descriptors)
    take_over_live(config, descriptors)


def take_over_captured(config: pytest.Config, descriptors: WorkerDescriptors) -> None:
    """Have pytest capture into files that the host can read if this process dies."""
    captured = {1: descriptors.captured_stdout, 2: descriptors.captured_stderr}
    for target, capture_file, _ in capture_files(config):
        if target in captured:
            os.dup2(captured[target], capture_file, inheritable=False)
    for stream, file in files_in_memory(config):
        copy_to(file, keep_out_of_the_way(captured[stream]))


def capture_for_nobody(config: pytest.Config) -> None:
    """Have pytest capture into files that nobody reads; a zygote that is a fork of the host has the host's."""
    for target, capture_file, _ in capture_files(config):
        if target != 0:
            own = open_anonymous_file("unread")
            os.dup2(own, capture_file, inheritable=False)
            os.close(own)


def take_over_live(config: pytest.Config, descriptors: WorkerDescriptors) -> None:
    """Let what is not captured go to the host, which shows it; close the originals of all ``descriptors``."""
    live = {0: os.open(os.devnull, os.O_RDONLY), 1: descriptors.live_stdout, 2: descriptors.live_stderr}
    for target, own in live.items():
        os.dup2(own, target)
    for target, _, saved in capture_files(config):
        os.dup2(live[target], saved, inheritable=False)
    of_faulthandler = faulthandler_file(config)
    if of_faulthandler is not None:
        os.dup2(live[2], of_faulthandler, inheritable=False)
    for descriptor in (live[0], *descriptors):
        os.close(descriptor)
    for original in (sys.__stdout__, sys.__stderr__):
        if original is not None and hasattr(original, "reconfigure"):
            # The host copies complete lines to the terminal while the test runs.
            original.reconfigure(line_buffering=True)
