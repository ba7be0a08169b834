"""The objects that there are in this process, whoever holds them."""

from __future__ import annotations

import gc
from typing import Any


def objects_of(kind: Any) -> list[Any]:
    """Every object of this class, or of these, that is not frozen; a look at all objects, which takes its time.

    Their types are asked: a lazy object may run code to say what it is, and a proxy of what is gone raises.
    """
    return [each for each in gc.get_objects() if issubclass(type(each), kind)]
