"""Which of the workers that run at the same time this one is."""

from __future__ import annotations

import pytest

#: In the stash of the configuration, from when the worker is told what to do: a number from 0 on that no other worker
#: of this machine has meanwhile. Of N workers at a time, N numbers are used.
SLOT = pytest.StashKey[int]()
