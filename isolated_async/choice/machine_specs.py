"""Where cases run: ``[N*]SPEC``, in the grammar of execnet and pytest-xdist, read and checked.

::

    2*ssh=host//python=/venv/bin/python//chdir=/src
    |  `------------------------------------------- execnet's: how to get there, and what there
    `---------------------------------------------- slots: cases that run there at the same time
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from isolated_async_workers.wire.light_dataclass import dataclass

#: As many as ``--isolated-loop-workers`` takes.
_MOST_SLOTS = 999
#: How a machine is reached: one of them.
_WAYS = ("popen", "ssh", "socket")
_WITH_VALUE = ("ssh", "socket", "via", "id", "python", "chdir", "nice", "ssh_config")
ALLOWED = (
    "[N*]SPEC, where SPEC is one of popen, ssh=HOST and socket=HOST:PORT, followed by any of //python=COMMAND, "
    "//chdir=DIRECTORY, //nice=NUMBER, //ssh_config=FILE, //id=NAME, //via=NAME, //env:NAME=VALUE"
)


@dataclass(frozen=True, slots=True)
class MachineSpec:
    """One machine that the user has named.

    Attributes:
        slots: 0 for one that is only the way to others.
        text: what execnet takes, without the directory.
        name: as it is told to the user; the whole spec may have secrets in it.
    """

    slots: int
    text: str
    name: str
    chdir: str
    id: str
    via: str


def parse_spec(text: str) -> MachineSpec:
    """Read one spec.

    Raises:
        ValueError: it is none; the message says what is wrong, and what is allowed.
    """
    count, star, spec = re.fullmatch(r"(?:(-?\d+)(\*))?(.*)", text, re.DOTALL).groups()  # type: ignore[union-attr]
    slots = int(count) if star else 1
    if not 0 <= slots <= _MOST_SLOTS:
        raise ValueError(f"{ALLOWED} (N: 1 to {_MOST_SLOTS}, not {count})")
    keys = _keys(spec)
    ways = [way for way in _WAYS if way in keys]
    if len(ways) != 1:
        raise ValueError(f"{ALLOWED} ({' and '.join(ways) or 'none of popen, ssh= and socket='} given)")
    _check_values(keys)
    if slots == 0 and "id" not in keys:
        raise ValueError(f"{ALLOWED} (N may be 0 only with id=, for what is only the way to others)")
    way = ways[0]
    name = keys.get("id") or (way if way == "popen" else f"{way}={keys[way]}")
    kept = "//".join(part for part in spec.split("//") if not part.startswith("chdir="))
    return MachineSpec(slots, kept, name, keys.get("chdir", ""), keys.get("id", ""), keys.get("via", ""))


def ways_to(machine: MachineSpec, machines: Sequence[MachineSpec]) -> list[str]:
    """The specs that are opened one after another to reach this machine; the last one is its own.

    Raises:
        ValueError: there is no such way.
    """
    path = [machine]
    while path[0].via:
        before = [each for each in machines if each.id == path[0].via]
        if not before:
            raise ValueError(f"via={path[0].via} of {machine.name}, where no spec has id={path[0].via}")
        if before[0] in path:
            raise ValueError(f"via={path[0].via} of {machine.name}, which leads back to itself")
        path.insert(0, before[0])
    return [each.text for each in path]


def check_together(machines: Sequence[MachineSpec]) -> None:
    """Check what only all of them show.

    Raises:
        ValueError: two have the same id, or there is no way to one of them.
    """
    ids = [each.id for each in machines if each.id]
    for name in ids:
        if ids.count(name) > 1:
            raise ValueError(f"id={name} twice")
    for machine in machines:
        ways_to(machine, machines)
        if not machine.slots and all(machine.id != each.via for each in machines):
            raise ValueError(f"0 slots on {machine.name}, which is no other machine's via=")


def _keys(spec: str) -> dict[str, str]:
    keys: dict[str, str] = {}
    for part in spec.split("//"):
        key, equals, value = part.partition("=")
        if key in keys:
            raise ValueError(f"{ALLOWED} ({key} is given twice)")
        if key == "popen":
            if equals:
                raise ValueError(f"{ALLOWED} (popen takes no value)")
        elif key not in _WITH_VALUE and not re.fullmatch("env:.+", key):
            raise ValueError(f"{ALLOWED} ({key!r} is none of them)")
        elif not equals or (not value and not key.startswith("env:")):
            raise ValueError(f"{ALLOWED} ({key} needs a value)")
        keys[key] = value
    return keys


def _check_values(keys: dict[str, str]) -> None:
    if "nice" in keys and not re.fullmatch(r"-?\d{1,2}", keys["nice"]):
        raise ValueError(f"{ALLOWED} (nice={keys['nice']} is no number)")
    if "socket" in keys:
        if not re.fullmatch(r"[^:]+:\d{1,5}", keys["socket"]):
            raise ValueError(f"{ALLOWED} (socket={keys['socket']} is not HOST:PORT)")
        if refused := [key for key in ("python", "via") if key in keys]:
            raise ValueError(f"{ALLOWED} (socket= does not go with {refused[0]}=: the interpreter runs there already)")
    if "ssh_config" in keys and "ssh" not in keys:
        raise ValueError(f"{ALLOWED} (ssh_config= goes with ssh=)")
