"""What the relay has execnet run on the other machine first, as source: there may be no isolated-async there.

::

    relay --directory--> go there, look who is here --facts--> relay --True--> the agent serves

It must run on any Python that execnet runs on.
"""

import os
import sys


def look_around(directory: str) -> "dict[str, object]":
    """Go to ``directory``; what a relay has to know of this interpreter."""
    facts: dict[str, object] = {"executable": sys.executable, "problem": "", "versions": {}}
    facts["python"] = f"{sys.version_info[0]}.{sys.version_info[1]}"
    try:
        os.chdir(os.path.expanduser(directory))
    except OSError as error:
        facts["problem"] = f"chdir={directory}: {error.strerror}"
        return facts
    # Here the suite lies, whose json.py must not win.
    sys.path[:] = [entry for entry in sys.path if entry]
    try:
        from isolated_async.remote.proof import versions
    except Exception as error:  # noqa: BLE001 - whatever an import raises
        facts["problem"] = f"cannot import isolated_async: {type(error).__name__}: {error}"
    else:
        facts["versions"] = versions()
    return facts


if __name__ == "__channelexec__":
    channel.send(look_around(channel.receive()))  # type: ignore[name-defined] # noqa: F821 - execnet gives it
    if channel.receive():  # type: ignore[name-defined] # noqa: F821
        from isolated_async.remote.agent import serve

        serve(channel)  # type: ignore[name-defined] # noqa: F821
